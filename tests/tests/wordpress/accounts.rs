//! Accounts come, change, are closed and opened, and go.

use anyhow::Result;
use purser_tests::purser::MAPPING;
use serde_json::json;

use super::support::{Blog, DONE, PARKED, changed, person};

#[test]
fn an_account_has_what_wordpress_can_hold_and_keeps_what_is_not_ours() -> Result<()> {
    let mut blog = Blog::new()?;
    let ann = changed(
        &person(17, "ann", &["Editor"]),
        json!({ "name": "Ann Lee", "url": "https://ann.example.test", "about": "Guide", "department": "Tours" }),
    );
    blog.put(std::slice::from_ref(&ann), &["Editor"])?;
    blog.run(DONE)?;
    let expected = |changes| {
        changed(
            &json!({
                "id": 2, "login": "ann", "email": "ann@example.test", "name": "Ann Lee", "first": "Ann", "last": "Lee",
                "url": "https://ann.example.test", "description": "Guide", "roles": ["editor"], "may_read": true,
                "external_id": "17", "department": "Tours",
            }),
            changes,
        )
    };
    assert_eq!(blog.site.user("ann")?, expected(json!({})));
    blog.at_rest(DONE)?;

    let ann = changed(&ann, json!({ "name": "Ann L.", "department": null }));
    blog.put(&[ann], &["Editor"])?;
    blog.run(DONE)?;
    let ours = json!({ "name": "Ann L.", "department": "" });
    assert_eq!(blog.site.user("ann")?, expected(ours.clone()));

    // What somebody changes by hand stays, and is shown.
    blog.site
        .eval("return wp_update_user( array( 'ID' => 2, 'nickname' => 'Annie', 'description' => 'Boss' ) );")?;
    blog.at_rest(DONE)?;
    let by_hand = json!({ "name": "Ann L.", "department": "", "description": "Boss" });
    assert_eq!(blog.site.user("ann")?, expected(by_hand));
    // A person wants ours back.
    blog.purser.call(&["verify", MAPPING])?.expect(DONE)?;
    assert_eq!(blog.site.user("ann")?, expected(ours));
    let nickname = blog.site.eval("return get_userdata( 2 )->nickname;")?;
    assert_eq!(nickname, "Annie", "what is not ours stays");
    blog.at_rest(DONE)
}

#[test]
fn who_is_closed_has_no_role_and_gets_all_of_them_back() -> Result<()> {
    let mut blog = Blog::new()?;
    let roles = ["Editor", "Shop manager"];
    let ann = person(1, "ann", &roles);
    let bob = person(2, "bob", &[]);
    let closed = changed(&ann, json!({ "active": false }));
    let new = changed(&person(3, "cat", &["Editor"]), json!({ "active": false }));
    blog.put(&[ann.clone(), bob.clone()], &roles)?;
    blog.run(DONE)?;
    assert_eq!(blog.roles("ann")?, ["editor", "shop_manager"]);
    assert_eq!(
        blog.roles("bob")?,
        ["subscriber"],
        "the role of whoever has no other"
    );

    blog.put(&[closed.clone(), bob.clone(), new.clone()], &roles)?;
    blog.run(DONE)?;
    for login in ["ann", "cat"] {
        assert_eq!(blog.roles(login)?, Vec::<String>::new(), "{login}");
        let user = blog.site.user(login)?;
        assert_eq!(user.get("may_read"), Some(&json!(false)), "{login}");
    }
    blog.at_rest(DONE)?;

    // A role that comes meanwhile opens nothing.
    let promoted = changed(
        &closed,
        json!({ "roles": ["editor", "shop_manager", "translator"] }),
    );
    let roles = ["Editor", "Shop manager", "Translator"];
    blog.put(&[promoted.clone(), bob.clone(), new.clone()], &roles)?;
    blog.run(DONE)?;
    assert_eq!(blog.roles("ann")?, Vec::<String>::new());

    let open = json!({ "active": true });
    let people = [changed(&promoted, open.clone()), bob, changed(&new, open)];
    blog.put(&people, &roles)?;
    blog.run(DONE)?;
    assert_eq!(blog.roles("ann")?, ["editor", "shop_manager", "translator"]);
    assert_eq!(blog.roles("cat")?, ["editor"]);
    blog.at_rest(DONE)
}

#[test]
fn who_is_gone_is_deleted_only_where_somebody_inherits() -> Result<()> {
    let mut blog = Blog::new()?;
    blog.purser
        .set(&["mapping", MAPPING, "policy", "absent_user"], "delete")?;
    blog.put(&[person(1, "ann", &[]), person(2, "bob", &[])], &[])?;
    blog.run(DONE)?;
    let post = blog.site.eval(
        "return wp_insert_post( array( 'post_title' => 'Tours', 'post_status' => 'publish', 'post_author' => get_user_by( 'login', 'ann' )->ID ) );",
    )?;
    blog.put(&[person(2, "bob", &[])], &[])?;
    blog.run(PARKED)?;
    let why = blog.parked("user:1")?;
    assert!(why.contains("reassign_to"), "{why}");
    assert_eq!(blog.roles("ann")?, ["subscriber"]);

    blog.purser.set(&["target", "wiki", "reassign_to"], 1)?;
    blog.purser.write_config()?;
    blog.run(DONE)?;
    assert!(blog.site.user("ann").is_err(), "she is deleted");
    let author = blog
        .site
        .eval(&format!("return get_post( {post} )->post_author;"))?;
    assert_eq!(author, "1", "what she has written stays");
    blog.at_rest(DONE)
}

