//! `purser.toml`: what is accepted, and what is refused in which words.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what tests share may stop at the first surprise, too"
)]

#[path = "config/connectors.rs"]
mod connectors;
#[path = "config/documentation.rs"]
mod documentation;
#[path = "config/format.rs"]
mod format;
#[path = "config/lookup.rs"]
mod lookup;
#[path = "config/matching.rs"]
mod matching;
#[path = "config/triggers.rs"]
mod triggers;

use purser_engine::{
    ids::{Kind, ResourceType},
    policy::{Absent, Policy},
};
use purser_host::config::{Config, ConfigError, PluginRef, SecretRef};
use serde_json::json;

/// Only what is required.
const MINIMAL: &str = r#"
[store]

[source.drupal]
connector = "file"
[[source.drupal.kinds]]
name = "user"
path = "users.jsonl"
id = "uid"
resource_type = "User"

[target.wiki]
connector = "scim"
base_url = "http://127.0.0.1:8080/v2"
token = { env = "WIKI_TOKEN" }

[mapping.people]
source = "drupal"
target = "wiki"
plugin = "attribute-map"
[mapping.people.policy]
[mapping.people.failsafe]
[mapping.people.limits]
"#;

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(text, "conf/purser.toml")
}

/// What is said about [`MINIMAL`] with one line replaced.
#[track_caller]
fn refused(line: &str, by: &str) -> String {
    assert!(MINIMAL.contains(line), "{line}");
    said(&MINIMAL.replacen(line, by, 1))
}

