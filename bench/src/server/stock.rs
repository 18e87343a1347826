//! What stands in a server while it is measured, and how it came there.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::{
    client::{Address, Client, Load, ask},
    documents,
};

/// Groups that members are added to, so that no two requests at once change the same one.
pub const GROUPS: usize = 200;
/// Members of such a group.
pub const MEMBERS: usize = 10;
/// Users who are added to them. They and the members are beside the users that are read:
/// these look alike at every size and in every server.
pub const CANDIDATES: usize = 5;

/// How many users there are beside those that are read.
pub const BESIDE: usize = MEMBERS + CANDIDATES;

/// Posted at once. Their answers are in memory until their ids are taken out.
const BATCH: usize = 10_000;

/// Ids, by what they are for.
pub struct Stock {
    pub users: Vec<String>,
    pub candidates: Vec<String>,
    pub groups: Vec<String>,
}

#[derive(Deserialize)]
struct Created {
    id: String,
}

impl Stock {
    /// Fills a server with users by POST, unless they are `planted`: there since it began.
    pub async fn new(address: &Address, users: usize, planted: bool) -> Result<Self> {
        let mut ids = Vec::with_capacity(users);
        if planted {
            ids.extend((0..users).map(documents::planted_id));
        }
        let first = ids.len();
        ids.extend(
            posted(address, "/Users", users + BESIDE - first, |n| {
                documents::user(first + n)
            })
            .await?,
        );
        let mut members = ids.split_off(users);
        let candidates = members.split_off(MEMBERS);
        let named = |n: usize| documents::group(&format!("Group {n}"), &members);
        let groups = posted(address, "/Groups", GROUPS, named).await?;
        Ok(Self {
            users: ids,
            candidates,
            groups,
        })
    }

    /// The place of the user whose turn it is, by chance but the same for everybody.
    pub fn place(&self, turn: u64) -> usize {
        (spread(turn) % self.users.len().max(1) as u64) as usize
    }

    /// The id of that user.
    pub fn user(&self, turn: u64) -> &str {
        let user = self.users.get(self.place(turn));
        user.map_or("", String::as_str)
    }

    /// The group that a request with a number adds a member to, and whom.
    pub fn edge(&self, number: usize) -> (&str, &str) {
        let group = self.groups.get(number % GROUPS);
        let member = self.candidates.get(number / GROUPS % CANDIDATES);
        (
            group.map_or("", String::as_str),
            member.map_or("", String::as_str),
        )
    }
}

/// Posts documents over some connections; their ids, in order.
pub async fn posted(
    address: &Address,
    endpoint: &str,
    count: usize,
    document: impl Fn(usize) -> String,
) -> Result<Vec<String>> {
    let mut client = Client::new(address, 32).await?;
    let mut ids = Vec::with_capacity(count);
    while ids.len() < count {
        let first = ids.len();
        let load = Load {
            time: Duration::from_secs(600),
            most: BATCH.min(count - first),
            expected: &[201],
            keeps: true,
        };
        let request = |n| address.request("POST", endpoint, Some(&document(first + n)));
        let mut took = client.drive(&load, request).await?;
        took.answers.sort_unstable_by_key(|(number, _)| *number);
        ensure!(took.answers.len() == load.most, "filling took too long");
        for (_, answer) in &took.answers {
            ids.push(id(answer)?);
        }
    }
    Ok(ids)
}

/// The id in an answer.
pub fn id(answer: &[u8]) -> Result<String> {
    let created: Created = serde_json::from_slice(answer).context("an answer without an id")?;
    Ok(created.id)
}

/// Makes one resource.
pub async fn made(address: &Address, endpoint: &str, document: &str) -> Result<String> {
    let (status, answer) = ask(address, "POST", endpoint, Some(document)).await?;
    ensure!(status == 201, "{endpoint} answered {status}: {answer}");
    Ok(Created::deserialize(answer)?.id)
}

/// Numbers in a row, spread over all numbers (SplitMix64).
pub fn spread(number: u64) -> u64 {
    let mut z = number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
