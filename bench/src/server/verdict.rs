//! Tables and bars over what was measured.

use super::{
    CONNECTIONS,
    figures::Figures,
    large_group::{LARGE, Pair},
    operation::Operation,
    rival::{Rival, Who},
    stock::{CANDIDATES, GROUPS, MEMBERS},
};
use crate::{
    figures::{median, ratios},
    report::{Bar, Report, Table, spread},
};

/// Fewer requests in a round than this are said.
const FEW: usize = 200;

/// All that was measured.
pub struct Measured {
    pub rivals: Vec<Rival>,
    /// By rival, and by operation in the order of [`Operation::ALL`].
    pub figures: Vec<Vec<Figures>>,
    /// By rival: where there is one, what it costs to add to the small and to the large one.
    pub groups: Vec<Option<(Pair, Figures, Figures)>>,
    pub rounds: usize,
    pub seconds: f64,
    /// The share of its processor that the load took at most, and during what.
    pub busiest: (f64, String),
}

impl Measured {
    fn each(&self, operation: Operation) -> impl Iterator<Item = (&Rival, &Figures)> {
        let place = Operation::ALL.iter().position(|it| *it == operation);
        let figures = self.figures.iter();
        let figures = figures.filter_map(move |all| all.get(place?));
        self.rivals.iter().zip(figures)
    }

    /// All of it as a report.
    pub fn report(&self) -> Report {
        let mut report = Report::default();
        for operation in Operation::ALL {
            report.tables.push(self.table(operation));
        }
        report.tables.extend(self.group_table());
        report.tables.push(self.memory());
        self.beside_peers(&mut report);
        self.at_sizes(&mut report);
        for (rival, group) in self.rivals.iter().zip(&self.groups) {
            // Of fewer nothing was promised.
            let Some((pair, small, large)) = group.as_ref().filter(|it| it.0.large == LARGE) else {
                continue;
            };
            let figure = median(&ratios(&small.rates, &large.rates));
            let what = format!(
                "time of a member added to a group of {}, {} users, by one of {MEMBERS}",
                pair.large, rival.users
            );
            report
                .bars
                .push(Bar::at_most(&what, figure, 1.5, 1.5, " ×"));
        }
        self.remarks(&mut report);
        report
    }

    fn table(&self, operation: Operation) -> Table {
        let caption = format!(
            "{}, {CONNECTIONS} connections, {} rounds, median (least–most)",
            capital(operation.name()),
            self.rounds
        );
        let columns = ["who", "users", "requests a second", "p50, ms", "p99, ms"];
        let mut table = Table::new(&caption, &columns);
        for (rival, figures) in self.each(operation) {
            row(&mut table, rival.who.name(), rival.users, figures);
        }
        table
    }

    fn group_table(&self) -> Option<Table> {
        let caption = format!(
            "A member added to one group, by all {CONNECTIONS} connections, {} rounds, median (least–most)",
            self.rounds
        );
        let columns = [
            "members before",
            "users",
            "requests a second",
            "p50, ms",
            "p99, ms",
        ];
        let mut table = Table::new(&caption, &columns);
        for (rival, group) in self.rivals.iter().zip(&self.groups) {
            if let Some((pair, small, large)) = group {
                row(&mut table, &MEMBERS.to_string(), rival.users, small);
                row(&mut table, &pair.large.to_string(), rival.users, large);
            }
        }
        (!table.rows.is_empty()).then_some(table)
    }

    fn memory(&self) -> Table {
        let mut table = Table::new("Peak memory, filling included", &["who", "users", "MiB"]);
        for rival in &self.rivals {
            let peak = spread(&[rival.peak_mib()], 0);
            let peak = peak.split(' ').next().unwrap_or_default().to_owned();
            table.row([rival.who.name().to_owned(), rival.users.to_string(), peak]);
        }
        table
    }

