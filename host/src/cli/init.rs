//! `purser init`: write a configuration to start from.

use std::{fs::OpenOptions, io::Write};

use anyhow::Context as _;

use super::{Globals, error::UserError, exit::Exit, output::Output};

/// The configuration of the example, which the tests keep working.
const TEMPLATE: &str = include_str!("../../../examples/drupal-300/purser.toml");

/// Write a commented configuration to start from: Drupal accounts to a SCIM server
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The file is written to ./purser.toml, or to where --config says. A file that is
there is never overwritten.

Examples:
  purser init
  purser init --config /etc/purser/purser.toml
  purser init --stdout | less")]
pub(super) struct Args {
    /// Print the configuration instead of writing a file
    #[arg(long)]
    stdout: bool,
}

pub(super) async fn execute(
    args: Args,
    globals: &Globals,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let text = template();
    if args.stdout {
        output.data(text.trim_end())?;
        return Ok(Exit::InStep);
    }
    let path = &globals.config_path;
    let shown = path.display();
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => file
            .write_all(text.as_bytes())
            .with_context(|| format!("cannot write {shown}"))?,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            return Err(UserError::usage(
                format!("{shown} is there already"),
                "it is left as it is; name another file with --config FILE, or print with --stdout",
            )
            .into());
        }
        Err(error) => {
            return Err(anyhow::Error::new(error).context(format!("cannot write {shown}")));
        }
    }
    // What is not found by itself has to be named each time.
    let named = match path.to_str() {
        Some("purser.toml" | "./purser.toml") => String::new(),
        _ => format!(" --config {shown}"),
    };
    output.say(format_args!(
        "\
Wrote {shown}. Next:
  1. Correct the paths of the source and the address of the target in it
  2. Provide the token of the target: export WIKI_TOKEN=…
  3. See whether everything fits together: purser check{named}
  4. See whether the target answers: purser target test wiki{named}
  5. See what would be done, without writing: purser plan people{named}
  6. Do it: purser run people{named}"
    ))?;
    Ok(Exit::InStep)
}

/// The example, without what holds for its own data only: a number of rows that
/// is not true would be a proof that always fails.
fn template() -> String {
    TEMPLATE
        .lines()
        .map(|line| match line.strip_prefix("expected_rows = ") {
            Some(rest) => format!("# expected_rows = {rest}\n"),
            None => format!("{line}\n"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn the_template_is_a_sound_configuration_without_a_false_proof() {
        let config = Config::parse(&template(), "purser.toml").unwrap();
        assert_eq!(config.mappings.len(), 1);
        assert!(template().contains("# expected_rows = "));
        assert!(!template().contains("\nexpected_rows"));
    }
}
