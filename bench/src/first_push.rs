//! The first push of many accounts to a sink that is faster than whoever pushes.

use anyhow::{Result, ensure};

use crate::{
    figures::{median, ratios},
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
    #[arg(long, default_value_t = 10_000)]
    accounts: usize,
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// Connections, of each
    #[arg(long, value_delimiter = ',', default_value = "4,16")]
    connections: Vec<usize>,
}

pub fn run(args: &Args) -> Result<Report> {
    let runtime = runtime()?;
    let sink = Sink::start(&runtime)?;
    let mut report = Report::default();
    for &connections in &args.connections {
        measure(args, &sink, connections, &mut report)?;
    }
    report.remarks.push(
        "Purser, the peer and the sink share two processors; the peer uses one of them, as its \
         language does. Purser reads the export, lists the target, maps, plans, commits an intent before each create and settles it after, with \
         `synchronous=FULL`, all within its time and from the start of its process; the peer has the \
         finished dictionaries in memory before its clock starts, and only serialises and posts them."
            .to_owned(),
    );
    Ok(report)
}

fn measure(args: &Args, sink: &Sink, connections: usize, report: &mut Report) -> Result<()> {
    let lines = format!("concurrency = {connections}");
    let site = Site::new(&args.rivals.purser, &sink.base, args.accounts, &lines)?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    // Round 0 compiles the component and is not counted.
    for round in 0..=args.rounds {
        say(&format!(
            "{connections} connections: round {round} of {}",
            args.rounds
        ));
        sink.clear();
        site.forget()?;
        let (took, _) = site.run(Processors::All)?;
        pushed(sink, args.accounts, "Purser")?;
        if round == 0 {
            write_lines(&site.path("resources.jsonl"), &sink.bodies()?)?;
            continue;
        }
        ours.push(args.accounts as f64 / took.seconds);
        sink.clear();
        let resources = site.path("resources.jsonl");
        let at_once = connections.to_string();
        let arguments = [sink.base.as_ref(), resources.as_ref(), at_once.as_ref()];
        let peer = args.rivals.peer(&arguments, Processors::All)?;
        pushed(sink, args.accounts, "the peer")?;
        theirs.push(args.accounts as f64 / peer.seconds);
    }
    let caption = format!(
        "{} users, {connections} connections, {} rounds, median (least–most)",
        args.accounts, args.rounds
    );
    let mut table = Table::new(&caption, &["who", "users a second", "× the peer"]);
    for (who, figures) in [("Purser", &ours), ("aiohttp", &theirs)] {
        let ratio = ratios(figures, &theirs);
        table.row([who.to_owned(), spread(figures, 0), spread(&ratio, 2)]);
    }
    report.tables.push(table);
    let figure = median(&ratios(&ours, &theirs));
    let what = format!("users a second, {connections} connections, by aiohttp's");
    report.bars.push(Bar::more_than(&what, figure, 1.0, " ×"));
    Ok(())
}

fn pushed(sink: &Sink, accounts: usize, who: &str) -> Result<()> {
    let (creates, others, _) = sink.counts();
    ensure!(
        (creates, others) == (accounts as u64, 0),
        "{who} created {creates} of {accounts} users, with {others} other writes"
    );
    Ok(())
}