fn said(text: &str) -> String {
    match parse(text) {
        Err(ConfigError::Invalid { problems, .. }) => {
            assert!(!problems.is_empty());
            problems
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("\n")
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_example_is_read_as_it_is_meant() {
    let config = Config::load("../examples/drupal-300/purser.toml").unwrap();
    assert!(config.store.path.ends_with("examples/drupal-300/purser.db"));
    let source = config.source(&"drupal".into()).unwrap();
    let kinds: Vec<&str> = source.kinds().map(|info| info.kind.as_str()).collect();
    assert_eq!(kinds, ["user", "role", "group"]);
    let settings = connectors::file(source);
    assert_eq!(settings.kinds[0].expected_rows, Some(302));
    let scim = connectors::scim(config.target(&"wiki".into()).unwrap());
    assert_eq!(scim.token, SecretRef::Env("WIKI_TOKEN".to_owned()));
    let mapping = config.mapping(&"people".into()).unwrap();
    assert_eq!(
        mapping.plugin,
        PluginRef::Shipped("attribute-map".to_owned())
    );
    assert_eq!(mapping.policy, Policy::default());
    assert_eq!(mapping.scope[&Kind::new("user")].to_string(), "uid ne 0");
    assert_eq!(
        mapping.settings["transform"],
        json!(["strip_control", "trim"])
    );
    // The order of a table is kept on its way to the plugin.
    let first: Vec<&String> = mapping.settings["user"]
        .as_object()
        .unwrap()
        .keys()
        .take(3)
        .collect();
    assert_eq!(first, ["userName", "externalId", "name.givenName"]);
}

#[test]
fn everything_may_be_said() {
    let text = MINIMAL
        .replace(
            "id = \"uid\"",
            "id = \"uid\"\nactive = \"status\"\nroles = \"roles\"\nexpected_rows = 3",
        )
        .replace("{ env = \"WIKI_TOKEN\" }", "{ file = \"wiki.token\" }")
        .replace(
            "\"attribute-map\"",
            "{ path = \"acme.wasm\" }\ngrants = [\"time\"]\nmatch = { User = [\"emails.value\"] }",
        )
        .replace(
            "[mapping.people.policy]",
            "[mapping.people.policy]\nabsent_user = \"delete\"\ndelete_adopted = true",
        )
        .replace(
            "[mapping.people.failsafe]",
            "[mapping.people.failsafe]\ndeprovision = 0",
        );
    let config = parse(&text).unwrap();
    let scim = connectors::scim(&config.targets[0]);
    assert_eq!(scim.token, SecretRef::File("conf/wiki.token".into()));
    let mapping = &config.mappings[0];
    assert_eq!(mapping.plugin, PluginRef::File("conf/acme.wasm".into()));
    assert_eq!(mapping.grants, ["time"]);
    assert_eq!(
        mapping.matching(&ResourceType::user())[0].to_string(),
        "emails.value"
    );
    assert_eq!(mapping.matching(&ResourceType::group()).len(), 2);
    assert_eq!(
        (mapping.policy.absent_user, mapping.policy.delete_adopted),
        (Absent::Delete, true)
    );
    assert_eq!(mapping.deprovision_limit, 0);
}

#[test]
fn settings_become_json() {
    let text = format!(
        "{MINIMAL}\n[mapping.people.settings]\nday = 2026-01-31\nnested = {{ list = [1, 2.5, true, \"x\"] }}"
    );
    let config = parse(&text).unwrap();
    let settings = json!({ "day": "2026-01-31", "nested": { "list": [1, 2.5, true, "x"] } });
    assert_eq!(config.mappings[0].settings, settings);
}

#[test]
fn unknown_keys_are_shown_with_their_line_and_the_nearest_key() {
    insta::assert_snapshot!(refused("id = \"uid\"", "id = \"uid\"\nexpectedrows = 302"), @"
    conf/purser.toml:10:1: unknown key `expectedrows`
        |
     10 | expectedrows = 302
        | ^^^^^^^^^^^^
        = hint: did you mean `expected_rows`?
    ");
    insta::assert_snapshot!(refused("[store]", "[stores]"), @"
    conf/purser.toml:2:2: unknown key `stores`
       |
     2 | [stores]
       |  ^^^^^^
       = hint: did you mean `store`?
    ");
    insta::assert_snapshot!(refused("[store]", "[store]\ncolour = 1"), @"
    conf/purser.toml:3:1: unknown key `colour`
       |
     3 | colour = 1
       | ^^^^^^
       = hint: the keys here are: path, cache
    ");
    insta::assert_snapshot!(refused("connector = \"file\"", "connector = \"fiel\""), @r#"
    conf/purser.toml:5:13: `fiel` is not a value of this key
       |
     5 | connector = "fiel"
       |             ^^^^^^
       = hint: did you mean `file`?
    "#);
    insta::assert_snapshot!(refused("connector = \"file\"\n", ""), @r#"
    conf/purser.toml:4:9: the key `connector` is missing
       |
     4 | [source.drupal]
       |         ^^^^^^
       = hint: say what this is: `connector = "file"` for a source, `connector = "scim"` for a target
    "#);
    insta::assert_snapshot!(refused("[mapping.people.policy]", "[mapping.people.policy]\nfound = \"links\""), @r#"
    conf/purser.toml:22:9: `links` is not a value of this key
        |
     22 | found = "links"
        |         ^^^^^^^
        = hint: did you mean `link`?
    "#);
}

#[test]
fn a_missing_key_is_shown_with_a_line_to_add() {
    insta::assert_snapshot!(refused("id = \"uid\"\n", ""), @r#"
    conf/purser.toml:6:1: the key `id` is missing
       |
     6 | [[source.drupal.kinds]]
       | ^^^^^^^^^^^^^^^^^^^^^^^
       = hint: add `id = "uid"`
    "#);
    insta::assert_snapshot!(refused("base_url = \"http://127.0.0.1:8080/v2\"\n", ""), @r#"
    conf/purser.toml:12:9: the key `base_url` is missing
        |
     12 | [target.wiki]
        |         ^^^^
        = hint: add `base_url = "https://wiki.example.com/scim/v2"`
    "#);
}

#[test]
fn a_value_of_the_wrong_sort_is_shown_in_words() {
    insta::assert_snapshot!(refused("id = \"uid\"", "id = 7"), @"
    conf/purser.toml:9:6: expected a text in quotes, found a number
       |
     9 | id = 7
       |      ^
       = hint: put it in quotes
    ");
    insta::assert_snapshot!(refused("[target.wiki]", "[target.wiki]\npage_size = \"100\""), @r#"
    conf/purser.toml:13:13: expected a whole number, zero or more, found a text
        |
     13 | page_size = "100"
        |             ^^^^^
        = hint: write digits without quotes
    "#);
    insta::assert_snapshot!(refused("[target.wiki]", "[target.wiki]\npage_size = 0"), @"
    conf/purser.toml:13:13: this must be 1 or more
        |
     13 | page_size = 0
        |             ^
        = hint: leave it out for the default of 100
    ");
    insta::assert_snapshot!(refused("[target.wiki]", "[target.wiki]\nlease_seconds = 59"), @"
    conf/purser.toml:13:17: a lease must last at least twice as long as a request may take
        |
     13 | lease_seconds = 59
        |                 ^^
        = hint: write 60 or more, or leave it out for three times `timeout_seconds`
    ");
    insta::assert_snapshot!(refused("[target.wiki]", "[target.wiki]\npage_size = -1"), @"
    conf/purser.toml:13:13: expected a whole number, zero or more, found a number below zero
        |
     13 | page_size = -1
        |             ^^
        = hint: write digits without quotes
    ");
    insta::assert_snapshot!(refused("[store]", "store = 1"), @"
    conf/purser.toml:2:9: expected a table, found a number
       |
     2 | store = 1
       |         ^
       = hint: write a section of its own, or { key = value }
    ");
    insta::assert_snapshot!(said("[mapping]\npeople = 1"), @"
    conf/purser.toml:2:1: expected a section, found a value
       |
     2 | people = 1
       | ^^^^^^
       = hint: write a section `[mapping.people]`
    ");
    insta::assert_snapshot!(said("[store"), @"
    conf/purser.toml:1:7: not TOML: unclosed table, expected `]`
       |
     1 | [store
       |       ^
       = hint: texts stand in quotes, a section begins with its name in brackets; see https://toml.io
    ");
}

#[test]
fn a_secret_in_the_file_is_refused_and_never_shown() {
    let reference = "token = { env = \"WIKI_TOKEN\" }";
    for written in [
        "token = \"s3cret\"",
        "token = { value = \"s3cret\" }",
        "token = { env = \"s3cret\", file = \"s3cret\" }",
        "token = [\"s3cret\"]",
        "token = s3cret",
        "token = \"s3cret",
    ] {
        let said = refused(reference, written);
        assert!(!said.contains("s3cret"), "{said}");
    }
    insta::assert_snapshot!(refused(reference, "token = \"s3cret\""), @r#"
    conf/purser.toml:15:9: a secret is never written into this file
        |
     15 | token = "******"
        |         ^^^^^^^^
        = hint: name where it is: { env = "NAME" } or { file = "PATH" }
    "#);
    insta::assert_snapshot!(refused(reference, "token = {}"), @r#"
    conf/purser.toml:15:9: exactly one place is needed
        |
     15 | token = {}
        |         ^^
        = hint: name where the secret is: { env = "NAME" } or { file = "PATH" }
    "#);
}

#[test]
fn an_address_that_cannot_be_used_is_refused() {
    let address = "http://127.0.0.1:8080/v2";
    insta::assert_snapshot!(refused(address, "wiki"), @r#"
    conf/purser.toml:14:12: this is not an address
        |
     14 | base_url = "wiki"
        |            ^^^^^^
        = hint: write it in full, such as https://wiki.example.com/scim/v2
    "#);
    insta::assert_snapshot!(refused(address, "ftp://wiki.example.com"), @r#"
    conf/purser.toml:14:12: only http and https are spoken
        |
     14 | base_url = "ftp://wiki.example.com"
        |            ^^^^^^^^^^^^^^^^^^^^^^^^
        = hint: begin the address with https://
    "#);
    insta::assert_snapshot!(refused(address, "https://me:s3cret@wiki.example.com"), @r#"
    conf/purser.toml:14:12: the address holds credentials
        |
     14 | base_url = "https://*********@wiki.example.com"
        |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        = hint: take them out of it: an address is no place for a secret
    "#);
    insta::assert_snapshot!(refused(address, "https://wiki.example.com/?token=s3cret"), @r#"
    conf/purser.toml:14:12: the address holds a query or a fragment
        |
     14 | base_url = "https://wiki.example.com/?*****=******"
        |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        = hint: leave out `?` or `#` and all after it: the paths of resources are appended
    "#);
}

#[test]
fn what_does_not_fit_together_is_reported_all_at_once() {
    let text = MINIMAL
        .replace("source = \"drupal\"", "source = \"drupl\"")
        .replace("target = \"wiki\"", "target = \"\"")
        .replace("\"attribute-map\"", "\"acme.wasm\"")
        .replace("name = \"user\"", "name = \"us:er\"")
        .replace("path = \"users.jsonl\"", "path = \"\"")
        .replace("[store]", "[store]\nplace = 1");
    insta::assert_snapshot!(said(&text), @r#"
    conf/purser.toml:3:1: unknown key `place`
       |
     3 | place = 1
       | ^^^^^
       = hint: the keys here are: path, cache
    conf/purser.toml:8:8: this is not a name
       |
     8 | name = "us:er"
       |        ^^^^^^^
       = hint: use letters, digits, `_`, `-` and `.`
    conf/purser.toml:9:8: this is not a path
       |
     9 | path = ""
       |        ^^
       = hint: write the name of a file, relative to this one or absolute
    conf/purser.toml:19:10: there is no source `drupl`
        |
     19 | source = "drupl"
        |          ^^^^^^^
        = hint: did you mean `drupal`?
    conf/purser.toml:20:10: there is no target ``
        |
     20 | target = ""
        |          ^^
        = hint: configured as `[target.…]`: wiki
    conf/purser.toml:21:10: no plugin `acme.wasm` is shipped with the host
        |
     21 | plugin = "acme.wasm"
        |          ^^^^^^^^^^^
        = hint: name a file like this: `plugin = { path = "acme.wasm" }`
    "#);
}

#[test]
fn scope_and_matching_are_checked_against_the_source() {
    let plugin = "plugin = \"attribute-map\"";
    insta::assert_snapshot!(refused(plugin, "plugin = \"attribute-map\"\nscope = { usr = \"uid ne 0\" }"), @r#"
    conf/purser.toml:21:11: the source `drupal` has no kind `usr`
        |
     21 | scope = { usr = "uid ne 0" }
        |           ^^^
        = hint: did you mean `user`?
    "#);
    insta::assert_snapshot!(refused(plugin, "plugin = \"attribute-map\"\nscope = { user = \"uid no 0\" }"), @r#"
    conf/purser.toml:21:23: not a filter: expected one of the operators eq, ne, co, sw, ew, gt, ge, lt, le, pr here
        |
     21 | scope = { user = "uid no 0" }
        |                       ^
        = hint: a filter compares attributes: `uid ne 0`, `mail pr`, `status eq 1 and not (name sw "test")`
    "#);
    insta::assert_snapshot!(refused(plugin, "plugin = \"attribute-map\"\nmatch = { Users = [\"user Name\"] }"), @r#"
    conf/purser.toml:21:11: no kind of the source `drupal` becomes a `Users`
        |
     21 | match = { Users = ["user Name"] }
        |           ^^^^^
        = hint: did you mean `User`?
    conf/purser.toml:21:25: not an attribute path: expected an attribute name here
        |
     21 | match = { Users = ["user Name"] }
        |                         ^
        = hint: write it as SCIM does: `userName`, `emails.value`
    "#);
    let again = "[[source.drupal.kinds]]\nname = \"user\"\npath = \"x\"\nid = \"x\"\nresource_type = \"User\"\n\n[target.wiki]";
    insta::assert_snapshot!(refused("[target.wiki]", again), @r#"
    conf/purser.toml:13:8: the kind `user` stands here twice
        |
     13 | name = "user"
        |        ^^^^^^
        = hint: give each kind a name of its own
    "#);
}

#[test]
fn only_users_can_be_deactivated() {
    insta::assert_snapshot!(refused("[mapping.people.policy]", "[mapping.people.policy]\nabsent_other = \"deactivate\""), @r#"
    conf/purser.toml:21:1: only users can be deactivated, but `absent_other` is "deactivate"
        |
     21 | [mapping.people.policy]
        | ^^^^^^^^^^^^^^^^^^^^^^^
        = hint: write `absent_other = "delete"` or `"keep"`
    "#);
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = Config::load("nowhere/purser.toml").unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot read the configuration nowhere/purser.toml"
    );
}

/// Whatever is written, the loader answers. Each damage that an editor, a copy
/// or a merge may do is done to the whole example, at every place.
#[test]
fn the_loader_never_panics() {
    let example = include_str!("../../examples/drupal-300/purser.toml");
    let places: Vec<usize> = example.char_indices().map(|(at, _)| at).collect();
    for at in places.iter().step_by(3) {
        let (before, after) = example.split_at(*at);
        let _cut_off = parse(before);
        let _begins_late = parse(after);
    }
    for at in places.iter().step_by(5) {
        let (before, after) = example.split_at(*at);
        for damage in [
            "\"",
            "\n",
            "[",
            "}",
            "=",
            "\0",
            "é\u{301}",
            "99999999999999999999",
            "\"\"\"",
            "nan",
        ] {
            let _damaged = parse(&format!("{before}{damage}{after}"));
        }
    }
    let lines: Vec<&str> = example.lines().collect();
    for left in 0..lines.len() {
        for (right, other) in lines.iter().enumerate().step_by(7) {
            let mut swapped = lines.clone();
            swapped[left] = other;
            swapped[right] = lines[left];
            let _swapped = parse(&swapped.join("\r\n"));
        }
    }
    for odd in [
        "",
        "\u{feff}",
        "\u{feff}\u{feff}",
        "a.b.c=1",
        "[[store]]",
        "[[source]]",
        "source=[]",
        "mapping={}",
    ] {
        let _odd = parse(odd);
    }
    let _deep = parse(&format!("a={}", "[".repeat(100_000)));
}
