//! The file source: what it reads, and what its evidence proves.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "what tests share may stop at the first surprise, too"
)]

#[path = "source_file/csv.rs"]
mod csv;
#[path = "source_file/known.rs"]
mod known;
#[path = "source_file/proof.rs"]
mod proof;

use std::{fmt::Write as _, fs, io::Write as _, path::PathBuf};

use purser_engine::{
    absence::{Complete, Evidence},
    ids::{ObjectKey, ResourceType, RunId},
    imprint::Known,
};
use purser_host::source::{
    Enumeration, KindInfo, Row, Source, SourceError,
    file::{FileKind, FileSettings, FileSource, Format, Words},
};
use serde_json::json;
use tempfile::TempDir;

struct Export {
    folder: TempDir,
    kind: FileKind,
}

impl Export {
    fn of(bytes: impl AsRef<[u8]>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let export = Self {
            kind: FileKind {
                info: KindInfo {
                    kind: "user".into(),
                    resource_type: ResourceType::user(),
                },
                path: folder.path().join("users.jsonl"),
                format: Format::JsonLines,
                id: "uid".to_owned(),
                active: Some("status".to_owned()),
                words: Words::default(),
                roles: Some("roles".to_owned()),
                expected_rows: None,
                manifest: None,
                done_file: None,
            },
            folder,
        };
        fs::write(export.path(), bytes).unwrap();
        export
    }

    fn expecting(mut self, rows: u64) -> Self {
        self.kind.expected_rows = Some(rows);
        self
    }

    fn path(&self) -> PathBuf {
        self.kind.path.clone()
    }

    /// Another file of the same folder.
    fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    async fn open(&self) -> Result<Box<dyn Enumeration>, SourceError> {
        let source = FileSource::new(FileSettings {
            kinds: vec![self.kind.clone()],
        });
        assert_eq!(source.kinds().len(), 1);
        source.enumerate(&"user".into()).await
    }

    async fn read(&self) -> (Vec<Row>, Evidence) {
        let mut enumeration = self.open().await.unwrap();
        let rows = rest(&mut *enumeration, 2).await;
        (rows, enumeration.evidence().await)
    }
}

async fn rest(enumeration: &mut dyn Enumeration, page: usize) -> Vec<Row> {
    let mut all = Vec::new();
    loop {
        let rows = enumeration.page(page, Known::default()).await.unwrap().rows;
        assert!(rows.len() <= page);
        if rows.is_empty() {
            return all;
        }
        all.extend(rows);
    }
}

fn proven(evidence: &Evidence) -> Result<u64, String> {
    Complete::verify(RunId(1), evidence)
        .map(|complete| complete.counted())
        .map_err(|why| why.to_string())
}

fn user(id: impl std::fmt::Display) -> String {
    format!("{{\"uid\": {id}, \"status\": 1, \"roles\": [\"editor\"]}}\n")
}

#[tokio::test]
async fn a_whole_file_with_the_expected_rows_is_complete() {
    let export = Export::of(user(1) + &user("\"b\"") + &user(3)).expecting(3);
    let (rows, evidence) = export.read().await;
    assert_eq!(proven(&evidence), Ok(3));
    let keys: Vec<String> = rows
        .iter()
        .map(|row| format!("{} {}", row.position, row.key))
        .collect();
    assert_eq!(keys, ["1 user:1", "2 user:b", "3 user:3"]);
    let object = rows[0].content.clone().unwrap();
    assert!(object.active);
    assert_eq!(object.roles, ["editor"]);
    assert_eq!(object.resource_type, ResourceType::user());
    assert_eq!(object.attributes["uid"], json!(1));
}

#[tokio::test]
async fn without_a_number_or_with_another_nothing_is_proven() {
    let (rows, evidence) = Export::of(user(1)).read().await;
    assert_eq!(rows.len(), 1);
    assert_eq!(
        proven(&evidence).unwrap_err(),
        "no proof of completeness is configured (expected_rows, manifest or done_file)"
    );
    let (_, evidence) = Export::of(user(1)).expecting(2).read().await;
    assert_eq!(
        proven(&evidence).unwrap_err(),
        "1 rows were read, but 2 are expected"
    );
    let (_, evidence) = Export::of("").expecting(0).read().await;
    assert_eq!(proven(&evidence), Ok(0));
}

