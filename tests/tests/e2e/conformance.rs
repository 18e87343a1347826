//! Suites by others against our service provider.

use anyhow::{Result, ensure};
use purser_tests::{
    conformance::{bad, scim_sanity, scim2_tester},
    provider::Provider,
    server::Foreign,
};

#[test]
fn scim2_tester_finds_nothing() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let provider = Provider::start(folder.path(), "")?;
    let results = scim2_tester(&provider.base(), provider.token())?;
    let bad = bad(&results);
    ensure!(
        bad.is_empty(),
        "{} of {}: {bad:#?}",
        bad.len(),
        results.len()
    );
    Ok(())
}

#[test]
fn scim_sanity_finds_nothing() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let provider = Provider::start(folder.path(), "patch_returns_group = true")?;
    scim_sanity(&provider.base(), provider.token())
}
