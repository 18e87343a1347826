//! A WordPress as the source: its users and roles arrive at a SCIM server.

use std::fs;

use anyhow::{Context, Result};
use purser_tests::{
    purser::{MAPPING, Purser, TARGET},
    server::{Demo, Foreign},
    wordpress::WordPress,
};
use reqwest::Method;
use serde_json::{Value, json};
use toml::Table;

use super::support::{DONE, PASSWORD};

/// So many that they do not fit on two pages.
const MANY: usize = 230;

/// All resources of the server.
fn all(server: &Demo, endpoint: &str) -> Result<Vec<Value>> {
    let mut found = Vec::new();
    loop {
        let page = format!("{endpoint}?count=100&startIndex={}", found.len() + 1);
        let list = server.ask(Method::GET, &page, None)?;
        let resources = list.get("Resources").and_then(Value::as_array);
        let resources = resources.cloned().unwrap_or_default();
        if resources.is_empty() {
            return Ok(found);
        }
        found.extend(resources);
    }
}

/// The users of the server, by what a pointer finds of each.
fn arrived(server: &Demo, pointer: &str) -> Result<Vec<(String, Value)>> {
    let mut found: Vec<(String, Value)> = all(server, "Users")?
        .iter()
        .filter_map(|user| {
            let name = user.get("userName")?.as_str()?.to_owned();
            Some((name, user.pointer(pointer).cloned().unwrap_or_default()))
        })
        .collect();
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(found)
}

#[test]
fn users_and_roles_of_a_wordpress_arrive_and_leave() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let site = WordPress::start(folder.path())?;
    fs::write(folder.path().join(PASSWORD), &site.password)?;
    let server = Demo::start(folder.path())?;
    let mut purser = Purser::new(folder.path(), &server.base())?;
    let text = format!(
        r#"
        [source.drupal]
        connector = "wordpress"
        base_url = "{}"
        user = "{}"
        password = {{ file = "{PASSWORD}" }}
        timeout_seconds = 60
        [mapping.people]
        source = "drupal"
        target = "{TARGET}"
        plugin = "attribute-map"
        scope = {{ user = "id ne 1" }}
        [mapping.people.settings.user]
        userName = {{ from = "username" }}
        externalId = {{ from = "meta.purser_external_id" }}
        displayName = {{ from = "name" }}
        'emails[type eq "work"].value' = {{ from = "email" }}
        groups = {{ template = "role:{{roles}}" }}
        [mapping.people.settings.role]
        displayName = {{ from = "name" }}
        "#,
        site.base(),
        WordPress::USER,
    );
    for (section, table) in text.parse::<Table>()? {
        purser.config.insert(section, table);
    }
    purser.write_config()?;
    site.eval(&format!(
        "for ( $i = 1; $i <= {MANY}; $i++ ) {{
             wp_insert_user( array( 'user_login' => sprintf( 'p%03d', $i ), 'user_email' => \"p$i@example.test\",
                 'user_pass' => 'x', 'role' => $i % 2 ? 'editor' : 'author' ) );
         }}
         update_user_meta( 2, 'purser_external_id', 'ext-1' );
         return true;"
    ))?;
    purser.call(&["check"])?.expect(DONE)?;
    purser.run(&[])?.expect(DONE)?;
    let names = arrived(&server, "/externalId")?;
    assert_eq!(names.len(), MANY, "user 1 is out of scope");
    assert_eq!(names.first(), Some(&("p001".to_owned(), json!("ext-1"))));
    let members = |name: &str| -> Result<usize> {
        let groups = all(&server, "Groups")?;
        let group = groups
            .iter()
            .find(|group| group.get("displayName").is_some_and(|known| known == name));
        let group = group.with_context(|| format!("no group {name}"))?;
        Ok(group
            .get("members")
            .and_then(Value::as_array)
            .map_or(0, Vec::len))
    };
    assert_eq!(
        (members("Editor")?, members("Author")?),
        (MANY / 2, MANY / 2)
    );
    let again = purser.run(&[])?;
    again.expect(DONE)?;
    assert!(
        again.stdout.contains("Nothing was written."),
        "{}",
        again.all()
    );

    // Renamed for people, promoted, without any role, and gone.
    site.eval(
        "wp_update_user( array( 'ID' => 2, 'display_name' => 'Paula' ) );
         get_userdata( 3 )->set_role( 'editor' );
         get_userdata( 4 )->set_role( '' );
         wp_delete_user( 5, 1 );
         return true;",
    )?;
    purser.run(&[])?.expect(DONE)?;
    let shown = arrived(&server, "/displayName")?;
    assert_eq!(shown.first(), Some(&("p001".to_owned(), json!("Paula"))));
    let closed: Vec<String> = arrived(&server, "/active")?
        .into_iter()
        .filter_map(|(name, active)| (active == false).then_some(name))
        .collect();
    assert_eq!(closed, ["p003", "p004"]);
    // Of the editors one came and one has no role any more; two authors left.
    assert_eq!((members("Editor")?, members("Author")?), (115, 113));
    let one = purser.call(&["sync", MAPPING, "--match", "p5@example.test"])?;
    one.expect(DONE)
}
