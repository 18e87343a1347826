//! The example's Drupal site, brought to a WordPress: both exports, and what WordPress
//! itself has of them then.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use anyhow::{Context, Result};
use purser_tests::{
    dataset::{Dataset, Version},
    purser::{MAPPING, Purser, TARGET},
    wordpress::{Front, WordPress},
};
use serde_json::Value;
use toml::Table;

use super::{
    served::with_roles,
    support::{Blog, PARKED, PASSWORD},
};

/// What a WordPress has of somebody.
#[derive(Debug, PartialEq, Eq)]
struct Account {
    email: String,
    name: String,
    roles: BTreeSet<String>,
}

fn text(value: &Value, pointer: &str) -> String {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_default().to_owned()
}

/// The rules of WordPress for logins: `sanitize_user`, strict, and 60 characters.
fn is_login(text: &str) -> bool {
    let is_fine = |c: char| c.is_ascii_alphanumeric() || " _.-@".contains(c);
    (1..=60).contains(&text.len()) && text.chars().all(is_fine)
}

/// The rules of WordPress for addresses: `is_email`.
fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let of_local = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~.-".contains(c);
    let of_label = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let labels: Vec<&str> = domain.split('.').collect();
    let is_label = |label: &&str| !label.is_empty() && label.chars().all(of_label);
    !local.is_empty()
        && local.chars().all(of_local)
        && labels.len() > 1
        && labels.iter().all(is_label)
}

