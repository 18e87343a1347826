//! Memberships, added and removed by PATCH of the group (RFC 7644 §3.5.2).
//!
//! Each request carries one `add` with a list of values and one `remove` with a
//! value path for each member: the form that RFC 7644 shows, and that most
//! servers read. Several requests are not atomic together; adding a member that
//! is there and removing one that is not are no changes, so the whole can be
//! done again.

use purser_engine::change::Member;
use purser_scim::{
    filter::Filter,
    patch::{Op, PatchOp, PatchRequest},
    path::{AttrPath, Path},
};
use serde_json::{Value, json};
use url::Url;

use super::write;
use crate::target::{Answer, TargetError, http::Http};

/// Some members to add and some to remove, in one request.
#[derive(Clone, Copy)]
struct Portion<'a> {
    add: &'a [Member],
    remove: &'a [Member],
}

impl Portion<'_> {
    fn patch(self) -> PatchRequest {
        let members = || AttrPath::new("members");
        let values: Vec<Value> = self
            .add
            .iter()
            .map(|m| json!({ "value": m.target_id }))
            .collect();
        let add = (!values.is_empty()).then(|| PatchOp {
            op: Op::Add,
            path: Some(Path::attr(members())),
            value: Some(Value::Array(values)),
        });
        let remove = self.remove.iter().map(|m| PatchOp {
            op: Op::Remove,
            path: Some(Path::values(
                members(),
                Filter::eq(AttrPath::new("value"), m.target_id.as_str()),
            )),
            value: None,
        });
        PatchRequest {
            operations: add.into_iter().chain(remove).collect(),
        }
    }
}

/// Adds and removes members of the group at `url`, at most `most` in one request.
pub(super) async fn change(
    http: &Http,
    url: Url,
    add: &[Member],
    remove: &[Member],
    most: usize,
) -> Result<Answer, TargetError> {
    let mut last = Answer::Done(None);
    for portion in portions(add, remove, most) {
        let answer = match write::modify(http, url.clone(), &portion.patch()).await {
            Err(error) if is_no_target(&error) && !portion.remove.is_empty() => {
                one_by_one(http, &url, portion).await?
            }
            other => other?,
        };
        match answer {
            Answer::Gone => return Ok(Answer::Gone),
            Answer::Done(None) => {}
            done @ Answer::Done(Some(_)) => last = done,
        }
    }
    Ok(last)
}

/// Fills each request up: the last additions share one with the first removals.
fn portions<'a>(add: &'a [Member], remove: &'a [Member], most: usize) -> Vec<Portion<'a>> {
    let most = most.max(1);
    let (mut add, mut remove) = (add, remove);
    let mut portions = Vec::new();
    while !add.is_empty() || !remove.is_empty() {
        let (added, add_later) = add.split_at(most.min(add.len()));
        let room = most.saturating_sub(added.len());
        let (removed, remove_later) = remove.split_at(room.min(remove.len()));
        portions.push(Portion {
            add: added,
            remove: removed,
        });
        (add, remove) = (add_later, remove_later);
    }
    portions
}

/// A PATCH is all or nothing (RFC 7644 §3.5.2), so one member that is no longer
/// there refuses the whole portion: do the rest of it piece by piece.
async fn one_by_one(http: &Http, url: &Url, portion: Portion<'_>) -> Result<Answer, TargetError> {
    let additions = Portion {
        remove: &[],
        ..portion
    };
    let removals = portion.remove.iter().map(|member| Portion {
        add: &[],
        remove: std::slice::from_ref(member),
    });
    let mut last = Answer::Done(None);
    for piece in (!additions.add.is_empty())
        .then_some(additions)
        .into_iter()
        .chain(removals)
    {
        match write::modify(http, url.clone(), &piece.patch()).await {
            // Removed already, which is what was wanted.
            Err(error) if is_no_target(&error) && !piece.remove.is_empty() => {}
            Err(error) => return Err(error),
            Ok(Answer::Gone) => return Ok(Answer::Gone),
            Ok(Answer::Done(None)) => {}
            Ok(done @ Answer::Done(Some(_))) => last = done,
        }
    }
    Ok(last)
}

/// RFC 7644 §3.5.2.2: the value path selects nothing.
fn is_no_target(error: &TargetError) -> bool {
    matches!(
        error,
        TargetError::Rejected { status: 400, scim_type: Some(word), .. } if word.eq_ignore_ascii_case("noTarget")
    )
}
