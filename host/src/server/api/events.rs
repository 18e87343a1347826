//! What has changed at a site: by kind, id and verb, never by values.
//!
//! An event is a hint to look. It becomes a row that says that one object of a mapping has
//! changed, in the transaction that accepts it; the object itself is then read from the
//! source, so that a false or a late event does no harm and the same one twice is one.

use axum::{body::Body, response::Response};
use purser_engine::ids::{Kind, ObjectKey};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Asked, answered, failed, problem};

/// Events in one request, at most.
const MOST: usize = 10_000;

/// Bytes of an id, at most.
const LONGEST: usize = 255;

/// What has changed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Events {
    /// At most 10,000.
    events: Vec<Event>,
}

/// One object has changed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Event {
    /// The kind of object, as the source has it: `user`.
    kind: String,
    /// Its id at the site.
    id: String,
    /// What the site says; what is so is read from the source.
    #[expect(dead_code, reason = "part of the message: only these words are taken")]
    verb: Verb,
}

/// What has happened to it.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum Verb {
    Created,
    Changed,
    Deleted,
}

/// How many were heard.
#[derive(Serialize, ToSchema)]
pub(super) struct Heard {
    /// Events that a mapping hears. They are kept when this is answered.
    accepted: u64,
    /// Events that no mapping hears: nothing follows from them.
    ignored: u64,
}

/// Say what has changed at a site: ids, never values. The same event twice is one.
#[utoipa::path(
    post, path = "/events", operation_id = "tellEvents", tag = "events", request_body = Events,
    responses((status = 202, description = "Kept", body = Heard), (status = "4XX", description = "Refused, and why", body = super::Problem, content_type = "application/problem+json")),
)]
pub(super) async fn answer(asked: &Asked<'_>, body: Body) -> Result<Response, Response> {
    let Some(site) = asked.holder.site.clone() else {
        return Err(problem(
            403,
            "the token is for no site: make one with --site, the `site` of the source",
        ));
    };
    let Events { events } = asked.read(body).await?;
    if events.len() > MOST {
        return Err(problem(413, &format!("a request may bring {MOST} events")));
    }
    if events
        .iter()
        .any(|event| event.id.is_empty() || event.id.len() > LONGEST)
    {
        return Err(problem(400, &format!("an id has 1 to {LONGEST} bytes")));
    }
    let only = asked.holder.mapping.as_ref();
    let hearers =
        asked.app.hearers.iter().filter(|hearer| {
            hearer.site == site && only.is_none_or(|only| *only == hearer.mapping)
        });
    let hearers: Vec<_> = hearers.collect();
    let mut heard = Vec::new();
    let mut ignored = 0_u64;
    for event in &events {
        let kind = Kind::new(event.kind.as_str());
        let before = heard.len();
        for hearer in hearers.iter().filter(|hearer| hearer.kinds.contains(&kind)) {
            let key = ObjectKey::new(kind.clone(), event.id.as_str());
            heard.push((hearer.mapping.clone(), key));
        }
        ignored += u64::from(heard.len() == before);
    }
    let accepted = events.len() as u64 - ignored;
    if !heard.is_empty() {
        asked
            .service
            .directory()
            .heard(heard)
            .await
            .map_err(failed)?;
    }
    Ok(answered(202, &Heard { accepted, ignored }))
}
