//! Suites by others, against a service provider of ours.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::files;

fn program(name: &str) -> Result<Command> {
    let path = files::target()?.join("conformance/bin").join(name);
    Ok(Command::new(files::program(path)?))
}

/// <https://pypi.org/project/scim2-tester/>: its results; each has a `status`.
///
/// # Errors
/// It does not run to its end, or looks at hardly anything.
pub fn scim2_tester(base: &str, token: &str) -> Result<Vec<Value>> {
    let output = program("python")?
        .arg(files::root()?.join("tests/conformance/tester.py"))
        .arg(base)
        .env("SCIM_TOKEN", token)
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
    ensure!(
        results.len() > 100,
        "only {} checks: {:#?}",
        results.len(),
        bad(&results)
    );
    Ok(results)
}

/// Those that are no success.
#[must_use]
pub fn bad(results: &[Value]) -> Vec<&Value> {
    let status = |result: &&Value| result.get("status").and_then(Value::as_str) != Some("SUCCESS");
    results.iter().filter(status).collect()
}

/// <https://pypi.org/project/scim-sanity/>: strict, no failure. It wants to read the group
/// that it has changed (`patch_returns_group`).
///
/// # Errors
/// It finds something, or looks at hardly anything.
pub fn scim_sanity(base: &str, token: &str) -> Result<()> {
    let output = program("scim-sanity")?
        .args(["probe", base, "--token", token])
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
