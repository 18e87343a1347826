//! Suites by others, against the address of a site.

use anyhow::{Result, ensure};
use purser_tests::{
    conformance::{bad, scim_sanity, scim2_tester},
    served::Served,
    wordpress::Front,
};

use super::served::with_more;

/// Suites make groups of any name, and WordPress has roles only: the directory keeps them.
/// They make users without an address, and WordPress wants one: it is given one that
/// nobody reads.
const MORE: &str = r#"
[tenant.people]
patch_returns_group = true

[mapping.blog.operations.group]
create = []

[mapping.blog.settings.user]
'emails[type eq "work"].value' = { first_of = [{ from = "emails.value" }, { template = "{id}@users.invalid" }] }
"#;

fn site() -> Result<Served> {
    with_more(Front::Php(2), MORE)
}

#[test]
fn scim2_tester_finds_nothing() -> Result<()> {
    let site = site()?;
    let results = scim2_tester(&site.base(), site.here.token())?;
    let bad = bad(&results);
    ensure!(
        bad.is_empty(),
        "{} of {}: {bad:#?}",
        bad.len(),
        results.len()
    );
    site.no_complaints()
}

#[test]
fn scim_sanity_finds_nothing() -> Result<()> {
    let site = site()?;
    scim_sanity(&site.base(), site.here.token())?;
    site.no_complaints()
}
