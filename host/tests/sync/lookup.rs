//! Lookup tables: what a mapping may read, and that a table that changes changes
//! what was in step.

use purser_host::{
    config::{LookupConfig, LookupContent, MappingConfig, PluginRef},
    sync::plugins::{self, PluginError},
};
use purser_plugin::Table;
use serde_json::json;

use super::fakes::World;

fn table(entries: &[(&str, &str)]) -> LookupConfig {
    let mut table = Table::default();
    for (key, value) in entries {
        table
            .insert((*key).to_owned(), vec![(*value).to_owned()])
            .unwrap();
    }
    LookupConfig {
        name: "titles".to_owned(),
        content: LookupContent::Entries(table),
    }
}

fn translate(config: &mut MappingConfig) {
    config.settings["user"]["title"] = json!({ "from": "title", "lookup": "titles" });
}

fn grant(config: &mut MappingConfig, entries: &[(&str, &str)]) {
    config.grants = vec!["lookup:titles".to_owned()];
    config.lookups = vec![table(entries)];
}

fn load(config: &MappingConfig) -> Result<purser_plugin::Mapper, PluginError> {
    plugins::mapper(config, purser_plugin::Compile::default())
}

#[test]
fn only_settings_that_use_a_table_need_a_grant() {
    let base = World::new().wiring.config;
    // No grant, nothing looked up: the component without the import.
    assert!(load(&base).unwrap().description().capabilities.is_empty());

    let mut asking = base.clone();
    translate(&mut asking);
    let Err(PluginError::Configure { cause, .. }) = load(&asking) else {
        panic!("is loaded");
    };
    insta::assert_snapshot!(cause, @r#"asks for `lookup:titles` (the settings translate values by this table), which is not granted: allow it with `grants = ["lookup:titles"]` under `[mapping.people]`"#);

    grant(&mut asking, &[]);
    let mapper = load(&asking).unwrap();
    assert_eq!(mapper.description().capabilities[0].name, "lookup:titles");

    // A grant that nothing uses does no harm.
    let mut generous = base;
    grant(&mut generous, &[]);
    assert!(
        load(&generous)
            .unwrap()
            .description()
            .capabilities
            .is_empty()
    );
}

#[test]
fn a_component_of_somebody_else_gets_the_same_tables_by_the_same_grant() {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../target/guests/with-lookup/wasm32-unknown-unknown/guest/attribute_map.wasm");
    let mut config = World::new().wiring.config;
    config.plugin = PluginRef::File(file);
    let Err(PluginError::Load { cause, .. }) = load(&config) else {
        panic!("links without a grant");
    };
    insta::assert_snapshot!(cause, @r#"asks for `lookup`, which is not granted: allow it with `grants = ["lookup:<table>"]` under `[mapping.people]`"#);
    translate(&mut config);
    grant(&mut config, &[("Dr", "Doctor")]);
    load(&config).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_table_maps_unchanged_rows_again_and_an_unchanged_one_does_not() {
    let mut world = World::of(super::fakes::MemorySource::new(), |config| {
        translate(config);
        grant(config, &[("Dr", "Doctor")]);
    });
    let people = vec![
        super::person("1", "ann", &[]),
        super::person("2", "bob", &[]),
    ];
    world.source.put("user", people);
    world.run().await;
    world.target.writes();
    let title =
        |world: &World, name: &str| world.target.by("User", "userName", name)["title"].clone();
    assert_eq!(title(&world, "ann"), "Doctor");

    // The same table, read anew.
    world.wiring.mapper = load(&world.wiring.config).unwrap();
    assert_eq!(world.run().await.planned.in_step, 2);
    assert_eq!(world.target.writes(), Vec::<String>::new());

    let mut config = world.wiring.config.clone();
    grant(&mut config, &[("Dr", "Doctor of all")]);
    world.wiring = purser_host::sync::wiring::Wiring {
        mapper: load(&config).unwrap(),
        config: config.clone(),
        ..world.wiring.clone()
    };
    world.run().await;
    let mut writes = world.target.writes();
    writes.sort();
    assert_eq!(writes, ["patch t1", "patch t2"]);
    assert_eq!(title(&world, "bob"), "Doctor of all");

    // A table that lacks a key takes nothing away: the object is set aside, until
    // the table has it.
    grant(&mut config, &[("Prof", "Professor")]);
    world.wiring.mapper = load(&config).unwrap();
    assert_eq!(world.run().await.parked, 2);
    assert_eq!(world.target.writes(), Vec::<String>::new());
    assert_eq!(title(&world, "ann"), "Doctor of all");
    grant(&mut config, &[("Dr", "Dr.")]);
    world.wiring.mapper = load(&config).unwrap();
    assert_eq!(world.run().await.parked, 0);
    assert_eq!(title(&world, "ann"), "Dr.");
}
