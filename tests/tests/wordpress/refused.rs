//! What WordPress does not take, and sites that are not as they should be.

use std::fs;

use anyhow::Result;
use purser_tests::{
    purser::TARGET,
    server::{Demo, Foreign},
};
use serde_json::{Value, json};

use super::support::{Blog, DONE, PARKED, PASSWORD, changed, person};

/// Names that are hard on other systems: kept as they are, or refused with a reason.
#[test]
fn hostile_names_arrive_or_are_refused_and_nothing_is_half_made() -> Result<()> {
    let mut blog = Blog::new()?;
    let long = "x".repeat(61);
    let refused = [
        ("o'brien", "illegal characters"),
        ("<b>bob</b>", "illegal characters"),
        ("käthe", "illegal characters"),
        ("🦊", "illegal characters"),
        ("مريم", "illegal characters"),
        ("a\\b/c?d=e#f", "illegal characters"),
        (long.as_str(), "60"),
    ];
    let taken = ["Ann", "a.b-c_d@e", "two words"];
    let logins = refused.iter().map(|(login, _)| *login).chain(taken);
    let people: Vec<Value> = (1..)
        .zip(logins)
        .map(|(id, login)| {
            let mail = format!("p{id}@example.test");
            changed(&person(id, login, &[]), json!({ "mail": mail }))
        })
        .collect();
    blog.put(&people, &[])?;
    blog.run(PARKED)?;
    for (id, (login, words)) in (1..).zip(refused) {
        let why = blog.parked(&format!("user:{id}"))?;
        assert!(why.contains(words), "{login}: {why}");
    }
    let users = blog.site.users()?;
    let mut logins: Vec<&str> = users
        .iter()
        .filter_map(|user| user.get("login")?.as_str())
        .collect();
    logins.sort_unstable();
    assert_eq!(logins, ["Ann", "a.b-c_d@e", "admin", "two words"]);
    blog.at_rest(PARKED)?;

    // What is no name may be anything that WordPress keeps.
    let odd = json!({
        "name": "Zoë \"Z\" O'Neil 🦊 مريم", "first": "Zoë", "last": "O'Neil",
        "about": "5 < 6 & \"quoted\" \\ back",
    });
    let mut people = people;
    for person in people.iter_mut().skip(refused.len()).take(1) {
        *person = changed(person, odd.clone());
    }
    blog.put(&people, &[])?;
    blog.run(PARKED)?;
    let zoe = blog.site.user("Ann")?;
    assert_eq!(zoe.get("name"), odd.get("name"));
    assert_eq!(zoe.get("last"), odd.get("last"));
    blog.at_rest(PARKED)
}

#[test]
fn an_address_that_another_has_is_a_conflict_and_a_free_one_is_taken() -> Result<()> {
    let mut blog = Blog::new()?;
    let ann = person(1, "ann", &[]);
    blog.put(std::slice::from_ref(&ann), &[])?;
    blog.run(DONE)?;
    let mut bob = changed(
        &person(2, "bob", &[]),
        json!({ "mail": "ANN@example.test" }),
    );
    blog.put(&[ann.clone(), bob.clone()], &[])?;
    blog.run(PARKED)?;
    let why = blog.parked("user:2")?;
    assert!(why.contains("already used"), "{why}");
    assert_eq!(blog.site.users()?.len(), 2, "nobody is half made");

    bob = changed(&bob, json!({ "mail": "bob@example.test" }));
    blog.put(&[ann, bob], &[])?;
    blog.run(DONE)?;
    assert_eq!(blog.site.users()?.len(), 3);
    blog.at_rest(DONE)
}

#[test]
fn the_credentials_test_says_what_is_wrong() -> Result<()> {
    let mut blog = Blog::new()?;
    let test = |blog: &Blog, code: i32, words: &str| -> Result<()> {
        let tested = blog.purser.call(&["target", "test", TARGET])?;
        tested.expect(code)?;
        assert!(tested.all().contains(words), "{words}: {}", tested.all());
        Ok(())
    };
    test(&blog, 0, "as admin, administrator")?;
    test(&blog, 0, "may list, create, change and delete users")?;

    // A site without pretty permalinks has its API elsewhere.
    blog.site
        .eval("update_option( 'permalink_structure', '' ); return true;")?;
    test(&blog, 0, "as admin, administrator")?;
    blog.put(&[person(1, "ann", &[])], &[])?;
    blog.run(DONE)?;
    blog.at_rest(DONE)?;

    // Somebody who may not do what has to be done.
    let password = blog.site.eval(
        "$id = wp_insert_user( array( 'user_login' => 'ed', 'user_email' => 'ed@x.test', 'user_pass' => 'x', 'role' => 'editor' ) );
         return WP_Application_Passwords::create_new_application_password( $id, array( 'name' => 'x' ) )[0];",
    )?;
    let file = blog.purser.folder().join(PASSWORD);
    let good = fs::read_to_string(&file)?;
    blog.purser.set(&["target", TARGET, "user"], "ed")?;
    blog.purser.write_config()?;
    fs::write(&file, password.as_str().unwrap_or_default())?;
    test(&blog, 1, "may not list_users, create_users")?;

    fs::write(&file, "wrong")?;
    test(&blog, 1, "application password of that user")?;
    let printed = blog.purser.call(&["target", "test", TARGET])?.all();
    assert!(!printed.contains("wrong"), "{printed}");

    fs::write(&file, good)?;
    blog.purser.set(&["target", TARGET, "user"], "admin")?;
    let meta = ["target", TARGET, "meta", "title"];
    blog.purser.set(&meta, "job_title")?;
    blog.purser.write_config()?;
    test(&blog, 0, "no user meta `job_title`")?;

    // Nothing of WordPress is there.
    let other = Demo::start(blog.purser.folder())?;
    blog.purser
        .set(&["target", TARGET, "base_url"], other.base())?;
    blog.purser.write_config()?;
    test(&blog, 1, "no WordPress answers there")
}
