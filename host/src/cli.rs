//! The command line: one file a command, and the only place that prints.
//!
//! | file | what it is for |
//! |---|---|
//! | `output.rs` | the one writer: data to stdout, talk to stderr |
//! | `error.rs` | library errors become words and hints, and an exit code |
//! | `exit.rs` | the exit codes |
//! | `operation.rs` | the commands that need the store, as values; how one is carried out |
//! | `remote.rs` | an operation that a running host carries out |
//! | `serve.rs` | the running host |
//! | `signals.rs` | Ctrl-C and SIGTERM |
//! | `context.rs` | from the configuration to sources, targets and mappings that work |
//! | `bar.rs` | progress on a terminal |
//! | `values.rs` | arguments such as `deactivate=40` |
//! | `findings.rs` | the table of `check` and `target test` |
//! | `summary.rs` | how a run went, for `plan` and `run` |
//!
//! # Adding a command
//!
//! A command that needs the store (nearly all do) is an *operation*: a value
//! that is carried out here, or by the running host that has the store.
//!
//! 1. A file in `cli/` with its `Args` (help texts: imperative, no full stop;
//!    serde, because they may travel to a running host; paths made absolute by a
//!    `value_parser`, because its working directory is another) and
//!    `execute(args, &Context, &mut Output) -> anyhow::Result<Exit>`.
//! 2. One variant in [`operation::Operation`], one arm in its `execute`, and one
//!    in its `nature`: what becomes of it when nobody listens any more.
//! 3. Its errors, if they are new, in `error.rs`.
//!
//! A command that needs no store takes [`Globals`] instead of a `Context`, and
//! has its variant in [`Command`] and its arm in [`run`].

mod backup;
mod bar;
mod check;
mod context;
mod demo_server;
mod error;
pub mod exit;
mod findings;
mod init;
mod log;
mod operation;
mod output;
mod plan;
mod plugin;
mod remote;
mod restore;
mod run;
mod serve;
mod signals;
mod status;
mod summary;
mod sync;
mod target;
mod token;
mod values;
mod verify;

use std::{path::PathBuf, process::ExitCode};

use clap::{ArgAction, Parser, Subcommand};
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::{EnvFilter, fmt::writer::BoxMakeWriter};

use self::{exit::Exit, operation::Operation, output::Output};
use crate::config::Config;

/// Keep the accounts of sites in step over SCIM 2.0
#[derive(Debug, Parser)]
#[command(name = "purser", version, after_help = exit::HELP, max_term_width = 100)]
struct Cli {
    /// Read this configuration [default: what PURSER_CONFIG names, else ./purser.toml]
    #[arg(long, short, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Say more about what happens; twice for even more
    #[arg(long, short, global = true, action = ArgAction::Count)]
    verbose: u8,
    /// Show no progress on a terminal, and do not say there who does the work
    #[arg(long, short, global = true)]
    quiet: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Args),
    Check(check::Args),
    Target(target::Args),
    Plugin(plugin::Args),
    #[command(flatten)]
    Operation(Operation),
    Backup(backup::Args),
    Restore(restore::Args),
    Serve(serve::Args),
    #[command(hide = true)]
    DemoServer(demo_server::Arguments),
    /// Compile the component that comes by stdin; started by Purser itself
    #[command(hide = true)]
    CompileComponent,
}

/// What the arguments before the command say.
struct Globals {
    /// The configuration file.
    config_path: PathBuf,
    /// No progress.
    quiet: bool,
    /// Whether to say who does the work, this process or the running host. Told
    /// to people at a terminal and on demand, so that scripts and the mails of
    /// cron read the same either way.
    says_who: bool,
}

impl Globals {
    /// Loads and checks the configuration.
    fn config(&self) -> anyhow::Result<Config> {
        Ok(Config::load(&self.config_path)?)
    }
}

/// Runs the command that the arguments of the process name.
pub fn main() -> ExitCode {
    // Wrong usage ends here, with code 2 and clap's own words.
    let cli = Cli::parse();
    let output = Output::process();
    // A host tells its log what it does; nobody else hears it.
    let is_host = matches!(cli.command, Command::Serve(_));
    let verbose = cli.verbose.max(u8::from(is_host));
    // Dropped last, so that all that was said is written.
    let _log = start_log(verbose, is_host, &output);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let exit = match runtime {
        Ok(runtime) => {
            let exit = runtime.block_on(on_a_worker(cli, output));
            // Nobody waits for what a second signal has given up.
            runtime.shutdown_background();
            exit
        }
        Err(error) => {
            let error = anyhow::Error::new(error).context("cannot start the runtime");
            error::report(&error, &mut { output })
        }
    };
    exit.into()
}

