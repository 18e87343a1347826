//! A mapping as a component, beside the same mapping in native code.
//!
//! What is timed is what the contract says: JSON text in, JSON text out. The
//! native peer reads and writes the same texts with the same library and the same
//! source code. A call to a component includes its store, its instance, what is
//! copied both ways, and the end of the instance.

use std::{hint::black_box, path::PathBuf, time::Instant};

use anyhow::{Context as _, Result, ensure};
use purser_guest::json::{Map, Value};
use purser_plugin::{Compile, Limits, Mapper, Runtime, measure::Documents};
use serde_json::json;

use crate::{
    batch::{self, Batch, CONTEXT, load, native},
    figures::{median, ratios},
    report::{Bar, Report, Table, spread},
    say,
};

/// A Python guest has 13 MiB before it begins.
const MEMORY: usize = 128 << 20;

#[derive(clap::Args)]
pub struct Args {
    /// `bench/guests/rust`, built
    #[arg(long)]
    rust: PathBuf,
    /// `bench/guests/javascript`, built
    #[arg(long)]
    javascript: PathBuf,
    /// `bench/guests/python`, built
    #[arg(long)]
    python: PathBuf,
    /// `guest-mappers/attribute-map`, built
    #[arg(long)]
    attribute_map: PathBuf,
    /// Where compiled components are kept from one time to the next
    #[arg(long)]
    cache: PathBuf,
    #[arg(long, default_value_t = 31)]
    rounds: usize,
}

/// One thing that is timed: its name, and what it does for a whole batch.
struct Contender<'a> {
    name: &'static str,
    /// In whose rounds its ratio is taken.
    native: &'static str,
    work: Box<dyn Fn() -> Result<Vec<String>> + 'a>,
    /// How often a round does it, so that quick ones are not lost in the clock's grain.
    times: u32,
    /// Microseconds an object, by round.
    taken: Vec<f64>,
}

const NATIVE: &str = "native Rust";
const NATIVE_TABLE: &str = "native `attribute-map`";

pub fn run(args: &Args) -> Result<Report> {
    let batch = Batch::new()?;
    let pool = Runtime::with(limits(MEMORY), keep(args))?;
    // No machine has so many addresses: instances are made on demand.
    let on_demand = Runtime::with(limits(1 << 40), keep(args))?;
    ensure!(!on_demand.pooled(), "the peer on demand has a pool");

    say("compiling what is not yet compiled");
    let staff = batch::staff();
    let table = table();
    let rust = load(&pool, &args.rust, &staff)?;
    let rust_on_demand = load(&on_demand, &args.rust, &staff)?;
    let javascript = load(&pool, &args.javascript, &staff)?;
    let python = load(&pool, &args.python, &staff)?;
    let attribute_map = load(&pool, &args.attribute_map, &table)?;

    let documents = Documents::new(&rust, &batch.objects())
        .map_err(|problem| anyhow::anyhow!("an account cannot be sent: {problem:?}"))?;
    let texts: Vec<&str> = documents.texts().collect();
    let all = |mapper: &Mapper| documents.at_once(mapper, &CONTEXT).map_err(Into::into);
    let each = |mapper: &Mapper| documents.one_by_one(mapper, &CONTEXT).map_err(Into::into);
    let mut contenders = [
        contender(NATIVE, NATIVE, 5, || {
            native::<bench_guest::Staff>(&staff, &texts)
        }),
        contender("Rust component, batches of 100", NATIVE, 5, || all(&rust)),
        contender("Rust component, an instance for each", NATIVE, 2, || {
            each(&rust)
        }),
        contender("Rust component, batches of 100, no pool", NATIVE, 5, || {
            all(&rust_on_demand)
        }),
        contender(
            "Rust component, an instance for each, no pool",
            NATIVE,
            1,
            || each(&rust_on_demand),
        ),
        contender("JavaScript component, batches of 100", NATIVE, 1, || {
            all(&javascript)
        }),
        contender(
            "JavaScript component, an instance for each",
            NATIVE,
            1,
            || each(&javascript),
        ),
        contender("Python component, batches of 100", NATIVE, 1, || {
            all(&python)
        }),
        contender("Python component, an instance for each", NATIVE, 1, || {
            each(&python)
        }),
        contender(
            "as the host calls it: the Rust component and all its checks",
            NATIVE,
            5,
            || batch.whole(&rust),
        ),
        contender(NATIVE_TABLE, NATIVE_TABLE, 5, || {
            native::<attribute_map::AttributeMap>(&table, &texts)
        }),
        contender("`attribute-map`, batches of 100", NATIVE_TABLE, 5, || {
            all(&attribute_map)
        }),
        contender(
            "`attribute-map`, an instance for each",
            NATIVE_TABLE,
            1,
            || each(&attribute_map),
        ),
    ];
    agree(&contenders)?;
    for round in 1..=args.rounds {
        if round % 10 == 1 {
            say(&format!("round {round} of {}", args.rounds));
        }
        for contender in &mut contenders {
            let begun = Instant::now();
            for _ in 0..contender.times {
                black_box((contender.work)()?);
            }
            let objects = f64::from(contender.times) * batch::SIZE as f64;
            contender
                .taken
                .push(begun.elapsed().as_secs_f64() * 1e6 / objects);
        }
    }
    let bytes = (
        texts.first().map_or(0, |text| text.len()),
        staff.to_string().len(),
    );
    Ok(report(&contenders, args.rounds, bytes, pool.pooled()))
}

