//! What the host does of its own accord.

use anyhow::Result;
use purser_tests::{files, host::Host, purser::TARGET, scene::Scene};
use serde_json::json;
use toml::Table;

use super::{DONE, scene, told};

/// A site with one contractor, whose account ends with the contract.
fn university(scene: &mut Scene) -> Result<()> {
    let wasm = files::target()?.join("guests/wasm32-unknown-unknown/guest/university.wasm");
    let wasm = files::program(wasm)?;
    let text = format!(
        r#"
        [source.drupal]
        connector = "file"
        [[source.drupal.kinds]]
        name = "person"
        path = "people.jsonl"
        id = "id"
        resource_type = "User"
        expected_rows = 1
        [mapping.people]
        source = "drupal"
        target = "{TARGET}"
        plugin = {{ path = "{}" }}
        grants = ["time"]
        [mapping.people.settings.affiliations.contractor]
        until_contract_end = true
        "#,
        wasm.display()
    );
    for (section, table) in text.parse::<Table>()? {
        scene.purser.config.insert(section, table);
    }
    scene.purser.write_config()?;
    let person = json!({
        "id": "7", "login": "eve", "given_name": "Eve", "family_name": "Poe", "mail": "eve@uni.example",
        "affiliations": ["contractor"], "contract_end": "2999-12-31",
    });
    scene.purser.put_lines("people", &[person.to_string()])
}

#[test]
fn whose_time_has_come_is_brought_into_step_without_anybody_asking() -> Result<()> {
    let mut scene = scene()?;
    university(&mut scene)?;
    scene.purser.run(&[])?.expect(DONE)?;
    assert_eq!(scene.proxy.counts().users_created, 1);

    // Nearly a thousand years pass.
    let database = rusqlite::Connection::open(scene.purser.folder().join("purser.db"))?;
    let rows = database.execute(
        "UPDATE source_document SET document = replace(document, '2999-12-31', '2020-12-31')",
        [],
    )?;
    assert_eq!(rows, 1);
    let links = database.execute(
        "UPDATE link SET reevaluate_at = '2021-01-01T00:00:00.000Z' WHERE reevaluate_at IS NOT NULL",
        [],
    )?;
    assert_eq!(
        links, 1,
        "its mapping has said when it is to be asked again"
    );
    drop(database);

    let host = Host::start(&scene.purser)?;
    host.running()?
        .until_printed("the time of some objects had come", 1)?;
    let log = scene.purser.call(&["log", "--object", "person:7"])?;
    told(&log, DONE, &["deactivate person:7"])?;
    assert_eq!(scene.proxy.counts().writes, 1);
    host.end()?.expect(DONE)?;
    let database = rusqlite::Connection::open(scene.purser.folder().join("purser.db"))?;
    let due = "SELECT count(*) FROM link WHERE reevaluate_at IS NOT NULL";
    let due: i64 = database.query_row(due, [], |row| row.get(0))?;
    assert_eq!(due, 0, "once is enough");
    Ok(())
}
