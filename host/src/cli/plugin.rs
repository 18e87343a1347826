//! `purser plugin inspect`: what a component is, before anybody trusts it.

use std::{io, path::PathBuf, sync::Arc};

use clap::Subcommand;
use purser_plugin::{Grants, Limits, Plugin, Reads, table_of};
use serde_json::{Value, json};

use super::{
    error::UserError,
    exit::Exit,
    output::{Output, Tone},
};
use crate::{
    config::{PluginRef, SHIPPED_PLUGINS},
    sync::plugins,
};

/// Look at a plugin
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show what a component is, reads, writes and asks for, or why it is refused
    #[command(after_help = "\
Loads it into the sandbox, as a run does, and asks it what it is; it gets no data
and no settings. With settings it may read, write and ask for something else:
`purser check` looks at a mapping's plugin under the mapping's settings.

Examples:
  purser plugin inspect attribute-map
  purser plugin inspect ./acme.wasm
  purser plugin inspect ./acme.wasm --json | jq .settings_schema")]
    Inspect {
        /// The file, or the name of a plugin that is shipped
        plugin: PathBuf,
        /// Grant it a capability, as `grants` of a mapping would; may be given several times
        #[arg(long, value_name = "CAPABILITY")]
        grant: Vec<String>,
        /// Print all of it as JSON
        #[arg(long)]
        json: bool,
    },
}

pub(super) async fn execute(args: Args, output: &mut Output) -> anyhow::Result<Exit> {
    let Command::Inspect {
        plugin,
        grant,
        json,
    } = args.command;
    let reference = match plugin.to_str() {
        Some(name) if SHIPPED_PLUGINS.contains(&name) => PluginRef::Shipped(name.to_owned()),
        _ if plugin.is_file() => PluginRef::File(plugin),
        _ => {
            let message = format!("there is no plugin or file `{}`", plugin.display());
            let hint = format!("shipped: {}", SHIPPED_PLUGINS.join(", "));
            return Err(UserError::usage(message, hint).into());
        }
    };
    // It is only looked at: a table without entries says as much as any.
    let tables: Vec<String> = grant
        .iter()
        .filter_map(|capability| table_of(capability).map(str::to_owned))
        .collect();
    let grants = tables
        .iter()
        .fold(Grants::from_iter(grant), |grants, table| {
            grants.with_table(table, Arc::default())
        });
    let plugin =
        tokio::task::spawn_blocking(move || plugins::inspect(&reference, &grants)).await??;
    if json {
        output.json(&as_json(&plugin))?;
    } else {
        show(&plugin, output)?;
    }
    Ok(Exit::InStep)
}

fn reads(plugin: &Plugin) -> Vec<&str> {
    match &plugin.description().reads {
        Reads::All => vec!["*"],
        Reads::Names(names) => names.iter().map(String::as_str).collect(),
    }
}

fn as_json(plugin: &Plugin) -> Value {
    let (about, shape) = (plugin.description(), plugin.shape());
    let capability = |name: &str, reason: &str| json!({ "name": name, "reason": reason });
    let capabilities = about.capabilities.iter();
    json!({
        "name": about.name,
        "version": about.version,
        "summary": about.summary,
        "digest": format!("sha256:{}", plugin.digest()),
        "contract": shape.contract,
        "reads": reads(plugin),
        "writes": about.writes.paths(),
        "capabilities": capabilities.map(|c| capability(&c.name, &c.reason)).collect::<Vec<_>>(),
        "imports": shape.imports,
        "exports": shape.exports,
        "file_bytes": shape.file_bytes,
        "memories": shape.memories,
        "memory_bytes": shape.memory_bytes,
        "tables": shape.tables,
        "settings_schema": about.settings_schema,
    })
}

fn show(plugin: &Plugin, output: &mut Output) -> io::Result<()> {
    let (about, shape) = (plugin.description(), plugin.shape());
    let title = output.toned(
        Tone::Strong,
        format_args!("{} {}", about.name, about.version),
    );
    output.data(title)?;
    output.data(format_args!("  {}", about.summary))?;
    let list = |names: &[&str]| match names {
        [] => "nothing (without settings)".to_owned(),
        ["*"] => "everything".to_owned(),
        names => names.join(", "),
    };
    let strings = |names: &[String]| list(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let mut lines = vec![
        ("digest", format!("sha256:{}", plugin.digest())),
        ("contract", format!("purser:plugin {}", shape.contract)),
        ("reads", list(&reads(plugin))),
        ("writes", strings(about.writes.paths())),
    ];
    for capability in &about.capabilities {
        lines.push((
            "asks for",
            format!("{}: {}", capability.name, capability.reason),
        ));
    }
    if about.capabilities.is_empty() {
        lines.push(("asks for", list(&[])));
    }
    lines.push(("imports", strings(&shape.imports)));
    lines.push(("exports", strings(&shape.exports)));
    lines.push(("file", format!("{} bytes", shape.file_bytes)));
    lines.push((
        "memory",
        format!(
            "{} KiB at first, {} MiB at most unless configured; memories: {}, tables: {}",
            shape.memory_bytes >> 10,
            Limits::default().memory_bytes >> 20,
            shape.memories,
            shape.tables
        ),
    ));
    for (word, text) in lines {
        output.data(format_args!("{word:10}{text}"))?;
    }
    let schema = serde_json::to_string_pretty(&about.settings_schema)?;
    output.data(format_args!("settings  {schema}"))
}