fn report(
    contenders: &[Contender<'_>],
    rounds: usize,
    (document, settings): (usize, usize),
    pooled: bool,
) -> Report {
    let taken = |name: &str| {
        contenders
            .iter()
            .find(|contender| contender.name == name)
            .map_or(&[][..], |contender| &contender.taken)
    };
    let mut report = Report::default();
    let mut table = Table::new(
        "Microseconds an object, median (least–most), and the ratio within a round",
        &["who", "µs an object", "× native"],
    );
    for contender in contenders {
        let ratio = ratios(&contender.taken, taken(contender.native));
        table.row([
            contender.name.to_owned(),
            spread(&contender.taken, 1),
            spread(&ratio, 2),
        ]);
    }
    let mut bar = |what: &str, bar: f64, limit: f64| {
        let ratio = contenders
            .iter()
            .find(|contender| contender.name == what)
            .map_or(f64::NAN, |contender| {
                median(&ratios(&contender.taken, taken(contender.native)))
            });
        let bar = Bar::at_most(what, ratio, bar, limit, " × native");
        report.bars.push(bar);
    };
    bar("Rust component, batches of 100", 2.0, 2.3);
    bar("Rust component, an instance for each", 4.5, 4.5);
    bar("JavaScript component, batches of 100", 9.0, 9.0);
    bar("Python component, batches of 100", 13.0, 13.0);
    bar("`attribute-map`, batches of 100", 2.0, 2.3);
    report.tables.push(table);
    report.remarks.push(format!(
        "{rounds} rounds, each with everybody in turn. A document has {document} bytes, the \
         settings {settings}. {}",
        if pooled {
            "Memory came from a pool."
        } else {
            "This machine refuses the address space of a pool: all instances were made on demand."
        }
    ));
    report
}

fn contender<'a>(
    name: &'static str,
    native: &'static str,
    times: u32,
    work: impl Fn() -> Result<Vec<String>> + 'a,
) -> Contender<'a> {
    Contender {
        name,
        native,
        work: Box::new(work),
        times,
        taken: Vec::new(),
    }
}

/// Whoever is compared does the same.
fn agree(contenders: &[Contender<'_>]) -> Result<()> {
    for contender in contenders {
        let peer = contenders.iter().find(|peer| peer.name == contender.native);
        let expected = peer.context("there is no native peer")?;
        batch::same(contender.name, &(contender.work)()?, &(expected.work)()?)?;
    }
    Ok(())
}

fn limits(memory_bytes: usize) -> Limits {
    Limits {
        memory_bytes,
        ..Limits::default()
    }
}

fn keep(args: &Args) -> Compile {
    Compile {
        cache: Some(args.cache.clone()),
        ..Compile::default()
    }
}

/// The same as a table for `attribute-map`, as far as a table goes.
fn table() -> Value {
    const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let from = |name: &str| json!({ "from": name });
    let mut user = Map::new();
    for (path, name) in [
        ("name.givenName", "given_name"),
        ("name.familyName", "family_name"),
        ("title", "title"),
        ("emails[type eq \"work\"].value", "mail"),
        ("emails[type eq \"home\"].value", "mail_private"),
        ("phoneNumbers[type eq \"work\"].value", "phone"),
        ("phoneNumbers[type eq \"mobile\"].value", "mobile"),
        ("addresses[type eq \"work\"].streetAddress", "street"),
        ("addresses[type eq \"work\"].postalCode", "zip"),
        ("addresses[type eq \"work\"].locality", "city"),
        ("addresses[type eq \"work\"].country", "country"),
        ("preferredLanguage", "language"),
        ("timezone", "timezone"),
        ("profileUrl", "homepage"),
    ] {
        user.insert(path.to_owned(), from(name));
    }
    for (part, name) in [
        ("employeeNumber", "employee_number"),
        ("organization", "company"),
        ("department", "department"),
        ("manager.value", "manager"),
    ] {
        user.insert(format!("{ENTERPRISE}:{part}"), from(name));
    }
    user.insert(
        "userName".to_owned(),
        json!({ "from": "login", "transform": ["lower"] }),
    );
    user.insert("externalId".to_owned(), from("id"));
    user.insert("active".to_owned(), from("active"));
    let full_name = json!({ "template": "{given_name} {family_name}" });
    user.insert("name.formatted".to_owned(), full_name.clone());
    user.insert("displayName".to_owned(), full_name);
    user.insert("groups".to_owned(), json!({ "template": "group:{groups}" }));
    json!({ "transform": ["strip_control", "trim"], "user": user })
}