/// The main thread is none of the runtime's workers, and what passes between them
/// and it wakes a thread each time: so it only waits.
async fn on_a_worker(cli: Cli, mut output: Output) -> Exit {
    let work = tokio::spawn(async move {
        let result = match arm_failpoint() {
            Ok(()) => run(cli, &mut output).await,
            Err(error) => Err(error),
        };
        result.unwrap_or_else(|error| error::report(&error, &mut output))
    });
    match work.await {
        Ok(exit) => exit,
        Err(broken) => error::report(&anyhow::Error::new(broken), &mut Output::process()),
    }
}

async fn run(cli: Cli, output: &mut Output) -> anyhow::Result<Exit> {
    let from_environment = || {
        std::env::var_os("PURSER_CONFIG")
            .filter(|path| !path.is_empty())
            .map(PathBuf::from)
    };
    let config = cli.config.or_else(from_environment);
    let globals = Globals {
        config_path: config.unwrap_or_else(|| PathBuf::from("purser.toml")),
        quiet: cli.quiet,
        says_who: !cli.quiet && (cli.verbose > 0 || output.talks_to_terminal()),
    };
    match cli.command {
        Command::Init(args) => init::execute(args, &globals, output).await,
        Command::Check(args) => check::execute(args, &globals, output).await,
        Command::Target(args) => target::execute(args, &globals, output).await,
        Command::Plugin(args) => plugin::execute(args, output).await,
        Command::Operation(operation) => operation::perform(operation, &globals, output).await,
        Command::Backup(args) => backup::execute(args, &globals, output).await,
        Command::Restore(args) => restore::execute(args, &globals, output).await,
        Command::Serve(args) => serve::execute(args, &globals, output).await,
        Command::DemoServer(args) => demo_server::run(args).await.map(|()| Exit::InStep),
        Command::CompileComponent => {
            // Blocks, because this process does nothing else.
            purser_plugin::compile_component(std::io::stdin().lock(), std::io::stdout().lock())?;
            Ok(Exit::InStep)
        }
    }
}

/// Where the tests want this process to end, and to say where it came by; see [`crate::failpoint`].
#[cfg(debug_assertions)]
fn arm_failpoint() -> anyhow::Result<()> {
    if let Some(path) = std::env::var_os("PURSER_FAILPOINT_LOG") {
        crate::failpoint::log(path.as_ref())?;
    }
    match std::env::var("PURSER_FAILPOINT") {
        Ok(text) => crate::failpoint::arm(&text).map_err(anyhow::Error::msg),
        Err(_) => Ok(()),
    }
}

/// Release builds have no such places.
#[cfg(not(debug_assertions))]
fn arm_failpoint() -> anyhow::Result<()> {
    Ok(())
}

/// Logs go to stderr; `PURSER_LOG` says more exactly than `-v` which. A host's are written
/// by a thread of their own, up to its end with what this returns: a disk that is slow to
/// take a line does not keep a request.
fn start_log(verbose: u8, is_host: bool, output: &Output) -> Option<WorkerGuard> {
    let level = match verbose {
        0 => "warn",
        1 => "warn,purser_host=info,plugin=info",
        _ => "info,purser_host=debug,plugin=debug",
    };
    let filter = EnvFilter::try_from_env("PURSER_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let (writer, guard) = if is_host {
        // Nothing is left out: where the queue is full, whoever speaks waits.
        let queue = NonBlockingBuilder::default().lossy(false);
        let (writer, guard) = queue.finish(std::io::stderr());
        (BoxMakeWriter::new(writer), Some(guard))
    } else {
        (BoxMakeWriter::new(std::io::stderr), None)
    };
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer)
        .with_ansi(output.colours_talk());
    // Fails only where somebody has set up a log before: then that one is used.
    let _already_set = log.try_init();
    guard
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_are_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_and_argument_is_explained_and_no_help_ends_with_a_full_stop() {
        fn visit(command: &clap::Command) {
            let about = command
                .get_about()
                .map(ToString::to_string)
                .unwrap_or_default();
            assert!(
                !about.is_empty() && !about.ends_with('.'),
                "{}: {about:?}",
                command.get_name()
            );
            for argument in command.get_arguments() {
                let help = argument
                    .get_help()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                assert!(
                    !help.is_empty() && !help.ends_with('.'),
                    "{} {}",
                    command.get_name(),
                    argument.get_id()
                );
            }
            command.get_subcommands().for_each(visit);
        }
        visit(&Cli::command());
    }
}
