//! CSV: the header gives the names, cells are texts.

use std::collections::BTreeMap;

use purser_engine::absence::Evidence;
use purser_host::source::{
    Row, SourceError,
    file::{CsvFormat, EmptyCells, Format, Words},
};
use serde_json::{Value, json};

use super::{Export, proven};

fn csv(text: impl AsRef<[u8]>) -> Export {
    let mut export = Export::of(text);
    export.kind.format = Format::Csv(CsvFormat {
        lists: BTreeMap::from([("roles".to_owned(), '|')]),
        ..CsvFormat::default()
    });
    export
}

async fn read(text: impl AsRef<[u8]>, expected: u64) -> (Vec<Row>, Evidence) {
    csv(text).expecting(expected).read().await
}

async fn refusal(export: &Export) -> String {
    match export.open().await {
        Err(error @ SourceError::Header { .. }) => error
            .to_string()
            .replace(&export.path().display().to_string(), "FILE"),
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it was taken"),
    }
}

fn attributes(row: &Row) -> Value {
    row.content.as_ref().unwrap().attributes.clone().into()
}

#[tokio::test]
async fn the_header_names_and_cells_are_texts() {
    let text = "\u{feff}uid, status ,name,roles,\r\n\
                07,1,\"Doe, \"\"J\"\"\r\nJane\",editor| staff||,x\r\n\
                \r\n\
                8,no, ü ,,";
    let (rows, evidence) = read(text, 2).await;
    assert_eq!(proven(&evidence), Ok(2));
    let expected = json!({ "uid": "07", "status": "1", "name": "Doe, \"J\"\r\nJane", "roles": ["editor", "staff"] });
    assert_eq!(attributes(&rows[0]), expected);
    let expected = json!({ "uid": "8", "status": "no", "name": " ü ", "roles": [] });
    assert_eq!(attributes(&rows[1]), expected);
    let envelope = |row: &Row| {
        let object = row.content.clone().unwrap();
        (
            row.position,
            row.key.to_string(),
            object.active,
            object.roles,
        )
    };
    let roles = vec!["editor".to_owned(), "staff".to_owned()];
    assert_eq!(envelope(&rows[0]), (2, "user:07".to_owned(), true, roles));
    assert_eq!(envelope(&rows[1]), (5, "user:8".to_owned(), false, vec![]));
}

#[tokio::test]
async fn an_empty_cell_is_empty_unless_it_is_said_to_be_unknown() {
    let mut export = csv("uid,status,name,roles\n1,1,,\n");
    let (rows, _) = export.read().await;
    let empty = json!({ "uid": "1", "status": "1", "name": "", "roles": [] });
    assert_eq!(attributes(&rows[0]), empty);
    export.kind.format = Format::Csv(CsvFormat {
        empty_cells: EmptyCells::Unknown,
        ..CsvFormat::default()
    });
    let (rows, _) = export.read().await;
    assert_eq!(attributes(&rows[0]), json!({ "uid": "1", "status": "1" }));
}

#[tokio::test]
async fn other_separators_and_other_words_are_configured() {
    let mut export = csv("uid;status;roles\n1; JA ;a\n2;nein;b,c\n3;yes;\n");
    export.kind.format = Format::Csv(CsvFormat {
        separator: b';',
        lists: BTreeMap::from([("roles".to_owned(), ',')]),
        ..CsvFormat::default()
    });
    export.kind.words = Words::new(&["ja"], &["nein"]);
    let (rows, _) = export.read().await;
    let object = |row: usize| rows[row].content.clone().unwrap();
    assert!(object(0).active);
    assert!(!object(1).active);
    assert_eq!(object(1).roles, ["b", "c"]);
    assert_eq!(
        rows[2].content.clone().unwrap_err(),
        "the attribute `status` is none of the words for active and inactive"
    );
}

/// With an unquoted separator or line end in a cell, nobody knows whose row it is.
#[tokio::test]
async fn a_row_with_other_cells_than_the_header_is_set_aside_and_proves_nothing() {
    for (row, found) in [("2,1", 2), ("2,1,a,b", 4), ("2", 1)] {
        let (rows, evidence) = read(format!("uid,status,roles\n1,1,a\n{row}\n3,1,c\n"), 3).await;
        let keys: Vec<String> = rows.iter().map(|row| row.key.to_string()).collect();
        assert_eq!(keys, ["user:1", "user:2", "user:3"]);
        let why = format!("the row has {found} cells, the header names 3");
        assert_eq!(rows[1].content.clone().unwrap_err(), why);
        assert_eq!(rows[1].position, 3);
        assert_eq!(evidence.unreadable, [(3, why)]);
        assert!(proven(&evidence).unwrap_err().contains("first at line 3"));
    }
    let (rows, evidence) = read("roles,status,uid\na,1\n", 1).await;
    assert!(rows.is_empty(), "its id is not there at all");
    assert_eq!(evidence.unreadable_count, 1);
}

