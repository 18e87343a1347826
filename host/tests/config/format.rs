//! How the file of a kind is written, and what proves that it is whole.

use std::collections::BTreeMap;

use purser_host::source::file::{CsvFormat, EmptyCells, FileKind, Format, Words};

use super::{MINIMAL, connectors::file, parse, refused};

fn kind(line: &str) -> FileKind {
    let text = MINIMAL.replacen("id = \"uid\"", &format!("id = \"uid\"\n{line}"), 1);
    let config = parse(&text).unwrap();
    file(&config.sources[0]).kinds[0].clone()
}

fn refusal(line: &str) -> String {
    refused("id = \"uid\"", &format!("id = \"uid\"\n{line}"))
}

#[test]
fn csv_is_said_with_all_that_it_may_need() {
    assert_eq!(kind("").format, Format::JsonLines);
    assert_eq!(
        kind("format = \"csv\"").format,
        Format::Csv(CsvFormat::default())
    );
    let all = kind(
        "format = \"csv\"\nseparator = \"\\t\"\nlists = { roles = \"|\", mails = \"·\" }\n\
         empty_cells = \"unknown\"\nactive_words = [\"A\"]\ninactive_words = [\"I\", \"L\"]\n\
         manifest = \"manifest.json\"\ndone_file = \"/var/users.done\"",
    );
    let lists = BTreeMap::from([("roles".to_owned(), '|'), ("mails".to_owned(), '·')]);
    let format = CsvFormat {
        separator: b'\t',
        lists,
        empty_cells: EmptyCells::Unknown,
    };
    assert_eq!(all.format, Format::Csv(format));
    assert_eq!(all.words, Words::new(&["a"], &["i", "l"]));
    assert_eq!(
        all.manifest.unwrap(),
        std::path::Path::new("conf/manifest.json")
    );
    assert_eq!(
        all.done_file.unwrap(),
        std::path::Path::new("/var/users.done")
    );
}

#[test]
fn what_contradicts_itself_is_refused() {
    insta::assert_snapshot!(refusal("separator = \";\""), @r#"
    conf/purser.toml:10:13: `separator` is about CSV, and this file is JSON lines
        |
     10 | separator = ";"
        |             ^^^
        = hint: add `format = "csv"`, or leave the key out
    "#);
    insta::assert_snapshot!(refusal("format = \"csv\"\nseparator = \"||\""), @r#"
    conf/purser.toml:11:13: this cannot stand between cells
        |
     11 | separator = "||"
        |             ^^^^
        = hint: write one ASCII character: ",", ";", "|" or "\t"
    "#);
    insta::assert_snapshot!(refusal("format = \"csv\"\nlists = { roles = \"\" }"), @r#"
    conf/purser.toml:11:19: this cannot stand between the texts of a cell
        |
     11 | lists = { roles = "" }
        |                   ^^
        = hint: write one character, such as "|"
    "#);
    insta::assert_snapshot!(refusal("format = \"xlsx\""), @r#"
    conf/purser.toml:10:10: `xlsx` is not a value of this key
        |
     10 | format = "xlsx"
        |          ^^^^^^
        = hint: the values are: json-lines, csv
    "#);
    insta::assert_snapshot!(refusal("active_words = [\"NO\"]"), @r#"
    conf/purser.toml:10:16: `no` would say both active and inactive
        |
     10 | active_words = ["NO"]
        |                ^^^^^^
        = hint: take it out of `active_words` or `inactive_words`; each has defaults where it is left out
    "#);
}