/// What WordPress keeps of a name: `sanitize_text_field` takes markup, bytes that are
/// written as in an address, and needless spaces out.
fn kept(name: &str) -> String {
    let mut text = String::new();
    let mut rest = name;
    while let Some((before, tag)) = rest.split_once('<') {
        let Some((_, after)) = tag.split_once('>') else {
            break;
        };
        text.push_str(before);
        rest = after;
    }
    text.push_str(rest);
    while let Some(byte) = text.match_indices('%').find_map(|(at, _)| {
        let digits = text.get(at + 1..at + 3)?;
        digits.chars().all(|c| c.is_ascii_hexdigit()).then_some(at)
    }) {
        text.replace_range(byte..byte + 3, "");
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whom WordPress must have, by login, from what the generator of the export expects of
/// any SCIM server. Whoever has no usable login or address has no account there, and of
/// those who share an address one has. `logins`: who has which, for good.
fn expected(
    dataset: &Dataset,
    version: Version,
    logins: &mut BTreeMap<String, String>,
) -> Result<BTreeMap<String, Account>> {
    let mut roles: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in dataset.lines("expected_groups", version)? {
        let group: Value = serde_json::from_str(&line)?;
        let Some(role) = text(&group, "/externalId")
            .strip_prefix("role_")
            .map(str::to_owned)
        else {
            continue;
        };
        for member in group
            .get("members")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let login = member.as_str().context("members are named by login")?;
            roles
                .entry(login.to_owned())
                .or_default()
                .insert(role.clone());
        }
    }
    let mut accounts = BTreeMap::new();
    for line in dataset.lines("expected_users", version)? {
        let line: Value = serde_json::from_str(&line)?;
        let user = line.get("resource").unwrap_or(&line);
        let (login, email) = (text(user, "/userName"), text(user, "/emails/0/value"));
        let usable = is_login(&login) && is_address(&email);
        if login == "admin" || !usable {
            continue;
        }
        let active = user.get("active") == Some(&Value::Bool(true));
        let mut roles = roles.remove(&login).unwrap_or_default();
        let known = logins.entry(text(user, "/externalId"));
        let login = known.or_insert(login).clone();
        // The site's administrators are named by the site.
        roles.remove("administrator");
        if !active {
            roles.clear();
        } else if roles.is_empty() {
            roles.insert("subscriber".to_owned());
        }
        let name = kept(&text(user, "/displayName"));
        accounts.insert(login, Account { email, name, roles });
    }
    Ok(accounts)
}

fn seen(site: &WordPress) -> Result<BTreeMap<String, Account>> {
    let users = site.users()?.into_iter();
    let accounts = users.map(|user| {
        let roles = user.get("roles").and_then(Value::as_array).into_iter();
        let roles = roles.flatten().filter_map(Value::as_str);
        let account = Account {
            email: text(&user, "/email"),
            name: text(&user, "/name"),
            roles: roles.map(str::to_owned).collect(),
        };
        (text(&user, "/login"), account)
    });
    Ok(accounts.filter(|(login, _)| login != "admin").collect())
}

/// What WordPress has is what it should have, and nobody else is there.
fn compare(
    dataset: &Dataset,
    version: Version,
    site: &WordPress,
    logins: &mut BTreeMap<String, String>,
) -> Result<()> {
    let (expected, seen) = (expected(dataset, version, logins)?, seen(site)?);
    let mut by_address: BTreeMap<String, Vec<&String>> = BTreeMap::new();
    for (login, account) in &expected {
        let address = account.email.to_lowercase();
        by_address.entry(address).or_default().push(login);
    }
    for logins in by_address.values() {
        let there: Vec<&&String> = logins
            .iter()
            .filter(|login| seen.contains_key(**login))
            .collect();
        assert_eq!(there.len(), 1, "{logins:?}, {version:?}");
        for login in there {
            assert_eq!(
                seen.get(*login),
                expected.get(*login),
                "{login}, {version:?}"
            );
        }
    }
    let more = seen.keys().filter(|login| !expected.contains_key(*login));
    let more: BTreeSet<&String> = more.collect();
    // Whose address is none any more is as before; nobody else is there without reason.
    let known: BTreeSet<&String> = logins.values().collect();
    assert!(more.is_subset(&known), "{more:?}");
    let left = match version {
        Version::First => Vec::new(),
        Version::Second => dataset.lines("leavers", version)?,
    };
    for line in left {
        let login = text(&serde_json::from_str(&line)?, "/userName");
        let roles = seen.get(&login).map(|account| account.roles.len());
        assert_eq!(roles, Some(0), "{login} has left");
    }
    Ok(())
}

/// WordPress has roles, and no groups beside them.
fn without_groups(purser: &mut Purser) -> Result<()> {
    let path = ["mapping", MAPPING, "operations", "group"];
    let nothing: Table = "create = []\nupdate = []".parse()?;
    purser.set(&path, nothing)
}

/// What the source calls a role is what it is called here.
const ROLES: [(&str, &str); 2] = [
    ("translator", "Übersetzer/in"),
    ("api_user", "API user; <read-only>"),
];

#[test]
fn both_exports_of_a_drupal_site_arrive() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let site = WordPress::start(folder.path())?;
    fs::write(folder.path().join(PASSWORD), &site.password)?;
    let mut purser = Purser::new(folder.path(), &site.base())?;
    let target: Table = Blog::target(&site).parse()?;
    purser.set(&["target", TARGET], target)?;
    for (slug, name) in ROLES {
        purser.set(&["target", TARGET, "roles", slug], name)?;
    }
    without_groups(&mut purser)?;
    purser.set(&["target", TARGET, "rename"], "keep")?;
    let dataset = Dataset::drupal_300()?;
    let mut logins = BTreeMap::new();
    for version in [Version::First, Version::Second] {
        purser.put(&dataset, version)?;
        purser.run(&[])?.expect(PARKED)?;
        compare(&dataset, version, &site, &mut logins)?;
        let again = purser.run(&[])?;
        again.expect(PARKED)?;
        assert!(
            again.stdout.contains("Nothing was written."),
            "{}",
            again.all()
        );
    }
    Ok(())
}

/// The same by SCIM: another host is the client, and knows nothing but the site's address
/// and a token.
#[test]
fn both_exports_of_a_drupal_site_arrive_at_the_site_s_own_address() -> Result<()> {
    let served = with_roles(Front::Fpm(2), &ROLES)?;
    let folder = tempfile::tempdir()?;
    let mut purser = Purser::new(folder.path(), &served.base())?;
    purser.use_token(served.here.token());
    without_groups(&mut purser)?;
    let dataset = Dataset::drupal_300()?;
    let mut logins = BTreeMap::new();
    for version in [Version::First, Version::Second] {
        purser.put(&dataset, version)?;
        purser.run(&[])?.expect(PARKED)?;
        compare(&dataset, version, &served.site, &mut logins)?;
    }
    served.no_complaints()
}