#[tokio::test]
async fn marks_blank_lines_and_other_line_ends_are_tolerated() {
    let text = format!("\u{feff}{}\r\n\r\n  \n{}", user(1).trim(), user(2).trim());
    let (rows, evidence) = Export::of(text).expecting(2).read().await;
    assert_eq!(proven(&evidence), Ok(2));
    assert_eq!(rows[1].position, 4);
}

#[tokio::test]
async fn a_line_without_a_readable_id_may_be_anybody() {
    for (line, why) in [
        ("{\"uid\": 1", "not JSON at column 9"),
        ("[1]", "not a JSON object"),
        ("\"secret\"", "not a JSON object"),
        ("{\"id\": 1}", "the attribute `uid` is missing"),
        ("{\"uid\": null}", "the attribute `uid` is null"),
        ("{\"uid\": \" \"}", "the attribute `uid` is empty"),
        (
            "{\"uid\": 1.5}",
            "the attribute `uid` is neither a text nor a whole number",
        ),
        (
            "{\"uid\": true}",
            "the attribute `uid` is neither a text nor a whole number",
        ),
        (
            "{\"uid\": 99999999999999999999999}",
            "the attribute `uid` is neither a text nor a whole number",
        ),
    ] {
        let export = Export::of(format!("{}{line}\n{}", user(1), user(3))).expecting(2);
        let (rows, evidence) = export.read().await;
        assert_eq!(rows.len(), 2, "{line}");
        assert_eq!(evidence.unreadable, [(2, why.to_owned())], "{line}");
        assert!(
            proven(&evidence)
                .unwrap_err()
                .contains("have no readable id, the first at line 2"),
            "{line}"
        );
    }
}

#[tokio::test]
async fn bytes_that_are_not_text_spoil_their_own_line_only() {
    let mut bytes = b"{\"uid\": 1, \"status\": 1, \"name\": \"\xff\"}\n".to_vec();
    bytes.extend_from_slice(user(2).as_bytes());
    let (rows, evidence) = Export::of(bytes).expecting(1).read().await;
    assert_eq!(rows.len(), 1);
    assert_eq!(
        evidence.unreadable,
        [(1, "not UTF-8 after byte 33".to_owned())]
    );
}

#[tokio::test]
async fn broken_content_is_an_object_all_the_same_and_no_value_is_shown() {
    for (attributes, why) in [
        ("", "the attribute `status` is missing"),
        (
            ", \"status\": null",
            "the attribute `status` is none of the words for active and inactive",
        ),
        (
            ", \"status\": 2",
            "the attribute `status` is none of the words for active and inactive",
        ),
        (
            ", \"status\": \"s3cret\"",
            "the attribute `status` is none of the words for active and inactive",
        ),
        (
            ", \"status\": 1, \"roles\": {}",
            "the attribute `roles` is not a list of texts",
        ),
        (
            ", \"status\": 1, \"roles\": [\"a\", 1]",
            "the attribute `roles` is not a list of texts",
        ),
    ] {
        let (rows, evidence) = Export::of(format!("{{\"uid\": 7{attributes}}}\n"))
            .expecting(1)
            .read()
            .await;
        assert_eq!(rows[0].key, ObjectKey::new("user", "7"));
        assert_eq!(rows[0].content.as_ref().unwrap_err(), why);
        assert_eq!(proven(&evidence), Ok(1), "it was seen");
    }
}

#[tokio::test]
async fn the_envelope_understands_what_exports_write() {
    for (status, active) in [
        ("true", true),
        ("1", true),
        ("\"1\"", true),
        ("\"true\"", true),
        ("false", false),
        ("0", false),
        ("\"0\"", false),
        ("\"false\"", false),
    ] {
        let (rows, _) = Export::of(format!("{{\"uid\": 1, \"status\": {status}}}"))
            .read()
            .await;
        assert_eq!(rows[0].content.as_ref().unwrap().active, active, "{status}");
    }
    for (roles, list) in [
        ("\"a\"", vec!["a"]),
        ("[]", vec![]),
        ("null", vec![]),
        ("[\"a\", \"b\"]", vec!["a", "b"]),
    ] {
        let (rows, _) = Export::of(format!("{{\"uid\": 1, \"status\": 1, \"roles\": {roles}}}"))
            .read()
            .await;
        assert_eq!(rows[0].content.as_ref().unwrap().roles, list);
    }
}

