//! SCIM requests to the address of a site, which carries out what comes of them itself.

use std::collections::BTreeSet;

use anyhow::Result;
use purser_tests::wordpress::Front;
use serde_json::{Value, json};

use super::served::{replace, served, user, with_roles};

/// One PHP process: what waits for the site cannot be answered by a request to it.
#[test]
fn a_client_of_the_site_makes_changes_closes_and_deletes() -> Result<()> {
    let site = served(Front::Php(1))?;
    let made = site.call("POST", "/Users", &user("ann", json!({})))?;
    assert_eq!(
        made.headers.get("content-type").map(String::as_str),
        Some("application/scim+json")
    );
    let location = made.headers.get("location").cloned();
    let made = made.expect(201)?;
    let id = made["id"].as_str().unwrap_or_default().to_owned();
    let address = format!("{}/Users/{id}", site.base());
    assert_eq!(made["meta"]["location"], json!(address));
    assert_eq!(location, Some(address));
    let ann = site.site.user("ann")?;
    assert_eq!(
        [&ann["email"], &ann["external_id"], &ann["roles"]],
        [
            &json!("ann@example.test"),
            &json!("x-ann"),
            &json!(["subscriber"])
        ]
    );

    site.call(
        "PATCH",
        &format!("/Users/{id}"),
        &replace("displayName", json!("Ann Lee")),
    )?
    .expect(200)?;
    assert_eq!(site.site.user("ann")?["name"], "Ann Lee");
    let found = site.call(
        "GET",
        "/Users?filter=userName%20eq%20%22ann%22",
        &Value::Null,
    )?;
    assert_eq!(found.expect(200)?["totalResults"], 1);

    site.call(
        "PATCH",
        &format!("/Users/{id}"),
        &replace("active", json!(false)),
    )?
    .expect(200)?;
    assert_eq!(site.site.user("ann")?["roles"], json!([]));
    site.call("DELETE", &format!("/Users/{id}"), &Value::Null)?
        .expect(204)?;
    assert!(site.site.user("ann").is_err(), "the account is gone");
    site.no_complaints()
}

/// More clients than PHP processes, each of which waits for the site; two of them want an
/// address that another one wants as well.
fn all_are_answered(front: Front) -> Result<()> {
    let site = served(front)?;
    let users = (0..20).map(|n| {
        let address = match n {
            7 => 3,
            15 => 11,
            other => other,
        };
        let email = json!([{ "type": "work", "value": format!("u{address}@example.test") }]);
        user(&format!("u{n}"), json!({ "emails": email }))
    });
    let users: Vec<Value> = users.collect();
    let answers = site.at_once("POST", "/Users", &users)?;
    let (made, refused): (Vec<_>, Vec<_>) =
        answers.into_iter().partition(|(status, _)| *status == 201);
    assert_eq!(made.len(), 18, "{refused:?}");
    for (status, body) in &refused {
        let word = body.get("scimType");
        assert_eq!((*status, word), (409, Some(&json!("uniqueness"))), "{body}");
    }
    let there = site.site.users()?;
    let mut addresses = BTreeSet::new();
    for user in there.iter().skip(1) {
        let text = |name: &str| user.get(name).and_then(Value::as_str).unwrap_or_default();
        // Nobody is half made.
        assert_eq!(text("external_id"), format!("x-{}", text("login")));
        assert_eq!(user.get("roles"), Some(&json!(["subscriber"])));
        addresses.insert(text("email").to_owned());
    }
    assert_eq!((there.len(), addresses.len()), (19, 18));
    let list = site.call("GET", "/Users", &Value::Null)?.expect(200)?;
    let total = list.get("totalResults");
    assert_eq!(total, Some(&json!(18)), "who was refused is nobody");
    site.no_complaints()
}

#[test]
fn twenty_at_once_before_one_php_process() -> Result<()> {
    all_are_answered(Front::Php(1))
}

