//! What the export's maker says about it: manifest and done-file.

use std::{
    fs::{self, File},
    time::{Duration, SystemTime},
};

use purser_engine::imprint::Known;
use purser_host::source::Enumeration;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Export, proven, rest, user};

const BROKEN: &str = "the proof of completeness does not hold: ";

fn digest(bytes: impl AsRef<[u8]>) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect()
}

fn two() -> String {
    user(1) + &user(2)
}

async fn with_manifest(text: &str, manifest: &str) -> Result<u64, String> {
    let mut export = Export::of(text);
    let path = export.beside("manifest.json");
    fs::write(&path, manifest).unwrap();
    export.kind.manifest = Some(path);
    let (_, evidence) = export.read().await;
    proven(&evidence)
}

fn manifest(entry: Value) -> String {
    json!({ "generated_at": "2026-11-23T09:30:00Z", "files": { "users.jsonl": entry } }).to_string()
}

#[tokio::test]
async fn a_manifest_with_rows_and_digest_proves_completeness() {
    let good = manifest(json!({ "rows": 2, "sha256": digest(two()) }));
    assert_eq!(with_manifest(&two(), &good).await, Ok(2));
    assert_eq!(
        with_manifest(&two(), &format!("\u{feff}{good}")).await,
        Ok(2)
    );

    // Cut on a line boundary, and another content of the same length.
    let why = with_manifest(&user(1), &good).await.unwrap_err();
    assert_eq!(
        why,
        format!("{BROKEN}users.jsonl has 1 readable rows, the manifest says 2")
    );
    let why = with_manifest(&two().replace("editor", "author"), &good).await;
    assert_eq!(
        why.unwrap_err(),
        format!("{BROKEN}the SHA-256 of users.jsonl is another than the manifest says")
    );
}

#[tokio::test]
async fn a_manifest_that_does_not_say_enough_proves_nothing() {
    for (text, why) in [
        ("", "not a JSON object"),
        ("[]", "not a JSON object"),
        ("{}", "`files` is missing"),
        ("{\"files\": {}}", "`files` does not name users.jsonl"),
        (
            &manifest(json!({ "rows": 2 })),
            "users.jsonl needs both `rows` and `sha256`",
        ),
        (
            &manifest(json!({ "sha256": "" })),
            "users.jsonl needs both `rows` and `sha256`",
        ),
        (
            &manifest(json!({ "rows": "2", "sha256": "" })),
            "users.jsonl needs a whole number `rows` and a text `sha256`",
        ),
    ] {
        let found = with_manifest(&two(), text).await.unwrap_err();
        assert_eq!(found, format!("{BROKEN}manifest.json: {why}"));
    }
    let mut export = Export::of(two()).expecting(2);
    export.kind.manifest = Some(export.beside("manifest.json"));
    let (rows, evidence) = export.read().await;
    assert_eq!(rows.len(), 2, "what is there is read all the same");
    assert_eq!(
        proven(&evidence).unwrap_err(),
        format!("{BROKEN}manifest.json: it is not there"),
        "every proof that is configured must hold"
    );
}

/// An export with a done-file that says `text`, `later` seconds after it.
fn done(text: &str, later: i64) -> Export {
    let mut export = Export::of(two());
    let path = export.beside("users.jsonl.done");
    fs::write(&path, text).unwrap();
    let written = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let seconds = Duration::from_secs(later.unsigned_abs());
    let finished = if later < 0 {
        written - seconds
    } else {
        written + seconds
    };
    set_time(&export.path(), written);
    set_time(&path, finished);
    export.kind.done_file = Some(path);
    export
}

fn set_time(path: &std::path::Path, time: SystemTime) {
    let file = File::options().append(true).open(path).unwrap();
    file.set_modified(time).unwrap();
}

#[tokio::test]
async fn a_done_file_that_is_not_older_proves_completeness() {
    let claims = json!({ "rows": 2, "sha256": digest(two()) }).to_string();
    for (text, later) in [
        ("", 0),
        ("done at 09:30\n", 1),
        ("{}", 0),
        (claims.as_str(), 60),
    ] {
        let (_, evidence) = done(text, later).read().await;
        assert_eq!(proven(&evidence), Ok(2), "{text}");
    }
}

#[tokio::test]
async fn a_done_file_that_is_missing_older_or_contradicts_proves_nothing() {
    for (text, later, why) in [
        ("", -1, "users.jsonl.done is older than users.jsonl"),
        (
            "{\"rows\": 3}",
            0,
            "users.jsonl has 2 readable rows, the done-file says 3",
        ),
        (
            "{\"sha256\": \"00\"}",
            0,
            "the SHA-256 of users.jsonl is another than the done-file says",
        ),
        (
            "{\"rows\": \"2\"}",
            0,
            "users.jsonl.done: needs a whole number `rows` and a text `sha256`, or no JSON",
        ),
    ] {
        let (rows, evidence) = done(text, later).read().await;
        assert_eq!(rows.len(), 2);
        assert_eq!(proven(&evidence).unwrap_err(), format!("{BROKEN}{why}"));
    }
    let export = done("", 0);
    fs::remove_file(export.beside("users.jsonl.done")).unwrap();
    let (_, evidence) = export.read().await;
    assert_eq!(
        proven(&evidence).unwrap_err(),
        format!("{BROKEN}users.jsonl.done: it is not there")
    );
}

/// The next export has begun: it takes the done-file away first.
#[tokio::test]
async fn a_done_file_that_goes_while_the_file_is_read_proves_nothing() {
    let export = done("", 0);
    let mut enumeration = export.open().await.unwrap();
    assert_eq!(
        Enumeration::page(&mut *enumeration, 1, Known::default())
            .await
            .unwrap()
            .len(),
        1
    );
    fs::remove_file(export.beside("users.jsonl.done")).unwrap();
    rest(&mut *enumeration, 10).await;
    assert_eq!(
        proven(&enumeration.evidence().await).unwrap_err(),
        format!("{BROKEN}users.jsonl.done changed while users.jsonl was read")
    );
}
