//! `[lookup.NAME]`, and grants of tables.

use insta::assert_snapshot;
use purser_host::{
    config::{Config, LookupConfig},
    lookup,
};

use super::{MINIMAL, parse, said};

fn with(section: &str) -> String {
    format!("{MINIMAL}{section}\n")
}

/// The only table of a configuration in a folder, with this file beside it.
fn table_of(section: &str, file: &[u8]) -> Result<purser_plugin::Table, String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("t.csv"), file).unwrap();
    let text = with(&format!("[lookup.t]\n{section}"));
    let config = Config::parse(&text, folder.path().join("purser.toml")).unwrap();
    lookup::load(&config.lookups[0]).map_err(|error| {
        let mut words = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(error) = cause {
            words += &format!("\n{error}");
            cause = error.source();
        }
        words.replace(&folder.path().display().to_string(), "conf")
    })
}

const FILE: &str = "file = \"t.csv\"\nkey = \"code\"\nvalue = \"name\"";

#[test]
fn entries_stand_in_the_configuration_or_in_a_file() {
    let inline = table_of(
        "entries = { 07 = \"Arts\", \"7\" = [\"Law\", \"Ethics\"] }",
        b"",
    )
    .unwrap();
    assert_eq!(inline.get("07"), ["Arts"]);
    assert_eq!(inline.get("7"), ["Law", "Ethics"]);
    let csv = "\u{feff}code,x,name\r\n07,,Arts\n\n7,\"y,\n\",\"Law | Ethics|\"\n";
    let section = format!("{FILE}\nvalues_separator = \"|\"");
    assert_eq!(table_of(&section, csv.as_bytes()).unwrap(), inline);
    // Without it a cell is one value, as it stands; keys are not trimmed either.
    let plain = table_of(FILE, b"code,name\n 7 ,a|b\n").unwrap();
    assert_eq!(
        (plain.get(" 7 "), plain.get("7")),
        (["a|b".to_owned()].as_slice(), [].as_slice())
    );
    let section = format!("{FILE}\nseparator = \";\"");
    assert_eq!(
        table_of(&section, b"name;code\nArts;07\n")
            .unwrap()
            .get("07"),
        ["Arts"]
    );
    // Nobody in it is a table as well.
    assert!(table_of(FILE, b"code,name\n").unwrap().is_empty());
}