    /// At the smallest size, where all are: ours by the better peer's.
    fn beside_peers(&self, report: &mut Report) {
        let Some(users) = self.rivals.iter().map(|rival| rival.users).min() else {
            return;
        };
        for operation in Operation::ALL {
            let (mut ours, mut theirs) = (None, Vec::new());
            for (rival, figures) in self.each(operation).filter(|(it, _)| it.users == users) {
                match rival.who {
                    Who::Purser => ours = Some(&figures.rates),
                    Who::Scim2Server | Who::Scimmy => theirs.push(&figures.rates),
                }
            }
            let (Some(ours), false) = (ours, theirs.is_empty()) else {
                continue;
            };
            // Of each round the better one, whoever it is.
            let better: Vec<f64> = (0..ours.len())
                .map(|round| {
                    theirs
                        .iter()
                        .filter_map(|it| it.get(round))
                        .copied()
                        .fold(f64::NAN, f64::max)
                })
                .collect();
            let bar = if operation.writes() { 5.0 } else { 10.0 };
            let figure = median(&ratios(ours, &better));
            let what = format!(
                "{}, {users} users, by the better peer's rate",
                operation.name()
            );
            report.bars.push(Bar::at_least(&what, figure, bar, " ×"));
        }
    }

    /// Of Purser: the largest size by the smallest.
    fn at_sizes(&self, report: &mut Report) {
        for operation in Operation::ALL {
            let mut ours: Vec<_> = self
                .each(operation)
                .filter(|(rival, _)| rival.who == Who::Purser)
                .collect();
            ours.sort_by_key(|(rival, _)| rival.users);
            let [(small, of_small), .., (large, of_large)] = &ours[..] else {
                continue;
            };
            let figure = median(&ratios(&of_small.rates, &of_large.rates));
            let what = format!(
                "time of {}, {} users by {}",
                operation.name(),
                large.users,
                small.users
            );
            report
                .bars
                .push(Bar::at_most(&what, figure, 1.5, 1.5, " ×"));
        }
    }

    fn remarks(&self, report: &mut Report) {
        let peers = self.rivals.iter().any(|rival| rival.who != Who::Purser);
        let (share, during) = &self.busiest;
        report.remarks.push(format!(
            "Each server has processor 0, whoever it is, and the load processor 1; it took {:.0} % of \
             that at most ({during}). All servers run from the beginning and wait while another is measured. \
             A round goes through the operations, and each through all servers; \
             a measurement lasts {} s, and each of its {CONNECTIONS} connections sends the next request as \
             soon as the last one is answered. Which users are asked for is drawn by chance, the same for \
             everybody. Every answer has the right status, or it ends the bench; what each operation \
             answers and changes was looked at before.",
            100.0 * share, self.seconds,
        ));
        report.remarks.push(
            "Purser has a fresh store on a disk and commits every write with `synchronous=FULL` before it \
             answers; of its settings only `requests_per_second` is raised, so that one token may do as much \
             as it can. Its users came by POST."
                .to_owned(),
        );
        if peers {
            report.remarks.push(
                "The peers keep everything in memory: scim2-server in the storage that comes with it, behind \
                 its ASGI application, with uvicorn, uvloop and httptools; scimmy-routers on Express 4, where \
                 SCIMMY hands over a user by a map from id or `userName`, and a page as an array with holes. \
                 They have read their users from a file before they listen. A PATCH is answered with 204 by \
                 scim2-server, with the resource by scimmy-routers, and by Purser with a user, with 204 for a \
                 group."
                    .to_owned(),
            );
        }
        report.remarks.push(format!(
            "Users who are posted and members who are added are taken away again after every {} requests, \
             off the clock. Members are added to {GROUPS} groups in turns, which have {MEMBERS} to {} of \
             them. In the table of one group that group grows by 320 before it is cut back. Its bar \
             leaves room for an index that is a level deeper, and for noise; the number of members does \
             not enter what is done.",
            GROUPS * CANDIDATES,
            MEMBERS + CANDIDATES,
        ));
        for operation in Operation::ALL {
            for (rival, figures) in self.each(operation) {
                if let Some(fewest) = figures.fewest.filter(|&fewest| fewest < FEW) {
                    report.remarks.push(format!(
                        "{} with {} users had time for {fewest} requests a round only: {}.",
                        rival.who.name(),
                        rival.users,
                        operation.name()
                    ));
                }
            }
        }
    }
}

fn row(table: &mut Table, first: &str, users: usize, figures: &Figures) {
    table.row([
        first.to_owned(),
        users.to_string(),
        spread(&figures.rates, 0),
        spread(&figures.halves, 2),
        spread(&figures.most, 2),
    ]);
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
