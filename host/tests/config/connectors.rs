//! Which connector a section names, and the directory as one.

use purser_host::{
    config::{ScimConfig, SourceConfig, SourceConnector, TargetConfig, TargetConnector},
    source::file::FileSettings,
};

use super::{MINIMAL, parse, refused, said};

pub fn file(source: &SourceConfig) -> &FileSettings {
    match &source.connector {
        SourceConnector::File(settings) => settings,
        other => panic!("{other:?}"),
    }
}

pub fn scim(target: &TargetConfig) -> &ScimConfig {
    match &target.connector {
        TargetConnector::Scim(scim) => scim,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_directory_is_a_source_and_a_target_by_its_tenant() {
    let sections = "[tenant.people]\n[source.in]\nconnector = \"directory\"\ntenant = \"people\"\n\
                    [target.out]\nconnector = \"directory\"\ntenant = \"people\"\n";
    let config = parse(&format!("{MINIMAL}{sections}")).unwrap();
    let kinds: Vec<&str> = config.sources[1]
        .kinds()
        .map(|info| info.kind.as_str())
        .collect();
    assert_eq!(kinds, ["user", "group"]);
    assert_eq!(
        config.targets[1].connector,
        TargetConnector::Directory("people".to_owned())
    );
    let lost = said(&format!(
        "{MINIMAL}{}",
        sections.replace("[tenant.people]", "[tenant.other]")
    ));
    assert_eq!(lost.matches("there is no such tenant").count(), 2, "{lost}");
    assert!(lost.contains("add a section `[tenant.people]`"), "{lost}");
}

#[test]
fn only_a_source_that_says_what_changes_can_be_followed() {
    let line = "plugin = \"attribute-map\"";
    let said = refused(line, &format!("{line}\nautomatic = true"));
    assert!(
        said.contains("the source of this mapping does not say what changes in it"),
        "{said}"
    );
    let line = "connector = \"file\"";
    let said = refused(line, &format!("{line}\nsite = \" \""));
    assert!(said.contains("a name for the site behind it"), "{said}");
}

/// [`MINIMAL`] with a WordPress for its target, and these keys.
fn wordpress(keys: &str) -> String {
    let (head, rest) = MINIMAL.split_once("[target.wiki]").unwrap();
    let (_, rest) = rest.split_once("[mapping.people]").unwrap();
    format!(
        "{head}[target.wiki]\nconnector = \"wordpress\"\nbase_url = \"https://blog.example.com\"\n{keys}\n\
         [mapping.people]{rest}"
    )
}

#[test]
fn a_wordpress_has_its_own_roles_unless_it_says_otherwise() {
    let credentials = "user = \"admin\"\npassword = { env = \"P\" }\n";
    let config = parse(&wordpress(credentials)).unwrap();
    let TargetConnector::WordPress(site) = &config.targets[0].connector else {
        panic!("a WordPress");
    };
    assert_eq!(site.roles.len(), 5);
    assert_eq!(site.default_role, "subscriber");
    let own = "roles = { member = \"Member\" }\ndefault_role = \"member\"\nmeta = { externalId = \"x\" }\n";
    let config = parse(&wordpress(&format!("{credentials}{own}"))).unwrap();
    let TargetConnector::WordPress(site) = &config.targets[0].connector else {
        panic!("a WordPress");
    };
    assert_eq!(site.roles["member"], "Member");
    assert_eq!(site.meta[&"externalId".parse().unwrap()], "x");
}

#[test]
fn what_a_wordpress_cannot_be_told_is_said() {
    let credentials = "user = \"admin\"\npassword = { env = \"P\" }\n";
    let wrong = [
        (
            "user = \"admin:s3cret\"\npassword = { env = \"P\" }".to_owned(),
            "no login of WordPress holds a colon",
        ),
        (
            "user = \"admin\"\npassword = \"s3cret\"".to_owned(),
            "password",
        ),
        (
            format!("{credentials}default_role = \"boss\""),
            "`roles` has no `boss`",
        ),
        (
            format!("{credentials}roles = {{ member = \"Member\" }}"),
            "`roles` has no `subscriber`",
        ),
        (
            format!("{credentials}meta = {{ emails = \"x\" }}"),
            "`emails` is no attribute of a user with one value",
        ),
        (
            format!("{credentials}meta = {{ shoeSize = \"x\" }}"),
            "`shoeSize` is no attribute of a user with one value",
        ),
        (
            format!("{credentials}rename = \"always\""),
            "the values are: refuse, keep",
        ),
    ];
    for (keys, words) in wrong {
        let said = said(&wordpress(&keys));
        assert!(said.contains(words), "{words}: {said}");
        assert!(!said.contains("s3cret"), "{said}");
    }
}
