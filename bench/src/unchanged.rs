//! Runs over accounts of which none has changed: what a scheduled run mostly is.

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::{
    figures::{Spread, median, ratios},
    process::Processors,
    report::{Bar, Report, Table, spread},
    runtime, say,
    sink::Sink,
    site::{Rivals, Site, write_lines},
};

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    rivals: Rivals,
    #[arg(long, value_delimiter = ',', default_value = "10000,100000,1000000")]
    sizes: Vec<usize>,
    #[arg(long, default_value_t = 7)]
    rounds: usize,
}

/// The size at which the peer runs as well.
const PEER_AT: usize = 100_000;

struct Measured {
    accounts: usize,
    seconds: Vec<f64>,
    /// In MiB; not a number where nobody could read it.
    peak: Vec<f64>,
    /// Of the peer: its whole process, and its loop alone.
    peer: Vec<(f64, f64)>,
    pushed_in: f64,
}

pub fn run(args: &Args) -> Result<Report> {
    let runtime = runtime()?;
    let mut measured = Vec::new();
    for &accounts in &args.sizes {
        let sink = Sink::start(&runtime)?;
        measured.push(measure(args, &sink, accounts)?);
        sink.clear();
    }
    Ok(report(&measured))
}

fn measure(args: &Args, sink: &Sink, accounts: usize) -> Result<Measured> {
    let rounds = args.rounds;
    say(&format!("{accounts} accounts: the first push"));
    let site = Site::new(
        &args.rivals.purser,
        &sink.base,
        accounts,
        "concurrency = 16",
    )?;
    let (pushed, _) = site.run(Processors::One)?;
    let (creates, others, _) = sink.counts();
    ensure!(
        (creates, others) == (accounts as u64, 0),
        "the first push created {creates} of {accounts} accounts, with {others} other writes"
    );
    // Settles what the first push left to be folded into the file.
    site.run(Processors::One)?;
    sink.counts();
    let with_peer = accounts == PEER_AT || args.sizes.len() == 1;
    if with_peer {
        write_lines(&site.path("expected.jsonl"), &sink.bodies()?)?;
    }
    let mut all = Measured {
        accounts,
        seconds: Vec::new(),
        peak: Vec::new(),
        peer: Vec::new(),
        pushed_in: pushed.seconds,
    };
    for round in 1..=rounds {
        say(&format!("{accounts} accounts: round {round} of {rounds}"));
        let (took, _) = site.run(Processors::One)?;
        let (creates, others, reads) = sink.counts();
        ensure!(
            creates + others == 0,
            "a run without changes wrote {} times",
            creates + others
        );
        ensure!(
            reads as usize >= accounts / 100,
            "a run without changes read only {reads} pages"
        );
        all.seconds.push(took.seconds);
        all.peak.push(took.peak_mib.unwrap_or(f64::NAN));
        if with_peer {
            let expected = site.path("expected.jsonl");
            let peer = args
                .rivals
                .peer(&[sink.base.as_ref(), expected.as_ref()], Processors::One)?;
            let same = peer.told.get("same").and_then(Value::as_u64);
            ensure!(
                same == Some(accounts as u64),
                "the peer found {} of {accounts} accounts the same",
                peer.told
            );
            all.peer.push((peer.took.seconds, peer.seconds));
            sink.counts();
        }
    }
    Ok(all)
}

fn report(measured: &[Measured]) -> Report {
    let mut report = Report::default();
    let mut table = Table::new(
        "A run without changes, median (least–most)",
        &[
            "accounts",
            "rounds",
            "seconds",
            "µs an account",
            "peak MiB",
            "writes",
            "first push, seconds",
        ],
    );
    for one in measured {
        let each: Vec<f64> = one
            .seconds
            .iter()
            .map(|it| it * 1e6 / one.accounts as f64)
            .collect();
        table.row([
            one.accounts.to_string(),
            one.seconds.len().to_string(),
            spread(&one.seconds, 2),
            spread(&each, 1),
            spread(&one.peak, 0),
            "0".to_owned(),
            format!("{:.1}", one.pushed_in),
        ]);
    }
    report.tables.push(table);
    let peaks: Vec<f64> = measured.iter().map(|one| median(&one.peak)).collect();
    let Spread { least, most, .. } = Spread::of(&peaks);
    report.bars.push(Bar::at_most(
        "peak memory, the largest site",
        most,
        256.0,
        256.0,
        " MiB",
    ));
    if let [first, .., last] = measured {
        report.bars.push(Bar::at_most(
            "peak memory, largest by smallest",
            most / least,
            1.1,
            1.1,
            " ×",
        ));
        let each = |one: &Measured| median(&one.seconds) / one.accounts as f64;
        report.bars.push(Bar::at_most(
            "time an account, largest site by smallest",
            each(last) / each(first),
            1.25,
            1.25,
            " ×",
        ));
    }
    for one in measured.iter().filter(|one| !one.peer.is_empty()) {
        let (whole, in_loop): (Vec<f64>, Vec<f64>) = one.peer.iter().copied().unzip();
        let mut table = Table::new(
            "Beside a Python loop that lists the same pages and compares dictionaries",
            &["who", "seconds", "× Purser"],
        );
        for (who, seconds) in [
            ("Purser, the whole process", &one.seconds),
            ("Python, its loop alone", &in_loop),
            ("Python, the whole process", &whole),
        ] {
            let ratio = ratios(seconds, &one.seconds);
            table.row([who.to_owned(), spread(seconds, 2), spread(&ratio, 2)]);
        }
        report.tables.push(table);
        let figure = median(&ratios(&one.seconds, &in_loop));
        let what = format!("{} accounts, by Python's loop", one.accounts);
        report
            .bars
            .push(Bar::at_most(&what, figure, 1.0, 1.0, " ×"));
    }
    report.remarks.push(
        "Purser and the peer on one processor, the sink on the other; pages of 100 for both. The \
         peer holds the expected dictionaries in memory before its clock starts; Purser reads its \
         export and its store within its time, and leaves a durable record of the run. `Time an \
         account` may differ by 1.25 between sizes: what a run does once weighs more on the smaller."
            .to_owned(),
    );
    report
}