#[test]
fn a_file_is_used_as_a_whole_or_not_at_all() {
    let why = |csv: &[u8]| table_of(FILE, csv).unwrap_err();
    assert_snapshot!(why(b"code,name\n07,Arts\n8,Law\n07,secret\n"), @r#"
    the lookup table `t` cannot be used: conf/t.csv
    line 4: the key stands here a second time; leave one of the two rows, or put both values into one cell and set `values_separator`
    "#);
    assert_snapshot!(why(b"code,name\n07,\n"), @r#"
    the lookup table `t` cannot be used: conf/t.csv
    line 2: the key has no value; fill the cell, or take the row out
    "#);
    assert_snapshot!(why(b"code,name\n,Arts\n"), @r#"
    the lookup table `t` cannot be used: conf/t.csv
    line 2: the key is empty; fill the cell, or take the row out
    "#);
    assert_snapshot!(why(b"code,name\n07,Arts,more\n"), @r#"
    the lookup table `t` cannot be used: conf/t.csv
    line 2: the row has 3 cells, the header names 2; put quotation marks around a cell that holds a separator
    "#);
    assert_snapshot!(why(b"code,name\n07,\xff\n"), @r#"
    the lookup table `t` cannot be used: conf/t.csv
    line 2: the row is not UTF-8; save the file as UTF-8
    "#);
    assert_snapshot!(why(b"code,name\n07,\"Arts\n8,Law\n"), @r#"
    the lookup table `t` cannot be used: conf/t.csv
    line 2: a quotation mark is never closed
    "#);
    assert_snapshot!(why(b"code;name\n07;Arts\n"), @r#"
    the lookup table `t` cannot be used: conf/t.csv
    line 1: no column is called `code`; correct `key` or `value` under `[lookup.…]`, or its `separator`
    "#);
    assert_snapshot!(why(b"code,name,name\n07,Arts,Arts\n"), @r#"
    the lookup table `t` cannot be used: conf/t.csv
    line 1: two columns are called `name`
    "#);
    assert_snapshot!(why(b""), @r#"
    the lookup table `t` cannot be used: conf/t.csv
    it is empty; its first line names the columns
    "#);
    let long = format!(
        "code,name\n07,{}\n",
        "x".repeat(purser_plugin::MAX_VALUE_BYTES + 1)
    );
    assert_snapshot!(why(long.as_bytes()), @r#"
    the lookup table `t` cannot be used: conf/t.csv
    line 2: the key's values have more than 4096 bytes; shorten the cell
    "#);
    assert_snapshot!(why(&vec![b'x'; (16 << 20) + 1]), @r#"
    the lookup table `t` cannot be used: conf/t.csv
    it has more than 16 MiB, which is more than a lookup table may have; leave out what no mapping needs
    "#);
}

#[test]
fn a_file_that_cannot_be_read_is_named_with_what_to_do() {
    let lookup = |file: &str| -> LookupConfig {
        let section = FILE.replace("t.csv", file);
        let config = parse(&with(&format!("[lookup.t]\n{section}"))).unwrap();
        config.lookups[0].clone()
    };
    let why = |file: &str| {
        let error = lookup::load(&lookup(file)).unwrap_err();
        format!("{error}\n{}", std::error::Error::source(&error).unwrap())
    };
    assert_snapshot!(why("nowhere.csv"), @r#"
    the lookup table `t` cannot be used: conf/nowhere.csv
    it cannot be read; check `file` under `[lookup.…]` and who may read the file
    "#);
    assert_snapshot!(why("/"), @r#"
    the lookup table `t` cannot be used: /
    it is not a file; name a CSV file in `file` under `[lookup.…]`
    "#);
}

#[test]
fn what_contradicts_itself_is_refused_with_a_remedy() {
    assert_snapshot!(said(&with("[lookup.t]")), @r#"
    conf/purser.toml:24:9: a lookup table has either `entries` or a `file`
        |
     24 | [lookup.t]
        |         ^
        = hint: write `entries = { KEY = "VALUE" }`, or `file = "FILE.csv"` with the columns `key` and `value`
    "#);
    assert_snapshot!(said(&with("[lookup.t]\nentries = {}\nfile = \"t.csv\"")), @r#"
    conf/purser.toml:25:11: a lookup table has either `entries` or a `file`
        |
     25 | entries = {}
        |           ^^
        = hint: write `entries = { KEY = "VALUE" }`, or `file = "FILE.csv"` with the columns `key` and `value`
    "#);
    assert_snapshot!(said(&with("[lookup.t]\nentries = {}\nkey = \"code\"")), @r#"
    conf/purser.toml:26:7: `key` is about a file, and this table has `entries`
        |
     26 | key = "code"
        |       ^^^^^^
        = hint: leave the key out, or name the `file`
    "#);
    assert_snapshot!(said(&with("[lookup.t]\nfile = \"t.csv\"\nkey = \"code\"")), @r#"
    conf/purser.toml:24:9: the key `value` is missing
        |
     24 | [lookup.t]
        |         ^
        = hint: add `value = "…"`: the name of a column of the file
    "#);
    assert_snapshot!(said(&with("[lookup.t]\nentries = { a = \"\", b = [] }")), @r#"
    conf/purser.toml:25:13: the key has no value
        |
     25 | entries = { a = "", b = [] }
        |             ^
        = hint: write `KEY = "VALUE"`, or `KEY = ["VALUE", …]`; neither may be empty
    conf/purser.toml:25:21: the key has no value
        |
     25 | entries = { a = "", b = [] }
        |                     ^
        = hint: write `KEY = "VALUE"`, or `KEY = ["VALUE", …]`; neither may be empty
    "#);
    assert_snapshot!(said(&with("[lookup.t]\nentries = { a = 1 }")), @r#"
    conf/purser.toml:25:17: expected a text in quotes or a list of such texts, found a number
        |
     25 | entries = { a = 1 }
        |                 ^
    "#);
    assert_snapshot!(said(&with("[lookup.t]\nentries = { a = \"b\", a = \"c\" }")), @r#"
    conf/purser.toml:25:22: not TOML: duplicate key
        |
     25 | entries = { a = "b", a = "c" }
        |                      ^
        = hint: texts stand in quotes, a section begins with its name in brackets; see https://toml.io
    "#);
    assert_snapshot!(said(&with(&format!("[lookup.t]\n{FILE}\nseparator = \"ab\""))), @r#"
    conf/purser.toml:28:13: this cannot stand between cells
        |
     28 | separator = "ab"
        |             ^^^^
        = hint: write one ASCII character: ",", ";", "|" or "\t"
    "#);
}

#[test]
fn a_grant_names_a_table_that_is_there() {
    let granting = |grant: &str, section: &str| {
        let line = "plugin = \"attribute-map\"";
        let by = format!("{line}\ngrants = [\"{grant}\"]");
        with(section).replacen(line, &by, 1)
    };
    let table = "[lookup.faculties]\nentries = { a = \"b\" }";
    let config = parse(&granting("lookup:faculties", table)).unwrap();
    let names: Vec<&str> = config.mappings[0]
        .lookups
        .iter()
        .map(|lookup| lookup.name.as_str())
        .collect();
    assert_eq!(names, ["faculties"]);
    assert!(parse(&with(table)).unwrap().mappings[0].lookups.is_empty());
    assert_snapshot!(said(&granting("lookup:faculty", table)), @r#"
    conf/purser.toml:21:11: there is no lookup table `faculty`
        |
     21 | grants = ["lookup:faculty"]
        |           ^^^^^^^^^^^^^^^^
        = hint: did you mean `faculties`?
    "#);
    assert_snapshot!(said(&granting("lookup:faculties", "")), @r#"
    conf/purser.toml:21:11: there is no lookup table `faculties`
        |
     21 | grants = ["lookup:faculties"]
        |           ^^^^^^^^^^^^^^^^^^
        = hint: add a section `[lookup.faculties]`
    "#);
}
