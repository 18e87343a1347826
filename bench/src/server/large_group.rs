//! What a member costs who is added to a large group, beside one who is added to a
//! small one.
//!
//! Both groups are one group each, so that requests at once contend for it alike. They
//! grow while they are measured and are cut back in between, off the clock.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::{
    client::{Client, Load, Took, ask},
    documents,
    rival::Rival,
    stock::{MEMBERS, made, posted},
};

/// Members of the large group, or all users where there are fewer.
pub const LARGE: usize = 50_000;

/// Users who are added before they are removed again.
const BURST: usize = 320;

/// The groups of one server, and who is added to them.
pub struct Pair {
    pub large: usize,
    small_group: String,
    large_group: String,
    candidates: Vec<String>,
}

impl Pair {
    /// Makes the groups.
    pub async fn new(rival: &Rival) -> Result<Self> {
        let (address, users) = (&rival.address, &rival.stock.users);
        let of = |members: &[String], name: &str| documents::group(name, members);
        let few = users.get(..MEMBERS).context("there are too few users")?;
        let many = users.get(..LARGE.min(users.len())).unwrap_or(users);
        // Numbers that no other user has.
        let first = rival.users + 1_000_000;
        let pair = Self {
            large: many.len(),
            small_group: made(address, "/Groups", &of(few, "Small")).await?,
            large_group: made(address, "/Groups", &of(many, "Large")).await?,
            candidates: posted(address, "/Users", BURST, |n| documents::user(first + n)).await?,
        };
        pair.check(rival).await?;
        Ok(pair)
    }

    /// That somebody who is added is a member.
    async fn check(&self, rival: &Rival) -> Result<()> {
        let path = format!("/Groups/{}", self.large_group);
        let candidate = self.candidates.first().context("there is nobody to add")?;
        for (body, count) in [
            (documents::member_added(candidate), self.large + 1),
            (documents::member_removed(candidate), self.large),
        ] {
            let (status, _) = ask(&rival.address, "PATCH", &path, Some(&body)).await?;
            ensure!(status == 204 || status == 200, "PATCH answered {status}");
            let (_, group) = ask(&rival.address, "GET", &path, None).await?;
            let members = group.pointer("/members").and_then(Value::as_array);
            let there = members.map_or(0, Vec::len);
            ensure!(there == count, "{there} members where {count} should be");
        }
        Ok(())
    }

    /// Adds members for a while, to the large group or to the small one.
    pub async fn measure(
        &self,
        rival: &Rival,
        large: bool,
        time: Duration,
        connections: usize,
    ) -> Result<Took> {
        let group = if large {
            &self.large_group
        } else {
            &self.small_group
        };
        let path = format!("/Groups/{group}");
        let requests = |change: fn(&str) -> String| -> Vec<Vec<u8>> {
            let changes = self.candidates.iter().map(|id| change(id));
            changes
                .map(|body| rival.address.request("PATCH", &path, Some(&body)))
                .collect()
        };
        let added = requests(documents::member_added);
        let removed = requests(documents::member_removed);
        let mut client = Client::new(&rival.address, connections).await?;
        let mut all = Took::default();
        while all.seconds < time.as_secs_f64() {
            let load = Load {
                time: time.saturating_sub(Duration::from_secs_f64(all.seconds)),
                most: BURST,
                expected: &[200, 204],
                keeps: false,
            };
            let request = |number: usize| added.get(number).map_or(&[][..], Vec::as_slice);
            let mut took = client.drive(&load, request).await?;
            let done = removed.get(..took.latencies.len()).unwrap_or(&removed);
            client.send(done, &[200, 204]).await?;
            all.seconds += took.seconds;
            all.latencies.append(&mut took.latencies);
        }
        Ok(all)
    }
}
