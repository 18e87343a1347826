//! Creating, modifying and deleting one resource.

use purser_engine::Frozen;
use purser_scim::{Resource, patch::PatchRequest};
use serde_json::Value;
use url::Url;

use crate::target::{
    Answer, TargetError,
    http::{Call, Http, Method, Reply},
};

/// RFC 7644 §3.3.
pub(super) async fn create(
    http: &Http,
    endpoint: Url,
    resource: &Frozen,
) -> Result<Answer, TargetError> {
    let call = Call {
        method: Method::POST,
        url: endpoint.clone(),
        body: Some(resource.text().to_owned()),
    };
    let mut success = match http.send(call).await?.accept()? {
        Reply::Gone(missing) => return Err(missing.into_error()),
        Reply::Success(success) => success,
    };
    if let Some(created) = success.value().and_then(resource_of) {
        return Ok(Answer::Done(Some(created)));
    }
    // RFC 7644 §3.3 demands the body, or at least the place where it stands.
    let place = success
        .location
        .take()
        .filter(|place| is_below(place, &endpoint));
    if let Some(place) = place
        && let Ok(answer) = http.send(Call::get(place)).await
        && let Ok(Reply::Success(read)) = answer.accept()
        && let Some(created) = read.value().and_then(resource_of)
    {
        return Ok(Answer::Done(Some(created)));
    }
    Err(success.in_doubt())
}

/// RFC 7644 §3.5.2.
pub(super) async fn modify(
    http: &Http,
    url: Url,
    patch: &PatchRequest,
) -> Result<Answer, TargetError> {
    let call = Call {
        method: Method::PATCH,
        url,
        body: Some(patch.to_value().to_string()),
    };
    Ok(match http.send(call).await?.accept()? {
        Reply::Gone(_) => Answer::Gone,
        // 200 with the resource or 204 without.
        Reply::Success(success) => Answer::Done(success.value().and_then(resource_of)),
    })
}

/// RFC 7644 §3.6.
pub(super) async fn delete(http: &Http, url: Url) -> Result<Answer, TargetError> {
    let call = Call {
        method: Method::DELETE,
        url,
        body: None,
    };
    Ok(match http.send(call).await?.accept()? {
        Reply::Gone(_) => Answer::Gone,
        Reply::Success(_) => Answer::Done(None),
    })
}

/// The resource that a document is: an object with an id.
pub(super) fn resource_of(document: Value) -> Option<Resource> {
    Resource::from_value(document)
        .ok()
        .filter(|resource| resource.id().is_some_and(|id| !id.is_empty()))
}

/// Whether `place` is a resource of `endpoint`; the token goes nowhere else.
fn is_below(place: &Url, endpoint: &Url) -> bool {
    let collection = format!("{}/", endpoint.path().trim_end_matches('/'));
    place.origin() == endpoint.origin() && place.path().starts_with(&collection)
}