/// WordPress never changes a login.
#[test]
fn a_new_name_is_shown_or_left_alone() -> Result<()> {
    let mut blog = Blog::new()?;
    let ann = person(1, "ann", &[]);
    blog.put(std::slice::from_ref(&ann), &[])?;
    blog.run(DONE)?;
    let renamed = changed(&ann, json!({ "login": "anna", "last": "Kay" }));
    blog.put(&[renamed], &[])?;
    blog.run(PARKED)?;
    let why = blog.parked("user:1")?;
    assert!(why.contains("never changes a login"), "{why}");

    // Who leaves with it is closed all the same.
    let gone = changed(&ann, json!({ "login": "anna", "active": false }));
    blog.put(&[gone], &[])?;
    blog.run(PARKED)?;
    assert_eq!(blog.roles("ann")?, Vec::<String>::new());
    let why = blog.parked("user:1")?;
    assert!(why.contains("never changes a login"), "{why}");
    let renamed = changed(&ann, json!({ "login": "anna", "last": "Kay" }));
    blog.put(&[renamed], &[])?;

    blog.purser.set(&["target", "wiki", "rename"], "keep")?;
    blog.purser.write_config()?;
    blog.run(DONE)?;
    assert_eq!(blog.site.user("ann")?.get("last"), Some(&json!("Kay")));
    assert!(blog.site.user("anna").is_err());
    blog.at_rest(DONE)
}

/// Who was there is taken over by e-mail address or login; what the mapping does not own
/// stays, and the site's administrators are left alone.
#[test]
fn who_was_there_is_adopted_and_administrators_are_left_alone() -> Result<()> {
    let mut blog = Blog::new()?;
    blog.site.eval(
        "wp_insert_user( array( 'user_login' => 'alee', 'user_email' => 'ann@example.test', 'user_pass' => 'x',
             'nickname' => 'Annie', 'role' => 'author' ) );
         $boss = wp_insert_user( array( 'user_login' => 'boss', 'user_email' => 'b@example.test', 'user_pass' => 'x',
             'role' => 'editor' ) );
         get_userdata( $boss )->add_cap( 'manage_options' );
         return wp_insert_user( array( 'user_login' => 'root', 'user_email' => 'r@example.test', 'user_pass' => 'x',
             'role' => 'administrator' ) );",
    )?;
    blog.purser.set(
        &["mapping", MAPPING, "match", "User"],
        vec!["emails.value", "userName"],
    )?;
    let ann = changed(
        &person(1, "alee", &["Editor"]),
        json!({ "mail": "ann@example.test" }),
    );
    let admin = changed(
        &person(2, "admin", &[]),
        json!({ "mail": "new@example.test" }),
    );
    let root = changed(
        &person(3, "root", &["Editor"]),
        json!({ "mail": "r@example.test", "active": false }),
    );
    let eve = person(4, "eve", &["Administrator"]);
    // No administrator by name, and one by what may be done.
    let boss = changed(
        &person(5, "boss", &[]),
        json!({ "mail": "b@example.test", "active": false }),
    );
    blog.put(&[ann, admin, root, eve, boss], &["Editor", "Administrator"])?;

    // First what would be done, with the whole difference.
    let plan = blog.purser.call(&["plan", MAPPING])?;
    plan.expect(DONE)?;
    assert!(plan.stdout.contains("name.familyName"), "{}", plan.stdout);

    blog.run(PARKED)?;
    let user = blog.site.user("alee")?;
    assert_eq!(user.get("last"), Some(&json!("Lee")));
    let nickname = blog.site.eval("return get_userdata( 2 )->nickname;")?;
    assert_eq!(nickname, "Annie");
    assert_eq!(
        blog.roles("alee")?,
        ["author", "editor"],
        "what she had, she has"
    );
    for object in ["user:2", "user:3", "user:5"] {
        let why = blog.parked(object)?;
        assert!(why.contains("is an administrator"), "{why}");
    }
    let why = blog.parked("role:administrator")?;
    assert!(why.contains("`administrators`"), "{why}");
    assert_eq!(blog.roles("root")?, ["administrator"]);
    assert_eq!(blog.roles("eve")?, ["subscriber"]);
    assert_eq!(blog.roles("boss")?, ["editor"]);
    let admin = blog.site.user("admin")?;
    assert_eq!(admin.get("email"), Some(&json!("admin@example.test")));

    // Somebody has the right to say otherwise.
    blog.purser
        .set(&["target", "wiki", "administrators"], vec!["root", "eve"])?;
    blog.purser.write_config()?;
    blog.run(PARKED)?;
    assert_eq!(blog.roles("root")?, Vec::<String>::new());
    assert_eq!(blog.roles("eve")?, ["administrator"]);
    Ok(())
}
