//! The operations that are measured.
//!
//! What makes a server larger is done in bursts and undone in between, off the clock:
//! so that the last round meets the server that the first one met, and who is faster
//! does not have to keep more.

use std::time::Duration;

use anyhow::Result;

use super::{
    client::{Client, Load, Took},
    documents,
    rival::Rival,
    stock::{self, GROUPS},
};

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Get,
    Filter,
    Page,
    Create,
    Change,
    AddMember,
}

/// Resources on a page.
pub const PAGE: usize = 100;

/// Users that are created before they are deleted again, and members that are added
/// before they are removed: so many to a group as there are candidates.
const BURST: usize = GROUPS * stock::CANDIDATES;

impl Operation {
    /// All of them, as they are measured.
    pub const ALL: [Self; 6] = [
        Self::Get,
        Self::Filter,
        Self::Page,
        Self::Create,
        Self::Change,
        Self::AddMember,
    ];

    /// What it is, for the page.
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET of a user",
            Self::Filter => "`userName eq`",
            Self::Page => "the first 100 users",
            Self::Create => "POST of a user",
            Self::Change => "PATCH of a title",
            Self::AddMember => "a member added to a group of 10",
        }
    }

    /// Whether it changes something.
    pub fn writes(self) -> bool {
        matches!(self, Self::Create | Self::Change | Self::AddMember)
    }

    /// Statuses that say that it was done (RFC 7644 §3.3, §3.5.2).
    fn expected(self) -> &'static [u16] {
        match self {
            Self::Get | Self::Filter | Self::Page => &[200],
            Self::Create => &[201],
            Self::Change | Self::AddMember => &[200, 204],
        }
    }

    /// How many are done before they are undone.
    fn burst(self) -> usize {
        match self {
            Self::Create | Self::AddMember => BURST,
            Self::Get | Self::Filter | Self::Page | Self::Change => usize::MAX,
        }
    }

    /// The request with a number. `turn` is another one whenever it is measured.
    pub fn request(self, rival: &Rival, turn: u64, number: usize) -> Vec<u8> {
        let (address, stock) = (&rival.address, &rival.stock);
        let turn = turn + number as u64;
        let user = || stock.user(turn);
        match self {
            Self::Get => address.request("GET", &format!("/Users/{}", user()), None),
            Self::Filter => {
                let name = documents::user_name(stock.place(turn));
                let path = format!("/Users?filter=userName%20eq%20%22{name}%22");
                address.request("GET", &path, None)
            }
            Self::Page => {
                let path = format!("/Users?startIndex=1&count={PAGE}");
                address.request("GET", &path, None)
            }
            Self::Create => {
                let user = documents::user(stock.users.len() + stock::BESIDE + number);
                address.request("POST", "/Users", Some(&user))
            }
            Self::Change => {
                let path = format!("/Users/{}", user());
                let change = documents::title(&format!("Title {turn}"));
                address.request("PATCH", &path, Some(&change))
            }
            Self::AddMember => {
                let (group, member) = stock.edge(number);
                let change = documents::member_added(member);
                address.request("PATCH", &format!("/Groups/{group}"), Some(&change))
            }
        }
    }

    /// Takes back what came of a burst.
    async fn undo(self, rival: &Rival, client: &mut Client, took: &mut Took) -> Result<()> {
        let requests: Vec<Vec<u8>> = match self {
            Self::Create => {
                let answers = took.answers.iter();
                let paths = answers.map(|(_, answer)| Ok(format!("/Users/{}", stock::id(answer)?)));
                let paths: Vec<String> = paths.collect::<Result<_>>()?;
                let paths = paths.iter();
                paths
                    .map(|path| rival.address.request("DELETE", path, None))
                    .collect()
            }
            Self::AddMember => (0..took.latencies.len())
                .map(|number| {
                    let (group, member) = rival.stock.edge(number);
                    let change = documents::member_removed(member);
                    let path = format!("/Groups/{group}");
                    rival.address.request("PATCH", &path, Some(&change))
                })
                .collect(),
            Self::Get | Self::Filter | Self::Page | Self::Change => return Ok(()),
        };
        took.answers.clear();
        client.send(&requests, &[200, 204]).await
    }

    /// Does it for a while.
    pub async fn measure(
        self,
        rival: &Rival,
        turn: u64,
        time: Duration,
        connections: usize,
    ) -> Result<Took> {
        let mut client = Client::new(&rival.address, connections).await?;
        let mut all = Took::default();
        while all.seconds < time.as_secs_f64() {
            let load = Load {
                time: time.saturating_sub(Duration::from_secs_f64(all.seconds)),
                most: self.burst(),
                expected: self.expected(),
                keeps: self == Self::Create,
            };
            let mut took = if self.burst() == usize::MAX {
                let request = |number| self.request(rival, turn, number);
                client.drive(&load, request).await?
            } else {
                // Made before the clock starts.
                let requests: Vec<Vec<u8>> = (0..self.burst())
                    .map(|number| self.request(rival, turn, number))
                    .collect();
                let request = |number: usize| requests.get(number).map_or(&[][..], Vec::as_slice);
                client.drive(&load, request).await?
            };
            self.undo(rival, &mut client, &mut took).await?;
            all.seconds += took.seconds;
            all.latencies.append(&mut took.latencies);
        }
        Ok(all)
    }
}