#[test]
fn twenty_at_once_before_two_processes_of_fpm() -> Result<()> {
    all_are_answered(Front::Fpm(2))
}

/// Signs in as WordPress does it itself: by password, by the cookie of a session that has
/// begun before, and by an application password.
const SIGNS_IN: &str = "
    $user = get_user_by( 'login', 'ann' );
    $by_password = wp_authenticate( 'ann', 'a password' );
    add_filter( 'application_password_is_api_request', '__return_true' );
    $by_application = wp_authenticate_application_password( null, 'ann', get_option( 'ann_application' ) );
    return array(
        'password'    => is_wp_error( $by_password ) ? $by_password->get_error_code() : true,
        'application' => is_wp_error( $by_application ) ? $by_application->get_error_code() : true,
        'session'     => (bool) WP_Session_Tokens::get_instance( $user->ID )->verify( get_option( 'ann_session' ) ),
        'reset'       => is_wp_error( get_password_reset_key( $user ) ) ? false : true,
        'roles'       => array_values( $user->roles ),
    );";

#[test]
fn who_is_deactivated_does_not_come_in_and_gets_roles_back() -> Result<()> {
    let site = served(Front::Php(2))?;
    let ann = site.make("/Users", &user("ann", json!({})))?;
    let editors = site.make(
        "/Groups",
        &json!({ "displayName": "Editor", "members": [{ "value": ann }] }),
    )?;
    assert_eq!(site.site.user("ann")?["roles"], json!(["editor"]));
    // Somebody at the site gives another role, and Ann signs in.
    site.site.eval(
        "$user = get_user_by( 'login', 'ann' );
         $user->add_role( 'shop_manager' );
         wp_set_password( 'a password', $user->ID );
         list( $password ) = WP_Application_Passwords::create_new_application_password( $user->ID, array( 'name' => 'app' ) );
         update_option( 'ann_application', $password );
         update_option( 'ann_session', WP_Session_Tokens::get_instance( $user->ID )->create( time() + 3600 ) );
         return true;",
    )?;
    let open = |roles: Value| json!({ "password": true, "application": true, "session": true, "reset": true, "roles": roles });
    assert_eq!(
        site.site.eval(SIGNS_IN)?,
        open(json!(["editor", "shop_manager"]))
    );

    let path = format!("/Users/{ann}");
    site.call("PATCH", &path, &replace("active", json!(false)))?
        .expect(200)?;
    assert_eq!(
        site.site.eval(SIGNS_IN)?,
        json!({
            "password": "purser_deactivated", "application": "purser_deactivated", "session": false,
            "reset": false, "roles": [],
        })
    );
    // The client takes a role away meanwhile: that one does not come back.
    let nobody = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "remove", "path": format!("members[value eq \"{ann}\"]") }],
    });
    site.call("PATCH", &format!("/Groups/{editors}"), &nobody)?
        .expect(204)?;
    site.call("PATCH", &path, &replace("active", json!(true)))?
        .expect(200)?;
    let mut back = open(json!(["shop_manager"]));
    back["session"] = json!(false);
    assert_eq!(site.site.eval(SIGNS_IN)?, back);

    // Opened by hand is open.
    site.call("PATCH", &path, &replace("active", json!(false)))?
        .expect(200)?;
    site.site
        .eval("get_user_by( 'login', 'ann' )->set_role( 'author' ); return true;")?;
    back["roles"] = json!(["author"]);
    assert_eq!(site.site.eval(SIGNS_IN)?, back);
    site.no_complaints()
}