#[tokio::test]
async fn a_last_line_that_is_cut_off_stops_the_proof() {
    let whole = user(1) + &user(2);
    for end in whole.find('\n').unwrap() + 2..whole.len() - 1 {
        let (rows, evidence) = Export::of(&whole[..end]).expecting(1).read().await;
        assert_eq!(rows.len(), 1);
        let why = proven(&evidence).unwrap_err();
        assert!(
            why.starts_with("reading stopped early: the last line, 2, is cut off"),
            "{why}"
        );
    }
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_read_proves_nothing() {
    type Change = fn(&Export);
    let changes: [Change; 4] = [
        |export| {
            let mut file = fs::OpenOptions::new()
                .append(true)
                .open(export.path())
                .unwrap();
            file.write_all(user(9).as_bytes()).unwrap();
        },
        |export| {
            let file = fs::OpenOptions::new()
                .write(true)
                .open(export.path())
                .unwrap();
            file.set_len(user(1).len() as u64).unwrap();
        },
        // The same bytes in another file of that name: an export that came in between.
        |export| {
            let other = export.folder.path().join("other");
            fs::copy(export.path(), &other).unwrap();
            fs::rename(other, export.path()).unwrap();
        },
        |export| fs::remove_file(export.path()).unwrap(),
    ];
    for change in changes {
        // Larger than any buffer, so that the change is met on the way.
        let export = Export::of((1..=20_000).map(user).collect::<String>()).expecting(20_000);
        let mut enumeration = export.open().await.unwrap();
        let first = enumeration.page(1, Known::default()).await.unwrap().rows;
        assert_eq!(first.len(), 1);
        change(&export);
        rest(&mut *enumeration, 1000).await;
        let evidence = enumeration.evidence().await;
        assert!(!evidence.unchanged);
        assert!(proven(&evidence).is_err());
    }
}

#[tokio::test]
async fn evidence_is_incomplete_until_the_end_was_reached() {
    let export = Export::of(user(1) + &user(2)).expecting(2);
    let mut enumeration = export.open().await.unwrap();
    assert!(proven(&enumeration.evidence().await).is_err());
    assert_eq!(
        enumeration.page(2, Known::default()).await.unwrap().len(),
        2
    );
    assert_eq!(
        proven(&enumeration.evidence().await).unwrap_err(),
        "reading stopped early: the end was not reached"
    );
    assert!(
        enumeration
            .page(2, Known::default())
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(proven(&enumeration.evidence().await), Ok(2));
    assert!(
        enumeration
            .page(2, Known::default())
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn unreadable_lines_are_all_counted_but_only_the_first_named() {
    let mut text = String::new();
    for _ in 0..50 {
        writeln!(text, "?").unwrap();
    }
    let (rows, evidence) = Export::of(text).read().await;
    assert!(rows.is_empty());
    assert_eq!(
        (evidence.unreadable_count, evidence.unreadable.len()),
        (50, 20)
    );
}

#[tokio::test]
async fn a_line_without_end_is_passed_over() {
    let text = format!("{{\"uid\": \"{}\"}}\n{}", "x".repeat(3 << 20), user(2));
    let (rows, evidence) = Export::of(text).read().await;
    assert_eq!(rows.len(), 1);
    assert_eq!(
        evidence.unreadable,
        [(1, "longer than 1048576 bytes".to_owned())]
    );
}

#[tokio::test]
async fn what_cannot_be_opened_is_an_error_and_no_empty_source() {
    let export = Export::of("");
    fs::remove_file(export.path()).unwrap();
    assert!(matches!(export.open().await, Err(SourceError::Read { .. })));
    fs::create_dir(export.path()).unwrap();
    assert!(matches!(export.open().await, Err(SourceError::Read { .. })));
    let source = FileSource::new(FileSettings { kinds: Vec::new() });
    assert!(matches!(
        source.enumerate(&"user".into()).await,
        Err(SourceError::UnknownKind(_))
    ));
}

/// The first rows of a file can be had while its end is still unread: memory stays flat.
#[tokio::test]
async fn reading_goes_on_page_by_page() {
    let export = Export::of((1..=5000).map(user).collect::<String>()).expecting(5000);
    let mut enumeration = export.open().await.unwrap();
    let rows = rest(&mut *enumeration, 77).await;
    assert_eq!(rows.len(), 5000);
    assert_eq!(proven(&enumeration.evidence().await), Ok(5000));
}
