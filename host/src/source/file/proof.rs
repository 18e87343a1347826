//! What the export's maker says about it: a manifest, a done-file.
//!
//! Both are read before the file and judged after it, so that an export that
//! began anew in between is noticed. A manifest is bound to the file by its
//! digest: one of another day, or of another file, does not fit. A done-file is
//! bound to it by time: it must not be older than what it says is done.

use std::{
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
};

use purser_engine::absence::Attested;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{FileKind, stamp::Stamp};

/// Manifests and done-files are short; more is something else.
const MAX_BYTES: u64 = 1 << 20;

/// What is said of one file. Other keys are for other readers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
struct Claims {
    rows: Option<u64>,
    sha256: Option<String>,
}

/// The proofs of one kind, as they were before the file was read.
#[derive(Debug)]
pub(super) struct Proofs {
    /// The name of the file itself, for messages and for the manifest.
    file: String,
    manifest: Option<Result<Claims, String>>,
    done: Option<(PathBuf, Result<Done, String>)>,
}

/// A done-file: when it was written, and what it says.
type Done = (Stamp, Claims);

impl Proofs {
    /// Reads what is configured.
    pub(super) fn read(kind: &FileKind) -> Self {
        let file = name(&kind.path);
        let manifest = kind
            .manifest
            .as_deref()
            .map(|path| manifest(path, &file).map_err(|why| format!("{}: {why}", name(path))));
        let done = kind.done_file.as_ref().map(|path| {
            let read = done(path).map_err(|why| format!("{}: {why}", name(path)));
            (path.clone(), read)
        });
        Self {
            file,
            manifest,
            done,
        }
    }

    /// Whether any of them speaks of a digest.
    pub(super) fn want_digest(&self) -> bool {
        let manifest = self.manifest.as_ref().and_then(|read| read.as_ref().ok());
        let done = self.done.as_ref().and_then(|(_, read)| read.as_ref().ok());
        manifest
            .into_iter()
            .chain(done.map(|(_, claims)| claims))
            .any(|claims| claims.sha256.is_some())
    }

    /// Judges after the last row: `data` is the file as it was opened.
    pub(super) fn judge(&self, data: &Stamp, rows: u64, digest: Option<&str>) -> Attested {
        if self.manifest.is_none() && self.done.is_none() {
            return Attested::No;
        }
        let judged = self
            .judge_manifest(rows, digest)
            .and_then(|()| self.judge_done(data, rows, digest));
        match judged {
            Ok(()) => Attested::Holds,
            Err(why) => Attested::Fails(why),
        }
    }

    fn judge_manifest(&self, rows: u64, digest: Option<&str>) -> Result<(), String> {
        match &self.manifest {
            None => Ok(()),
            Some(Err(why)) => Err(why.clone()),
            Some(Ok(claims)) => self.fits(claims, "manifest", rows, digest),
        }
    }

    fn judge_done(&self, data: &Stamp, rows: u64, digest: Option<&str>) -> Result<(), String> {
        let (path, (before, claims)) = match &self.done {
            None => return Ok(()),
            Some((_, Err(why))) => return Err(why.clone()),
            Some((path, Ok(read))) => (path, read),
        };
        let now = fs::metadata(path).map(|metadata| Stamp::from(&metadata));
        if !now.is_ok_and(|now| now == *before) {
            let file = &self.file;
            return Err(format!("{} changed while {file} was read", name(path)));
        }
        if !before.is_not_before(data) {
            return Err(format!("{} is older than {}", name(path), self.file));
        }
        self.fits(claims, "done-file", rows, digest)
    }

    fn fits(
        &self,
        claims: &Claims,
        by: &str,
        rows: u64,
        digest: Option<&str>,
    ) -> Result<(), String> {
        let file = &self.file;
        if let Some(said) = claims.rows.filter(|said| *said != rows) {
            return Err(format!(
                "{file} has {rows} readable rows, the {by} says {said}"
            ));
        }
        match &claims.sha256 {
            Some(said) if digest.is_none_or(|digest| !said.eq_ignore_ascii_case(digest)) => Err(
                format!("the SHA-256 of {file} is another than the {by} says"),
            ),
            _ => Ok(()),
        }
    }
}

/// What a manifest says of `file`: `{ "files": { FILE: { "rows": N, "sha256": "…" } } }`.
fn manifest(path: &Path, file: &str) -> Result<Claims, String> {
    let (_, text) = contents(path)?;
    let read: Map<String, Value> =
        serde_json::from_str(&text).map_err(|_| "not a JSON object".to_owned())?;
    let files = read.get("files").and_then(Value::as_object);
    let claims = files
        .ok_or("`files` is missing")?
        .get(file)
        .ok_or_else(|| format!("`files` does not name {file}"))?;
    let claims = Claims::deserialize(claims)
        .map_err(|_| format!("{file} needs a whole number `rows` and a text `sha256`"))?;
    // Without the digest it might be about an earlier file of that name.
    if claims.rows.is_none() || claims.sha256.is_none() {
        return Err(format!("{file} needs both `rows` and `sha256`"));
    }
    Ok(claims)
}

/// When it was made, and what it says, if it says anything.
fn done(path: &Path) -> Result<Done, String> {
    let (stamp, text) = contents(path)?;
    // Many exports write a time into it, or nothing: then only its own time counts.
    if !text.trim_start().starts_with('{') {
        return Ok((stamp, Claims::default()));
    }
    let claims = serde_json::from_str(&text)
        .map_err(|_| "needs a whole number `rows` and a text `sha256`, or no JSON".to_owned())?;
    Ok((stamp, claims))
}

fn contents(path: &Path) -> Result<(Stamp, String), String> {
    let missing = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => "it is not there".to_owned(),
        _ => format!("it cannot be read ({})", error.kind()),
    };
    // Opening a pipe would wait for a writer.
    if !fs::metadata(path).map_err(missing)?.is_file() {
        return Err("not a file".to_owned());
    }
    let file = File::open(path).map_err(missing)?;
    let stamp = Stamp::from(&file.metadata().map_err(missing)?);
    if stamp.size > MAX_BYTES {
        return Err(format!("longer than {MAX_BYTES} bytes"));
    }
    let mut text = String::new();
    file.take(MAX_BYTES)
        .read_to_string(&mut text)
        .map_err(|_| "not UTF-8 text".to_owned())?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned();
    Ok((stamp, text))
}

fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}