/// Another PHP process may have changed somebody since an earlier round of the request.
#[test]
fn what_is_read_by_a_step_is_true() -> Result<()> {
    let site = served(Front::Php(1))?;
    site.make("/Users", &user("ann", json!({})))?;
    let seen = site.site.eval(
        "$step = array( 'as' => 'admin', 'method' => 'GET', 'route' => '/wp/v2/users/2', 'parameters' => array( 'context' => 'edit' ) );
         $seen = array();
         for ( $round = 0; $round < 2; $round++ ) {
             $told = Purser\\Steps::run( array( $step ) );
             $seen[] = $told[0]['body']['roles'];
             $GLOBALS['wpdb']->query( \"UPDATE wp_usermeta SET meta_value = REPLACE( meta_value, 's:10:\\\"subscriber\\\"', 's:6:\\\"author\\\"' ) WHERE user_id = 2\" );
         }
         foreach ( array( '/wp/v2/posts', '/wp/v2/users/2/meta', '/wp/v2/users/../settings' ) as $route ) {
             $told   = Purser\\Steps::run( array( array( 'route' => $route ) + $step ) );
             $seen[] = $told[0]['status'];
         }
         return $seen;",
    )?;
    // Steps are for users and for nothing else.
    assert_eq!(seen, json!([["subscriber"], ["author"], 403, 403, 403]));
    Ok(())
}

#[test]
fn a_site_without_pretty_permalinks_is_reached_as_well() -> Result<()> {
    let site = served(Front::Php(1))?;
    site.site
        .eval("update_option( 'permalink_structure', '' ); return true;")?;
    let base = site.site.eval("return Purser\\Settings::public_url();")?;
    let base = base.as_str().unwrap_or_default();
    assert!(base.ends_with("?rest_route=/purser/scim/v2"), "{base}");
    let authorization = format!("Bearer {}", site.here.token());
    let headers = [("authorization", authorization.as_str())];
    let url = format!("{base}/Users");
    let made = site
        .here
        .send("POST", &url, &headers, &user("ann", json!({})))?;
    let made = made.expect(201)?;
    let place = made["meta"]["location"].as_str().unwrap_or_default();
    let read = site.here.send("GET", place, &headers, &Value::Null)?;
    assert_eq!(read.expect(200)?["userName"], "ann");
    // As clients put it together, and as it would be right.
    for query in [
        "?filter=userName%20eq%20%22ann%22&count=5",
        "&filter=userName%20eq%20%22ann%22",
    ] {
        let found = site
            .here
            .send("GET", &format!("{url}{query}"), &headers, &Value::Null)?;
        assert_eq!(found.expect(200)?["totalResults"], 1, "{query}");
        let nobody = query.replace("ann", "bob");
        let found = site
            .here
            .send("GET", &format!("{url}{nobody}"), &headers, &Value::Null)?;
        assert_eq!(found.expect(200)?["totalResults"], 0, "{nobody}");
    }
    site.no_complaints()
}

#[test]
fn who_is_there_already_is_taken_over_and_keeps_what_is_not_ours() -> Result<()> {
    let site = served(Front::Php(2))?;
    site.site.eval(
        "wp_insert_user( array( 'user_login' => 'ann', 'user_email' => 'ann@old.test', 'user_pass' => 'x', 'role' => 'author',
             'display_name' => 'Ann', 'nickname' => 'Annie', 'description' => 'Guide' ) );
         wp_insert_user( array( 'user_login' => 'bob.by.hand', 'user_email' => 'bob@example.test', 'user_pass' => 'x', 'role' => 'author' ) );
         return wp_insert_user( array( 'user_login' => 'cat', 'user_email' => 'cat@example.test', 'user_pass' => 'x' ) );",
    )?;
    // By login, and by address.
    let ann = site.make("/Users", &user("ann", json!({ "displayName": "Ann Lee" })))?;
    site.make("/Users", &user("bob", json!({})))?;
    let nickname = site.site.eval("return get_userdata( 2 )->nickname;")?;
    let (there, bob) = (site.site.user("ann")?, site.site.user("bob.by.hand")?);
    assert_eq!(
        [
            &there["id"],
            &there["email"],
            &there["name"],
            &there["description"],
            &there["roles"],
            &nickname
        ],
        [
            &json!(2),
            &json!("ann@example.test"),
            &json!("Ann Lee"),
            &json!("Guide"),
            &json!(["author"]),
            &json!("Annie"),
        ]
    );
    assert_eq!(
        [&bob["id"], &bob["external_id"]],
        [&json!(3), &json!("x-bob")]
    );
    assert_eq!(site.site.users()?.len(), 4, "nobody was made");
    // Whoever was there before is closed and not deleted: Purser has not made the account.
    site.call("DELETE", &format!("/Users/{ann}"), &Value::Null)?
        .expect(204)?;
    let ann = site.site.user("ann")?;
    assert_eq!([&ann["id"], &ann["roles"]], [&json!(2), &json!([])]);
    site.no_complaints()
}

