//! `purser check`: does everything fit together? Nothing is sent and nothing is
//! written; what the target thinks of it is the matter of `target test`.
//! `--store` looks into the store instead, which takes a while for a large one.

use std::{collections::BTreeSet, path::Path};

use purser_engine::{
    absence::{Complete, Evidence},
    ids::RunId,
    imprint::Known,
};
use url::Url;

use super::{
    Globals, context,
    exit::Exit,
    findings::{any_failed, finding, show},
    output::Output,
};
use crate::{
    config::{
        Config, LookupConfig, SecretRef, SourceConnector, TargetConfig, TargetConnector,
        TenantConfig,
    },
    lookup, server,
    source::{KindInfo, Source, file::FileSource},
    store::{
        StoreError,
        sqlite::examine::{self, Flaw},
    },
    sync::plugins,
    target::{Finding, FindingState, directory::here, findings::is_loopback},
};

/// How many rows are read at a time.
const PAGE: usize = 500;

/// How many faults of a kind are named; the evidence counts them all.
const NAMED: usize = 3;

/// Check the configuration, its secrets, sources, lookup tables and plugins; send and write nothing
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Reads every source from start to end, so that a row that cannot be used is known
before a run.

Examples:
  purser check
  purser check --config /etc/purser/purser.toml
  purser check --store")]
pub(super) struct Args {
    /// Examine the store instead: the file, and what always must hold in it
    #[arg(long)]
    pub store: bool,
}

pub(super) async fn execute(
    args: Args,
    globals: &Globals,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let config = globals.config()?;
    if args.store {
        let path = config.store.path;
        let findings = tokio::task::spawn_blocking(move || examined(&path)).await??;
        show(&findings, output)?;
        return Ok(if any_failed(&findings) {
            Exit::Failed
        } else {
            Exit::InStep
        });
    }
    let mut findings = vec![finding(
        FindingState::Ok,
        "configuration",
        format!(
            "{}; sources: {}, targets: {}, mappings: {}",
            config.file.display(),
            config.sources.len(),
            config.targets.len(),
            config.mappings.len()
        ),
    )];
    findings.push(store(&config));
    for source in &config.sources {
        let opened = match &source.connector {
            SourceConnector::File(settings) => FileSource::new(settings.clone()),
            SourceConnector::Directory(settings) => {
                // Reading it would take the store, which a running host has.
                findings.push(here(&format!("source {}", source.name), &settings.tenant));
                continue;
            }
            SourceConnector::WordPress(site) => {
                let what = format!("source {}", source.name);
                let opened = context::open_wordpress_source(source, site, None).map(drop);
                findings.extend(remote(
                    what,
                    opened,
                    "password",
                    &site.password,
                    &site.base_url,
                ));
                continue;
            }
        };
        for info in opened.kinds() {
            let what = format!("source {} {}", source.name, info.kind);
            findings.push(kind(what, &opened, info).await);
        }
    }
    findings.extend(config.targets.iter().flat_map(target));
    findings.extend(config.tenants.iter().map(|one| tenant(&config, one)));
    findings.extend(config.lookups.iter().map(table));
    for mapping in &config.mappings {
        let wanted = mapping.clone();
        // Nothing is written: what is compiled here is not kept.
        let compile = plugins::compile(None)?;
        let loaded = tokio::task::spawn_blocking(move || plugins::mapper(&wanted, compile)).await?;
        let what = format!("mapping {}", mapping.name);
        findings.push(match loaded {
            Ok(mapper) => {
                let described = mapper.description();
                let pool = if mapper.pooled() {
                    ""
                } else {
                    "; no memory pool is to be had here, so each call takes longer"
                };
                finding(
                    FindingState::Ok,
                    what,
                    format!(
                        "{} {} takes the settings{pool}",
                        described.name, described.version
                    ),
                )
            }
            Err(error) => failed(what, &error.into()),
        });
    }
    show(&findings, output)?;
    Ok(if any_failed(&findings) {
        Exit::Usage
    } else {
        Exit::InStep
    })
}

/// Looks into the store, whoever works on it.
fn examined(path: &Path) -> Result<Vec<Finding>, StoreError> {
    let what = format!("store {}", path.display());
    if !path.exists() {
        let message = "is made by the first run";
        return Ok(vec![finding(FindingState::Ok, what, message)]);
    }
    let examination = examine::examine(path)?;
    let flaw = |flaw: &Flaw| {
        let named = flaw.examples.join("; ");
        let mut found = finding(
            FindingState::Failed,
            &what,
            format!("{} ({} in all): {named}", flaw.what, flaw.count),
        );
        found.hint = Some(
            "keep a copy of the file, and go back to a sound one with `purser restore FILE`; docs/backup.md says what follows"
                .to_owned(),
        );
        found
    };
    let mut findings: Vec<Finding> = examination.flaws.iter().map(flaw).collect();
    if examination.older {
        let message = format!(
            "has schema {}; what it says is examined once the next run has brought it to {}",
            examination.schema,
            crate::store::sqlite::SCHEMA
        );
        findings.push(finding(FindingState::Warning, what, message));
    } else if findings.is_empty() {
        let message = "is sound: pages, indexes, and what always must hold between its tables";
        findings.push(finding(FindingState::Ok, what, message));
    }
    Ok(findings)
}