#[tokio::test]
async fn a_row_without_an_id_may_be_anybody() {
    for row in [",1,a", " ,1,a", ",,"] {
        let (rows, evidence) = read(format!("uid,status,roles\n{row}\n2,1,a\n"), 1).await;
        assert_eq!(rows.len(), 1);
        assert_eq!(
            evidence.unreadable,
            [(2, "the column `uid` is empty".to_owned())]
        );
    }
}

#[tokio::test]
async fn an_export_that_is_cut_off_stops_the_proof() {
    let begin = "uid,status,roles\n1,1,a\n";
    for last in ["2", "2,", "2,1", "2,1,\"", "2,1,\"b|c"] {
        let (_, evidence) = read(format!("{begin}{last}"), 2).await;
        let why = proven(&evidence).unwrap_err();
        let cut = "reading stopped early: the last line, 3, is cut off";
        assert!(why.starts_with(cut), "{last}: {why}");
    }
    // A row that is cut in its last cell looks whole: there an id would be another's.
    for (line_end, proof) in [("", None), ("\n", Some(1))] {
        let mut export = csv(format!("name,uid\nJane,12{line_end}")).expecting(1);
        (export.kind.active, export.kind.roles) = (None, None);
        export.kind.format = Format::Csv(CsvFormat::default());
        let (rows, evidence) = export.read().await;
        assert_eq!(rows.len(), 1);
        assert_eq!(proven(&evidence).ok(), proof);
    }
    let (rows, evidence) = read("uid,status,roles\n1,1,a\n2,1,\"b\n3,1,c\n4,1,d\n", 4).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(
        proven(&evidence).unwrap_err(),
        "reading stopped early: the last line, 3, is cut off (a quotation mark is never closed)"
    );
}

#[tokio::test]
async fn another_encoding_is_named_with_its_place() {
    let (rows, evidence) = read(b"uid,status,roles,name\n1,1,a,J\xfcrgen\n2,1,b,x\n", 2).await;
    assert_eq!(
        rows[0].content.clone().unwrap_err(),
        "the column `name` is not UTF-8 at byte 2 of the cell; save the file as UTF-8"
    );
    assert_eq!((rows[0].position, proven(&evidence)), (2, Ok(2)));
    let (_, evidence) = read(b"uid,status,roles\n\xfc,1,a\n", 0).await;
    assert_eq!(evidence.unreadable_count, 1);

    let refused = refusal(&csv(b"\xff\xfeu\0i\0d\0")).await;
    assert_eq!(
        refused,
        "cannot read FILE, line 1: UTF-16 from byte 1 on; save the file as UTF-8"
    );
    let refused = refusal(&csv(b"\nuid,stra\xdfe\n")).await;
    assert_eq!(
        refused,
        "cannot read FILE, line 2: the name of column 2 is not UTF-8 at byte 5; save the file as UTF-8"
    );
}

#[tokio::test]
async fn a_header_that_does_not_fit_the_configuration_is_refused() {
    for (text, why) in [
        ("", "the header is missing"),
        ("\n\n", "the header is missing"),
        (
            "uid,status,roles,mail,mail\n",
            "two columns are called `mail`",
        ),
        (
            "id,status,roles\n",
            "no column is called `uid`, but `id`, `status`, `roles`",
        ),
        (
            "uid,roles,\n",
            "no column is called `status`, but `uid`, `roles`",
        ),
        (
            "uid;status;roles\n",
            "no column is called `status`, but `uid;status;roles`",
        ),
        (
            "uid,\"status,roles\n1,1,a\n",
            "a quotation mark is never closed",
        ),
    ] {
        let refused = refusal(&csv(text)).await;
        assert_eq!(refused, format!("cannot read FILE, line 1: {why}"));
    }
    let mut export = csv("uid,status,roles\n");
    export.kind.format = Format::Csv(CsvFormat {
        lists: BTreeMap::from([("groups".to_owned(), '|')]),
        ..CsvFormat::default()
    });
    assert_eq!(
        refusal(&export).await,
        "cannot read FILE, line 1: no column is called `groups`, but `uid`, `status`, `roles`"
    );
}
