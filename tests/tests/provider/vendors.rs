//! What identity providers send, in their own shapes: `tests/vendors/README.md`.

#![expect(
    clippy::indexing_slicing,
    reason = "what tests share may stop at the first surprise, too"
)]

use std::{collections::BTreeMap, fs};

use anyhow::{Context, Result, bail, ensure};
use purser_tests::files;
use serde_json::Value;

use super::support::*;

fn conversations(vendor: &str) -> Result<()> {
    let folder = files::root()?.join("tests/vendors").join(vendor);
    let mut held = 0;
    for file in fs::read_dir(&folder)? {
        let path = file?.path();
        hold(&fs::read_to_string(&path)?).with_context(|| format!("{}", path.display()))?;
        held += 1;
    }
    ensure!(held > 0, "{} is empty", folder.display());
    Ok(())
}

fn hold(text: &str) -> Result<()> {
    let conversation: Value = serde_json::from_str(text)?;
    let here = here()?;
    let mut kept: BTreeMap<String, String> = BTreeMap::new();
    let steps = conversation["steps"].as_array().context("no steps")?;
    for (nth, step) in steps.iter().enumerate() {
        let mut step = step.to_string();
        for (name, value) in &kept {
            step = step.replace(&format!("{{{name}}}"), value);
        }
        let step: Value = serde_json::from_str(&step)?;
        let (method, path) = step["send"]
            .as_str()
            .and_then(|send| send.split_once(' '))
            .context("no `send`")?;
        let status = step["status"]
            .as_u64()
            .and_then(|status| u16::try_from(status).ok());
        let told = || format!("step {nth}: {method} {path}");
        let body = here
            .call(method, &address(path), &step["with"])?
            .expect(status.context("no `status`")?)
            .with_context(told)?;
        if let Some(expected) = step.get("body") {
            holds(&body, expected).with_context(told)?;
        }
        for (name, pointer) in step["keep"].as_object().into_iter().flatten() {
            let pointer = pointer.as_str().unwrap_or_default();
            kept.insert(name.clone(), text_at(&body, pointer)?);
        }
    }
    Ok(())
}

fn text_at(body: &Value, pointer: &str) -> Result<String> {
    text(body, pointer)
}

/// A path whose query is written for people.
fn address(path: &str) -> String {
    let Some((path, query)) = path.split_once('?') else {
        return path.to_owned();
    };
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, value)) => format!("{name}={}", encoded(value)),
        None => pair.to_owned(),
    });
    format!("{path}?{}", pairs.collect::<Vec<_>>().join("&"))
}

/// Whether all that is expected is there.
fn holds(found: &Value, expected: &Value) -> Result<()> {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => {
            for (name, expected) in expected {
                let found = found.get(name).unwrap_or(&Value::Null);
                holds(found, expected).with_context(|| name.clone())?;
            }
            Ok(())
        }
        _ if found == expected => Ok(()),
        _ => bail!("expected {expected}, found {found}"),
    }
}

#[test]
fn entra() -> Result<()> {
    conversations("entra")
}

#[test]
fn okta() -> Result<()> {
    conversations("okta")
}

#[test]
fn google() -> Result<()> {
    conversations("google")
}