fn failed(what: String, error: &anyhow::Error) -> Finding {
    finding(FindingState::Failed, what, format!("{error:#}"))
}

fn store(config: &Config) -> Finding {
    let path = &config.store.path;
    // A bare file name has an empty parent: the working directory.
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    if folder.is_none_or(|folder| folder.is_dir()) {
        let state = if path.exists() {
            "is there"
        } else {
            "is made by the first run"
        };
        finding(
            FindingState::Ok,
            "store",
            format!("{} {state}", path.display()),
        )
    } else {
        let mut missing = finding(
            FindingState::Failed,
            "store",
            format!("the folder of {} is not there", path.display()),
        );
        missing.hint = Some("make it, or correct `path` under [store]".to_owned());
        missing
    }
}

fn tenant(config: &Config, tenant: &TenantConfig) -> Finding {
    let types = tenant.schemas.iter();
    let types: Vec<&str> = types.map(|one| one.resource_type().name.as_str()).collect();
    let types = types.join(", ");
    let message = if config.server.is_some() {
        let base = server::base_of(&context::public_url(config, None), &tenant.name);
        format!("{types} at {base}")
    } else {
        format!("{types}; for the connectors of this host only, as there is no section [server]")
    };
    finding(FindingState::Ok, format!("tenant {}", tenant.name), message)
}

fn target(config: &TargetConfig) -> Vec<Finding> {
    let what = format!("target {}", config.name);
    match &config.connector {
        TargetConnector::Scim(scim) => {
            let opened = context::open_scim(config, scim).map(drop);
            remote(what, opened, "token", &scim.token, &scim.base_url)
        }
        TargetConnector::WordPress(site) => {
            let opened = context::open_wordpress(config, site, None).map(drop);
            remote(what, opened, "password", &site.password, &site.base_url)
        }
        TargetConnector::Directory(tenant) => vec![here(&what, tenant)],
    }
}

/// What is reached over the network: nothing is sent, but the secret has to be there.
fn remote(
    what: String,
    opened: anyhow::Result<()>,
    word: &str,
    secret: &SecretRef,
    base: &Url,
) -> Vec<Finding> {
    let mut findings = vec![match opened {
        Ok(()) => finding(
            FindingState::Ok,
            &what,
            format!("the {word} is in {secret}"),
        ),
        Err(error) => failed(what.clone(), &error),
    }];
    if base.scheme() == "http" && !is_loopback(base) {
        let mut open = finding(
            FindingState::Warning,
            what,
            format!("the {word} crosses the network unencrypted"),
        );
        open.hint = Some("use an address with https".to_owned());
        findings.push(open);
    }
    findings
}

/// Reads a lookup table.
fn table(config: &LookupConfig) -> Finding {
    let what = format!("lookup {}", config.name);
    match lookup::load(config) {
        Ok(table) => finding(FindingState::Ok, what, format!("{} keys", table.len())),
        Err(error) => failed(what, &error.into()),
    }
}

/// Reads a kind from start to end.
async fn kind(what: String, source: &dyn Source, info: &KindInfo) -> Finding {
    let mut broken = Vec::new();
    let mut count = 0_usize;
    let read = async {
        let mut enumeration = source.enumerate(&info.kind).await?;
        let mut seen = BTreeSet::new();
        let mut repeated = Vec::new();
        loop {
            let rows = enumeration.page(PAGE, Known::default()).await?.rows;
            if rows.is_empty() {
                break;
            }
            for row in rows {
                if let Err(why) = row.content {
                    count += 1;
                    if broken.len() < NAMED {
                        broken.push(format!("line {}: {why}", row.position));
                    }
                }
                if !seen.insert(row.key.id.clone()) {
                    repeated.push((row.position, row.key.id.to_string()));
                }
            }
        }
        let evidence = enumeration.evidence().await;
        Ok::<_, anyhow::Error>(Evidence {
            repeated,
            ..evidence
        })
    };
    match read.await {
        Ok(evidence) => judge(what, &evidence, count, &broken),
        Err(error) => failed(what, &error),
    }
}

fn judge(what: String, evidence: &Evidence, broken: usize, named: &[String]) -> Finding {
    let mut message = format!("{} rows", evidence.counted);
    let mut state = FindingState::Ok;
    let mut hint = None;
    if broken > 0 {
        state = FindingState::Warning;
        message.push_str(&format!(
            ", {broken} of them cannot be used ({})",
            named.join("; ")
        ));
        hint = Some("such objects are parked: nothing at the target changes for them".to_owned());
    }
    match Complete::verify(RunId(0), evidence) {
        Ok(_) => message.push_str(", complete"),
        Err(why) => {
            message.push_str(&format!("; {why}"));
            if why.is_failure() {
                state = FindingState::Warning;
            }
            hint = Some("nobody is deprovisioned for being absent from it; a run creates and updates all the same".to_owned());
        }
    }
    Finding {
        check: what,
        state,
        message,
        hint,
    }
}
