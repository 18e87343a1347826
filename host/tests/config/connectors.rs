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
