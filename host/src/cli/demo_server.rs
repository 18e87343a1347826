//! `purser demo-server`: the in-memory SCIM server of the demonstration.
//!
//! Hidden from the help: `cargo xtask demo` starts it. The command enum has one
//! arm for it, marked `#[command(hide = true)]`, which calls [`run`].

use std::{env, io, net::Ipv4Addr, time::Duration};

use anyhow::{Context, Result};
use clap::Args;
use secrecy::SecretString;
use tokio::net::TcpListener;

use crate::server::demo::{self as server, Manners};

/// Serve SCIM from memory for a demonstration; everything is gone when it ends
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    /// The port on the loopback address; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The environment variable that holds the bearer token
    #[arg(long, value_name = "VARIABLE")]
    token_env: String,
    /// End when the standard input ends, and so with the program that started this one
    #[arg(long)]
    exit_with_stdin: bool,
    /// Show new resources to readers only after so many seconds, as a lagging search index does
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    show_after: u32,
    /// Let users share a name
    #[arg(long)]
    share_names: bool,
}

/// Serves until it is interrupted.
///
/// The first line on the standard output is the base address, for whoever reads
/// it from there; the rest is talk.
///
/// # Errors
/// The variable is not set, or the port cannot be had.
pub async fn run(arguments: Arguments) -> Result<()> {
    let token = env::var(&arguments.token_env).with_context(|| {
        format!(
            "the environment variable {} holds no token",
            arguments.token_env
        )
    })?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, arguments.port))
        .await
        .with_context(|| format!("cannot listen on port {}", arguments.port))?;
    print_line(&format!(
        "http://{}{}",
        listener.local_addr()?,
        server::BASE_PATH
    ));
    talk("In memory only: everything in this server is gone when it ends.");
    let manners = Manners {
        shows_after: Duration::from_secs(arguments.show_after.into()),
        shares_names: arguments.share_names,
    };
    tokio::select! {
        served = server::serve(listener, SecretString::from(token), manners) => {
            served.context("the server cannot accept connections")
        }
        () = end_of_stdin(), if arguments.exit_with_stdin => Ok(()),
        _ = tokio::signal::ctrl_c() => Ok(()),
    }
}

/// Waits for the end of the standard input; what comes on it is ignored.
///
/// A plain thread: it may go on waiting when the server has ended, and then it
/// must not keep the runtime from ending.
async fn end_of_stdin() {
    let (ended, wait) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let _ignored = io::copy(&mut io::stdin().lock(), &mut io::sink());
        let _nobody_waits = ended.send(());
    });
    let _never_fails = wait.await;
}

#[expect(clippy::print_stdout, reason = "the command line prints")]
fn print_line(line: &str) {
    println!("{line}");
}

#[expect(clippy::print_stderr, reason = "the command line talks")]
fn talk(line: &str) {
    eprintln!("{line}");
}