#[test]
fn hostile_content_arrives_as_wordpress_has_it_or_is_refused_with_a_reason() -> Result<()> {
    let roles: Vec<(String, String)> = (0..500)
        .map(|n| (format!("role_{n}"), format!("Rôle № {n} \\\"<b>\\\" 🎩")))
        .collect();
    let named: Vec<(&str, &str)> = roles
        .iter()
        .map(|(slug, name)| (slug.as_str(), name.as_str()))
        .collect();
    let site = with_roles(Front::Php(2), &named)?;
    site.site.eval(
        "for ( $n = 0; $n < 500; $n++ ) { add_role( \"role_$n\", \"Rôle № $n\", array( 'read' => true ) ); } return true;",
    )?;
    // As sent; as WordPress has it.
    let names = [
        ("a@x.y", "O'Hara \"the\" Great", "O'Hara \"the\" Great"),
        ("b c", "🦄 Ünïcode", "🦄 Ünïcode"),
        ("c.d", "שלום \u{202e}abc", "שלום \u{202e}abc"),
        ("d_e", "<script>alert(1)</script>Dee", "Dee"),
        ("e-f", "a\\b %41 & c", "a\\b &amp; c"),
    ];
    let mut members = Vec::new();
    for (login, sent, _) in names {
        let email = json!([{ "value": format!("{}@example.test", login.replace([' ', '@'], "")) }]);
        let body = user(login, json!({ "displayName": sent, "emails": email }));
        let id = site.make("/Users", &body)?;
        // The directory keeps what was sent.
        let kept = site
            .call("GET", &format!("/Users/{id}"), &Value::Null)?
            .expect(200)?;
        assert_eq!(kept["displayName"], json!(sent));
        members.push(json!({ "value": id }));
    }
    for (login, _, there) in names {
        assert_eq!(site.site.user(login)?["name"], json!(there), "{login}");
    }
    for (login, why) in [
        ("x".repeat(61), "60 characters"),
        ("Zoë".to_owned(), "illegal"),
        ("<b>".to_owned(), "illegal"),
        ("admin\u{0}".to_owned(), ""),
    ] {
        let email = json!([{ "value": "z@example.test" }]);
        let said = site.call("POST", "/Users", &user(&login, json!({ "emails": email })))?;
        let body = said.expect(400)?;
        let detail = body["detail"].as_str().unwrap_or_default();
        assert!(detail.to_lowercase().contains(why), "{login:?}: {detail}");
    }
    assert_eq!(
        site.site.users()?.len(),
        1 + names.len(),
        "nobody else was made"
    );
    let name = "Rôle № 499 \"<b>\" 🎩";
    site.make(
        "/Groups",
        &json!({ "displayName": name, "members": members }),
    )?;
    for (login, ..) in names {
        assert_eq!(
            site.site.user(login)?["roles"],
            json!(["role_499"]),
            "{login}"
        );
    }
    let unknown = site.call("POST", "/Groups", &json!({ "displayName": "Nobody's" }))?;
    let unknown = unknown.expect(400)?.to_string();
    assert!(unknown.contains("no such role"), "{unknown}");
    site.no_complaints()
}
