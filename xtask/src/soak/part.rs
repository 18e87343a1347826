//! The parts of the soak: what each runs, and how much of it.

use clap::ValueEnum;

/// One part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Purser dies at random
    Kills,
    /// Purser dies at each place between durable steps
    Places,
    /// Exports that are not whole
    Sources,
    /// Sites of new seeds, and large ones
    Sites,
    /// What always holds of documents, paths and filters
    Laws,
    /// Filters, paths, PATCH and bulk requests, made up
    Fuzz,
    /// A tenant with many users, walked while some of them go
    Walk,
    /// Newer versions of WordPress, over SQLite, and a burst of edits
    Wordpress,
}

/// How often Purser dies, by server; `--kills` sets them all.
pub const DEATHS: [&str; 3] = [
    "PURSER_SOAK_KILLS",
    "PURSER_SOAK_FOREIGN_KILLS",
    "PURSER_SOAK_CUTS",
];

impl Part {
    /// All of them, in the order of the page.
    pub const ALL: [Self; 8] = [
        Self::Kills,
        Self::Places,
        Self::Sources,
        Self::Sites,
        Self::Laws,
        Self::Fuzz,
        Self::Walk,
        Self::Wordpress,
    ];

    /// As `--only` calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kills => "kills",
            Self::Places => "places",
            Self::Sources => "sources",
            Self::Sites => "sites",
            Self::Laws => "laws",
            Self::Fuzz => "fuzz",
            Self::Walk => "walk",
            Self::Wordpress => "wordpress",
        }
    }

    /// What it is about, for the page.
    pub fn about(self) -> &'static str {
        match self {
            Self::Kills => {
                "A site with 2,000 accounts and two exports, 30 % of it changed between them. While each\n\
                 arrives, Purser dies up to five times, by SIGKILL at a random time or at a random place\n\
                 between two durable steps, and is started again at once, so that most deaths hit the\n\
                 repair of the one before. Then it runs to its end: each account was created once,\n\
                 `compare.py` finds what the generator of the export expects, nothing of ours is taken\n\
                 for adopted, a further run writes nothing, and `purser check --store` finds no flaw."
            }
            Self::Places => {
                "Every failpoint at each of its moments, as in `cargo xtask test`, over a site with 2,000\n\
                 accounts in place of 60 (those of leases over 60): cut, run to the end, and compared."
            }
            Self::Sources => {
                "The export of 300 accounts, cut after a random number of bytes: the run says so, and\n\
                 nobody is deactivated, deleted, or loses a membership."
            }
            Self::Sites => {
                "Two exports and a third run over sites that nobody has looked at before, a large one,\n\
                 and one before SCIMMY; each with exactly the writes that the generator expects."
            }
            Self::Laws => {
                "Property tests of paths, filters, patches and differences, with more cases than\n\
                 `cargo xtask test` has (256 a law)."
            }
            Self::Fuzz => {
                "Filters, paths, PATCH and bulk requests, made up for half an hour each in place of a\n\
                 minute: nothing panics, hangs or contradicts itself."
            }
            Self::Walk => {
                "A tenant with 1,000,000 users, walked by a cursor (RFC 9865) while another client\n\
                 deletes users at random, as fast as it can, once as they come and once in an order\n\
                 that the index has: whoever lives is met once, whoever was gone before is not met."
            }
            Self::Wordpress => {
                "The stories of WordPress on versions that Debian does not have, over SQLite: what a SCIM\n\
                 client of the site asks for, what changes at the site, both exports of the Drupal site at\n\
                 its own address. In a burst of 10,000 edits while Purser is away nothing is lost."
            }
        }
    }

    /// The program with its stories, and which of them.
    pub fn stories(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::Kills => ("e2e", &["random::"]),
            Self::Places => ("e2e", &["cut::", "lease::the_power_fails"]),
            Self::Sources => ("e2e", &["an_export_cut_anywhere"]),
            Self::Sites => (
                "e2e",
                &["seeds_of_the_day", "a_large_site", "scimmy_with_a_site"],
            ),
            Self::Laws => ("laws", &[]),
            Self::Fuzz => ("fuzz", &[]),
            Self::Walk => ("provider", &["a_walk_by_cursor"]),
            Self::Wordpress => (
                "wordpress",
                &[
                    "carried::",
                    "events::",
                    "own_address",
                    "accounts::",
                    "roles::",
                    "source::",
                ],
            ),
        }
    }

    /// How much of it.
    pub fn sizes(self, long: bool) -> Vec<(&'static str, String)> {
        let factor = if long { 10 } else { 1 };
        let sizes: &[(&'static str, u64)] = match self {
            Self::Kills => &[
                ("PURSER_SOAK_KILLS", 100 * factor),
                ("PURSER_SOAK_FOREIGN_KILLS", 20 * factor),
                ("PURSER_SOAK_CUTS", 50 * factor),
                ("PURSER_SOAK_ACCOUNTS", 2000),
            ],
            Self::Places => &[("PURSER_SOAK_ACCOUNTS", 2000)],
            Self::Sources => &[("PURSER_SOAK_SOURCE_CUTS", 60 * factor)],
            Self::Sites => &[
                ("PURSER_SOAK_SITES", 10 * factor),
                ("PURSER_SOAK_ACCOUNTS", 5000 * factor),
                ("PURSER_SOAK_FOREIGN_ACCOUNTS", 1000),
            ],
            Self::Laws => &[("PROPTEST_CASES", 20_000 * factor)],
            Self::Fuzz => &[("PURSER_SOAK_FUZZ_SECONDS", 1_800 * factor)],
            Self::Walk => &[("PURSER_SOAK_WALK_USERS", 1_000_000)],
            Self::Wordpress => &[("PURSER_SOAK_EDITS", 10_000 * factor)],
        };
        sizes
            .iter()
            .map(|(name, size)| (*name, size.to_string()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_is_there_once_and_called_as_on_the_command_line() {
        assert_eq!(Part::ALL, Part::value_variants());
        for part in Part::ALL {
            let value = part.to_possible_value().unwrap();
            assert_eq!(value.get_name(), part.name());
        }
    }
}
