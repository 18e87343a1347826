//! What the tests share: a target, a server, and errors as text.

use std::{collections::BTreeMap, time::Duration};

use purser_engine::{
    change::{Action, Change, Member},
    effect::Effects,
    failsafe::{Failsafe, Judgement},
    ids::{ObjectKey, ResourceType, TargetId, TargetName},
    situation::Situation,
};
use purser_host::target::{
    Answer, Target, TargetError,
    scim::{ScimSettings, ScimTarget},
};
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, Request, Respond, ResponseTemplate,
    matchers::{method, path},
};

pub const TOKEN: &str = "s3cret-token";

pub fn settings(base: &str) -> ScimSettings {
    ScimSettings {
        name: TargetName::new("wiki"),
        base_url: base.parse().unwrap(),
        token: TOKEN.into(),
        timeout: Duration::from_secs(5),
        page_size: 2,
        max_member_changes: 3,
        unique: BTreeMap::new(),
    }
}

pub fn target(base: &str) -> ScimTarget {
    ScimTarget::new(settings(base)).unwrap()
}

/// A server whose base path is `/v2`, and a target that speaks to it.
pub async fn server() -> (MockServer, ScimTarget) {
    let server = MockServer::start().await;
    let target = target(&format!("{}/v2/", server.uri()));
    (server, target)
}

/// Answers each request for `verb` and `place` (below `/v2`) with `answer`.
pub async fn on(server: &MockServer, verb: &str, place: &str, answer: impl Respond + 'static) {
    Mock::given(method(verb))
        .and(path(format!("/v2{place}")))
        .respond_with(answer)
        .mount(server)
        .await;
}

pub fn scim(status: u16, body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(body.to_string(), "application/scim+json")
}

pub fn html(status: u16) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(
        "<!doctype html><title>Log in</title>",
        "text/html; charset=utf-8",
    )
}

pub fn page(total: u64, ids: &[&str]) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": total,
        "Resources": ids.iter().map(|id| json!({ "id": id, "userName": id })).collect::<Vec<_>>(),
    })
}

pub fn refusal(status: u16, scim_type: &str, detail: &str) -> ResponseTemplate {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "status": status.to_string(), "scimType": scim_type, "detail": detail,
    });
    scim(status, &body)
}

/// Class, message and hint of an error, without the port, which differs in each run.
pub fn shown(error: &TargetError) -> String {
    let class = match error {
        TargetError::Transient {
            retry_after,
            may_be_done,
            ..
        } => {
            let wait = retry_after
                .map(|wait| format!(", retry after {wait:?}"))
                .unwrap_or_default();
            let doubt = if *may_be_done { ", may be done" } else { "" };
            format!("transient{wait}{doubt}")
        }
        TargetError::Conflict { .. } => "conflict".to_owned(),
        TargetError::Rejected {
            status, scim_type, ..
        } => format!("rejected {status} {scim_type:?}"),
        TargetError::Unusable { .. } => "unusable".to_owned(),
        TargetError::NotSent { .. } => "not sent".to_owned(),
    };
    let hint = match error {
        TargetError::Unusable { hint, .. } => format!("\nhint: {hint}"),
        _ => String::new(),
    };
    assert!(
        !format!("{error:?}").contains(TOKEN),
        "the token is in {error:?}"
    );
    without_port(&format!("{class}\n{error}{hint}"))
}

/// Replaces the port of 127.0.0.1 and localhost.
pub fn without_port(text: &str) -> String {
    let mut parts = text.split(":").peekable();
    let mut out = String::new();
    while let Some(part) = parts.next() {
        out.push_str(part);
        let Some(next) = parts.peek() else { break };
        out.push(':');
        if next.starts_with(|c: char| c.is_ascii_digit())
            && (part.ends_with("127.0.0.1") || part.ends_with("localhost"))
        {
            out.push_str("PORT");
            let rest = parts
                .next()
                .unwrap()
                .trim_start_matches(|c: char| c.is_ascii_digit());
            out.push_str(rest);
            if parts.peek().is_some() {
                out.push(':');
            }
        }
    }
    out
}

/// Has the failsafe approve the action, and writes it.
pub async fn write(
    target: &ScimTarget,
    resource_type: ResourceType,
    action: Action,
) -> Result<Answer, TargetError> {
    let change = Change {
        object: ObjectKey::new("user", "17"),
        resource_type,
        situation: Situation::Linked,
        effects: Effects::of([]),
        action,
        written: None,
    };
    match Failsafe::new(0, BTreeMap::new()).judge(change, false) {
        Judgement::Approved(approved) => target.write(approved.step()).await,
        Judgement::Held(held) => panic!("held: {}", held.reason),
    }
}

pub async fn write_user(target: &ScimTarget, action: Action) -> Result<Answer, TargetError> {
    write(target, ResourceType::user(), action).await
}

pub fn members(ids: &[&str]) -> Vec<Member> {
    ids.iter()
        .map(|id| Member {
            object: ObjectKey::new("user", *id),
            target_id: TargetId::new(*id),
        })
        .collect()
}

/// The requests with this method, oldest first.
pub async fn requests(server: &MockServer, verb: &str) -> Vec<Request> {
    let all = server.received_requests().await.unwrap();
    all.into_iter()
        .filter(|request| request.method.as_str() == verb)
        .collect()
}

pub async fn bodies(server: &MockServer, verb: &str) -> Vec<Value> {
    let requests = requests(server, verb).await;
    requests
        .iter()
        .map(|request| request.body_json().unwrap())
        .collect()
}
