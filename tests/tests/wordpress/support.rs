//! A site, a source of people and a mapping between them.

use std::fs;

use anyhow::{Context, Result, ensure};
use purser_tests::{
    purser::{MAPPING, Purser, TARGET},
    wordpress::WordPress,
};
use serde_json::{Value, json};
use toml::Table;

/// The exit codes of docs/exit-codes.md.
pub const DONE: i32 = 0;
pub const PARKED: i32 = 5;

/// Where the application password is told.
pub const PASSWORD: &str = "blog.password";

/// A WordPress that Purser brings people to.
pub struct Blog {
    pub purser: Purser,
    pub site: WordPress,
    // Gone last.
    _folder: tempfile::TempDir,
}

impl Blog {
    /// With a mapping of people and roles that knows all that WordPress can hold.
    pub fn new() -> Result<Self> {
        Self::with("")
    }

    /// The same, with more keys of the target.
    pub fn with(target: &str) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let site = WordPress::start(folder.path())?;
        fs::write(folder.path().join(PASSWORD), &site.password)?;
        let mut purser = Purser::new(folder.path(), &site.base())?;
        let text = format!(
            r#"
            [source.drupal]
            connector = "file"
            [[source.drupal.kinds]]
            name = "user"
            path = "users.jsonl"
            id = "id"
            resource_type = "User"
            active = "active"
            expected_rows = 0
            [[source.drupal.kinds]]
            name = "role"
            path = "roles.jsonl"
            id = "id"
            resource_type = "Group"
            expected_rows = 0
            [target.{TARGET}]
            {}
            {target}
            [mapping.people]
            source = "drupal"
            target = "{TARGET}"
            plugin = "attribute-map"
            [mapping.people.settings.user]
            userName = {{ from = "login" }}
            externalId = {{ from = "id" }}
            displayName = {{ from = "name" }}
            "name.givenName" = {{ from = "first" }}
            "name.familyName" = {{ from = "last" }}
            profileUrl = {{ from = "url" }}
            active = {{ from = "active", transform = ["bool"] }}
            'emails[type eq "work"].value' = {{ from = "mail" }}
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department" = {{ from = "department" }}
            "urn:ietf:params:scim:schemas:extension:wordpress:2.0:User:description" = {{ from = "about" }}
            groups = {{ template = "role:{{roles}}" }}
            [mapping.people.settings.role]
            displayName = {{ from = "label" }}
            "#,
            Self::target(&site)
        );
        for (section, table) in text.parse::<Table>()? {
            purser.config.insert(section, table);
        }
        let mut blog = Self {
            purser,
            site,
            _folder: folder,
        };
        blog.put(&[], &[])?;
        Ok(blog)
    }

    /// The keys of a target that is this site.
    pub fn target(site: &WordPress) -> String {
        format!(
            r#"
            connector = "wordpress"
            base_url = "{}"
            user = "{}"
            password = {{ file = "{PASSWORD}" }}
            timeout_seconds = 60
            concurrency = 4
            roles.administrator = "Administrator"
            roles.editor = "Editor"
            roles.author = "Author"
            roles.contributor = "Contributor"
            roles.subscriber = "Subscriber"
            roles.content_editor = "Content editor"
            roles.moderator = "Moderator"
            roles.translator = "Translator"
            roles.shop_manager = "Shop manager"
            roles.premium = "Premium — ✨"
            meta.externalId = "purser_external_id"
            meta."urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department" = "department"
            "#,
            site.base(),
            WordPress::USER
        )
    }

    /// Everybody there is at the source, and their roles.
    pub fn put(&mut self, people: &[Value], roles: &[&str]) -> Result<()> {
        let lines: Vec<String> = people.iter().map(Value::to_string).collect();
        self.purser.put_lines("users", &lines)?;
        let roles: Vec<String> = roles
            .iter()
            .map(|label| json!({ "id": slug(label), "label": label }).to_string())
            .collect();
        self.purser.put_lines("roles", &roles)?;
        self.purser.expect_rows("user", Some(lines.len()))?;
        self.purser.expect_rows("role", Some(roles.len()))?;
        self.purser.write_config()
    }

    /// A full run that ends so.
    pub fn run(&self, code: i32) -> Result<()> {
        self.purser.run(&[])?.expect(code)
    }

    /// Nothing is left to do.
    pub fn at_rest(&self, code: i32) -> Result<()> {
        let outcome = self.purser.run(&[])?;
        outcome.expect(code)?;
        ensure!(
            outcome.stdout.contains("Nothing was written."),
            "it writes still:\n{}",
            outcome.all()
        );
        Ok(())
    }

    /// Why an object is parked.
    pub fn parked(&self, object: &str) -> Result<String> {
        let status = self.purser.status()?;
        let parked = status.pointer(&format!("/{MAPPING}/parked"));
        let mut rows = parked.and_then(Value::as_array).into_iter().flatten();
        let row = rows.find(|row| row.get("object").is_some_and(|name| name == object));
        let reason = row.and_then(|row| row.get("reason")?.as_str());
        reason
            .map(str::to_owned)
            .with_context(|| format!("{object} is not parked: {status}"))
    }

    /// The roles of a user, as WordPress itself has them, in order of their names.
    pub fn roles(&self, login: &str) -> Result<Vec<String>> {
        let user = self.site.user(login)?;
        let roles = user.get("roles").and_then(Value::as_array);
        let roles = roles.into_iter().flatten().filter_map(Value::as_str);
        let mut roles: Vec<String> = roles.map(str::to_owned).collect();
        roles.sort();
        Ok(roles)
    }
}

/// The slug that the site's roles have for these names.
pub fn slug(label: &str) -> String {
    label.to_lowercase().replace(' ', "_")
}

/// Somebody with these roles.
pub fn person(id: u64, login: &str, roles: &[&str]) -> Value {
    let roles: Vec<String> = roles.iter().map(|role| slug(role)).collect();
    json!({
        "id": id.to_string(), "login": login, "mail": format!("{login}@example.test"), "name": login,
        "first": "Ann", "last": "Lee", "active": true, "roles": roles,
    })
}

/// The same person, changed.
pub fn changed(person: &Value, changes: Value) -> Value {
    let mut person = person.clone();
    if let (Some(person), Value::Object(changes)) = (person.as_object_mut(), changes) {
        person.extend(changes);
    }
    person
}
