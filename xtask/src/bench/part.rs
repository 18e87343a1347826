//! The parts of the benchmarks: what each is about, and how it is started.

use clap::ValueEnum;

/// One part; `purser-bench` calls it the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// A mapping as a component, beside native code
    Components,
    /// Runs over accounts of which none has changed
    Unchanged,
    /// The first push of many accounts
    FirstPush,
    /// The SCIM service provider
    Server,
}

impl Part {
    /// All of them, in the order of the page.
    pub const ALL: [Self; 4] = [
        Self::Components,
        Self::Unchanged,
        Self::FirstPush,
        Self::Server,
    ];

    /// As the command line calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Components => "components",
            Self::Unchanged => "unchanged",
            Self::FirstPush => "first-push",
            Self::Server => "server",
        }
    }

    /// What it is about, for the page.
    pub fn about(self) -> &'static str {
        match self {
            Self::Components => {
                "A mapping of 20 source attributes to 15 SCIM attributes (`bench/guests/README.md`), JSON\n\
                 text in and JSON text out, on one processor: as native Rust, and as a component with all\n\
                 that a call takes. `attribute-map` does the same by its table, as far as a table goes."
            }
            Self::Unchanged => {
                "A full run over accounts of which none has changed: the export and the target's listing\n\
                 are read and compared, and nothing is written. The target is a sink in memory over HTTP."
            }
            Self::FirstPush => {
                "The first full run: accounts of an export become users of a sink in memory over HTTP."
            }
            Self::Server => {
                "Purser as a SCIM server, its store on a disk, beside two others that keep everything in\n\
                 memory: scim2-server (Python) and scimmy-routers (Node.js)."
            }
        }
    }

    /// The processor that the measuring program itself is bound to, if it is. It
    /// measures components in itself; else it is the sink or the load beside whoever is
    /// measured.
    pub fn processor(self) -> Option<&'static str> {
        match self {
            Self::Components => Some("0"),
            Self::Unchanged | Self::Server => Some("1"),
            Self::FirstPush => None,
        }
    }

    /// Whether it takes sizes.
    pub fn has_sizes(self) -> bool {
        matches!(self, Self::Unchanged | Self::Server)
    }

    /// Small sizes, for `--quick`.
    pub fn quick(self) -> &'static [&'static str] {
        match self {
            Self::Components => &["--rounds", "3"],
            Self::Unchanged => &["--rounds", "1", "--sizes", "1000,5000"],
            Self::FirstPush => &["--rounds", "1", "--accounts", "500"],
            Self::Server => &["--rounds", "1", "--seconds", "0.5", "--sizes", "100,1000"],
        }
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
