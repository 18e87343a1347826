//! What changes at a site is told by our plugin, and brought where a mapping wants it.

use std::{
    collections::BTreeMap,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use purser_host::failpoint::Step;
use purser_tests::{
    long,
    served::{Served, TENANT},
    wordpress::{Front, WordPress, hidden},
};
use serde_json::{Value, json};

use super::served::{two_ways, user};

/// How long it may take until what has changed has arrived, on a busy machine; in the soak
/// there is more of it.
fn patience() -> Duration {
    Duration::from_secs(if long::is_soak() { 1_200 } else { 60 })
}

/// Who the other tenant knows: display names and whether they are active, by login.
fn people(served: &Served, token: &str) -> Result<BTreeMap<String, (String, bool)>> {
    let mut found = BTreeMap::new();
    loop {
        let url = format!(
            "{}/Users?count=1000&startIndex={}",
            served.here.base_of("others"),
            found.len() + 1
        );
        let authorization = format!("Bearer {token}");
        let headers = [("authorization", authorization.as_str())];
        let list = served
            .here
            .send("GET", &url, &headers, &Value::Null)?
            .expect(200)?;
        let page = list.get("Resources").and_then(Value::as_array);
        let page = page.cloned().unwrap_or_default();
        if page.is_empty() {
            return Ok(found);
        }
        found.extend(page.iter().map(|user| {
            let text = |name: &str| user[name].as_str().unwrap_or_default().to_owned();
            let active = user["active"] == true;
            (text("userName"), (text("displayName"), active))
        }));
    }
}

/// Waits until the other tenant knows these.
fn until(served: &Served, token: &str, expected: &[(&str, &str, bool)]) -> Result<()> {
    let expected: BTreeMap<String, (String, bool)> = expected
        .iter()
        .map(|(login, name, active)| ((*login).to_owned(), ((*name).to_owned(), *active)))
        .collect();
    let begun = Instant::now();
    loop {
        let seen = people(served, token)?;
        if seen == expected {
            return Ok(());
        }
        if begun.elapsed() > patience() {
            bail!(
                "expected {expected:?}, got {seen:?}\n{}",
                served.here.log()?
            );
        }
        thread::sleep(Duration::from_millis(100));
    }
}

/// How many events wait at the site.
fn waiting(served: &Served) -> Result<Value> {
    served.site.eval("return Purser\\Queue::waiting();")
}

#[test]
fn what_is_changed_by_pages_by_people_and_by_code_arrives() -> Result<()> {
    let served = two_ways(Front::Php(2))?;
    let token = served.here.new_token("others", &[])?;
    // An administrator makes somebody.
    let mut admin = served.site.browser(WordPress::USER, WordPress::PASSWORD)?;
    let page = admin.page("/wp-admin/user-new.php")?;
    let nonce = hidden(&page, "_wpnonce_create-user")?;
    let (status, text) = admin.post(
        "/wp-admin/user-new.php",
        &[
            ("action", "createuser"),
            ("_wpnonce_create-user", &nonce),
            ("user_login", "ann"),
            ("email", "ann@example.test"),
            ("pass1", "a long password of hers"),
            ("pass2", "a long password of hers"),
            ("pw_weak", "on"),
            ("role", "editor"),
            ("createuser", "Add New User"),
        ],
    )?;
    assert_eq!(status, 302, "{text}");
    until(&served, &token, &[("ann", "ann", true)])?;
    // She changes her name herself.
    let mut ann = served.site.browser("ann", "a long password of hers")?;
    let page = ann.page("/wp-admin/profile.php")?;
    let (status, text) = ann.post(
        "/wp-admin/profile.php",
        &[
            ("action", "update"),
            ("_wpnonce", &hidden(&page, "_wpnonce")?),
            ("user_id", &hidden(&page, "user_id")?),
            ("checkuser_id", &hidden(&page, "checkuser_id")?),
            ("from", "profile"),
            ("nickname", "Ann"),
            ("display_name", "Ann Lee"),
            ("email", "ann@example.test"),
        ],
    )?;
    assert_eq!(status, 302, "{text}");
    until(&served, &token, &[("ann", "Ann Lee", true)])?;
    // Another plugin makes somebody, and changes her.
    served.site.eval(
        "wp_insert_user( array( 'user_login' => 'bob', 'user_pass' => 'x', 'display_name' => 'Bob' ) );
         return wp_update_user( array( 'ID' => 2, 'display_name' => 'Ann L.' ) );",
    )?;
    until(
        &served,
        &token,
        &[("ann", "Ann L.", true), ("bob", "Bob", true)],
    )?;
    // Who has no role any more is not active; who is deleted is proven gone.
    served
        .site
        .eval("get_userdata( 2 )->set_role( '' ); return wp_delete_user( 3 );")?;
    until(
        &served,
        &token,
        &[("ann", "Ann L.", false), ("bob", "Bob", false)],
    )?;

    // What Purser writes is not told back.
    served.make("/Users", &user("cat", json!({})))?;
    assert_eq!(waiting(&served)?, 0);
    until(
        &served,
        &token,
        &[("ann", "Ann L.", false), ("bob", "Bob", false)],
    )?;
    served.no_complaints()
}

#[test]
fn a_burst_while_purser_is_away_loses_nothing() -> Result<()> {
    let mut served = two_ways(Front::Php(2))?;
    let token = served.here.new_token("others", &[])?;
    let edits = long::number("EDITS", 400)?;
    let people_there = (edits / 4).max(1);
    served.here.stop()?;
    // Several edits of each, in requests of their own and in one.
    served.site.eval(&format!(
        "for ( $i = 0; $i < {people_there}; $i++ ) {{
             wp_insert_user( array( 'user_login' => sprintf( 'p%05d', $i ), 'user_pass' => 'x', 'role' => 'author' ) );
         }}
         return true;"
    ))?;
    for round in 1..=3 {
        served.site.eval(&format!(
            "foreach ( get_users( array( 'exclude' => array( 1 ) ) ) as $user ) {{
                 wp_update_user( array( 'ID' => $user->ID, 'display_name' => 'P {round}' ) );
             }}
             return true;"
        ))?;
    }
    assert_eq!(waiting(&served)?, people_there, "each of them once");
    served.here.restart()?;
    served
        .site
        .connect(&served.here.base_of(TENANT), &served.own)?;
    served
        .site
        .eval("do_action( 'purser_send' ); return true;")?;
    assert_eq!(waiting(&served)?, 0);
    let logins: Vec<String> = (0..people_there).map(|n| format!("p{n:05}")).collect();
    long::note(&json!({
        "WordPress": std::env::var("PURSER_SOAK_WORDPRESS_NAME").unwrap_or_default(),
        "users": people_there, "edits": edits,
    }))?;
    let expected: Vec<_> = logins
        .iter()
        .map(|login| (login.as_str(), "P 3", true))
        .collect();
    until(&served, &token, &expected)
}

#[test]
fn an_event_survives_a_power_cut() -> Result<()> {
    let mut served = two_ways(Front::Php(2))?;
    let token = served.here.new_token("others", &[])?;
    served.here.stop()?;
    served.site.eval("return wp_insert_user( array( 'user_login' => 'ann', 'user_pass' => 'x', 'role' => 'author' ) );")?;
    for moment in Step::NoteEvents.moments() {
        let place = format!("{}.{}", Step::NoteEvents.name(), moment.name());
        served.here.restart_cut(&place)?;
        served
            .site
            .connect(&served.here.base_of(TENANT), &served.own)?;
        // It breaks off, so the site keeps them.
        let told = served.site.eval("return Purser\\Queue::send();")?;
        assert!(told.is_string(), "{moment:?}: {told}");
        served.here.ended()?;
    }
    served.here.restart()?;
    // What was heard is brought although the site has not said it again.
    until(&served, &token, &[("ann", "ann", true)])
}
