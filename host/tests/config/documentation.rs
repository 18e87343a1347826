//! `docs/configuration.md` and the code know the same keys and defaults.

use std::collections::{BTreeMap, BTreeSet};

use super::{MINIMAL, parse, said};

/// Section heading of the documentation → key → default.
fn documented() -> BTreeMap<String, BTreeMap<String, String>> {
    let mut sections: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let mut section = String::new();
    for line in include_str!("../../../docs/configuration.md").lines() {
        if let Some(heading) = line.strip_prefix("## `") {
            section = heading.trim_end_matches('`').to_owned();
        } else if let Some(row) = line.strip_prefix("| `") {
            let (key, rest) = row.split_once('`').unwrap();
            let cells: Vec<&str> = rest.split('|').map(str::trim).collect();
            assert_eq!(cells.len(), 5, "{line}");
            sections
                .entry(section.clone())
                .or_default()
                .insert(key.to_owned(), cells[2].to_owned());
        }
    }
    sections
}

/// How a section of a WordPress begins.
const WORDPRESS: &str = "connector = \"wordpress\"";

/// [`MINIMAL`] with the sections that it can do without.
fn minimal() -> String {
    let site = format!(
        "{WORDPRESS}\nbase_url = \"http://127.0.0.1:8081\"\nuser = \"admin\"\npassword = {{ env = \"P\" }}\n"
    );
    format!(
        "{MINIMAL}[source.blog]\n{site}[target.blog]\n{site}\
         [lookup.people]\nfile = \"t.csv\"\nkey = \"code\"\nvalue = \"name\"\n\
         [server]\n[tenant.people]\n[mapping.people.schedule]\ncron = \"0 3 * * *\"\n"
    )
}

/// The heading as it stands in [`minimal`].
fn heading(section: &str) -> String {
    if section.contains("wordpress") {
        let part = if section.contains("source") {
            "source"
        } else {
            "target"
        };
        return format!("[{part}.blog]\n{WORDPRESS}");
    }
    let name = match section.split('.').next().unwrap_or_default() {
        "[source" | "[[source" => "drupal",
        "[target" => "wiki",
        _ => "people",
    };
    section.replace("NAME", name)
}

#[test]
fn the_documented_keys_are_those_of_the_code() {
    let sections = documented();
    assert_eq!(sections.len(), 14);
    for (section, keys) in &sections {
        let heading = heading(section);
        let said =
            said(&minimal().replacen(&heading, &format!("{heading}\nzzzzzzzzzzzzzzzz = 1"), 1));
        let list = said
            .split("the keys here are: ")
            .nth(1)
            .unwrap_or_else(|| panic!("{said}"));
        let mut known: BTreeSet<&str> = list.lines().next().unwrap().split(", ").collect();
        if keys.contains_key("connector") {
            // Read before the rest of the section.
            known.extend(["connector", "site"]);
        }
        assert_eq!(
            known,
            keys.keys().map(String::as_str).collect(),
            "{section}"
        );
    }
}

#[test]
fn the_documented_defaults_are_those_of_the_code() {
    let text = minimal();
    let minimal = parse(&text).unwrap();
    let mut compared = 0;
    for (section, keys) in documented() {
        for (key, default) in keys {
            let Some(value) = default
                .strip_prefix('`')
                .and_then(|value| value.strip_suffix('`'))
            else {
                assert!(
                    ["required", "none"].contains(&default.as_str()),
                    "{section} {key}: {default}"
                );
                continue;
            };
            let heading = heading(&section);
            let text = if ["policy", "failsafe", "limits"].contains(&key.as_str()) {
                text.replace(&format!("[mapping.people.{key}]"), "")
            } else if key == "match" {
                // Its Group half is about kinds that the minimal source does not have.
                let group = "[[source.drupal.kinds]]\nname = \"group\"\npath = \"g\"\nid = \"g\"\nresource_type = \"Group\"\n";
                text.replace("[target.wiki]", &format!("{group}[target.wiki]"))
            } else if key == "automatic" {
                // Only a directory says what changes in it.
                let (head, rest) = text.split_once("[source.drupal]").unwrap();
                let (_, rest) = rest.split_once("[target.wiki]").unwrap();
                let source = "connector = \"directory\"\ntenant = \"people\"";
                format!("{head}[source.drupal]\n{source}\n[target.wiki]{rest}")
            } else {
                text.clone()
            };
            let csv = section.starts_with("[[source")
                && ["separator", "lists", "empty_cells"].contains(&key.as_str());
            let format = if csv { "\nformat = \"csv\"" } else { "" };
            let line = format!("{heading}{format}\n{key} = {value}");
            let text = text.replacen(&heading, &line, 1);
            let explicit = parse(&text).unwrap_or_else(|_| panic!("{}", said(&text)));
            if section.starts_with("[[source") && !csv {
                assert_eq!(explicit.sources, minimal.sources, "{section} {key}");
            }
            assert_eq!(explicit.mappings, minimal.mappings, "{section} {key}");
            assert_eq!(explicit.lookups, minimal.lookups, "{section} {key}");
            assert_eq!(explicit.server, minimal.server, "{section} {key}");
            assert_eq!(explicit.tenants, minimal.tenants, "{section} {key}");
            assert_eq!(
                (explicit.store, explicit.targets),
                (minimal.store.clone(), minimal.targets.clone())
            );
            compared += 1;
        }
    }
    assert!(compared >= 20, "{compared}");
}
