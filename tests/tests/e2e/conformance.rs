//! Suites by others against our service provider.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use purser_tests::{files, provider::Provider, server::Foreign};
use serde_json::Value;

fn program(name: &str) -> Result<Command> {
    let path = files::target()?.join("conformance/bin").join(name);
    Ok(Command::new(files::program(path)?))
}

/// <https://pypi.org/project/scim2-tester/>: no result but success.
#[test]
fn scim2_tester_finds_nothing() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let provider = Provider::start(folder.path(), "")?;
    let output = program("python")?
        .arg(files::root()?.join("tests/conformance/tester.py"))
        .arg(provider.base())
        .env("SCIM_TOKEN", provider.token())
        .output()?;
    let said = String::from_utf8(output.stdout)?;
    ensure!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let results: Vec<Value> = said
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    let bad: Vec<&Value> = results
        .iter()
        .filter(|result| result.get("status").and_then(Value::as_str) != Some("SUCCESS"))
        .collect();
    ensure!(
        bad.is_empty(),
        "{} of {}: {bad:#?}",
        bad.len(),
        results.len()
    );
    ensure!(results.len() > 100, "only {} checks", results.len());
    Ok(())
}

/// <https://pypi.org/project/scim-sanity/>: strict, no failure. It wants to read the
/// group that it has changed, so this lane has the setting for such clients.
#[test]
fn scim_sanity_finds_nothing() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let provider = Provider::start(folder.path(), "patch_returns_group = true")?;
    let output = program("scim-sanity")?
        .args(["probe", &provider.base(), "--token", provider.token()])
        .args(["--strict", "--json-output", "--i-accept-side-effects"])
        .output()?;
    let said = String::from_utf8(output.stdout)?;
    let report: Value = serde_json::from_str(&said)
        .with_context(|| format!("{said}{}", String::from_utf8_lossy(&output.stderr)))?;
    ensure!(output.status.success(), "{report:#}");
    let passed = report.pointer("/summary/passed").and_then(Value::as_u64);
    ensure!(passed.is_some_and(|passed| passed >= 25), "{report:#}");
    Ok(())
}
