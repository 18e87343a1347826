//! The credentials test: not only whether it works, but what is wrong.
//!
//! The checks go from the wire up, and end at the first that makes the later
//! ones pointless: those would only repeat its failure in other words.

use purser_engine::ids::ResourceType;
use purser_scim::{filter::Filter, path::AttrPath, urn};
use serde_json::Value;
use url::Url;
use uuid::Uuid;

use super::{ScimTarget, address};
use crate::target::{
    Finding, FindingState, Target, TargetError,
    findings::{Report, is_loopback},
    http::{Answer, Call, Reply},
};

/// Where SCIM is found if not at base_url: each is tried once.
const USUAL_PATHS: [&str; 3] = ["v2", "scim/v2", "scim"];

/// Whether the service provider's configuration was there: without it and
/// without users, the address is probably wrong.
#[derive(Clone, Copy)]
struct Described(bool);

/// Runs all checks.
pub(super) async fn run(target: &ScimTarget) -> Vec<Finding> {
    let mut report = Report::default();
    // An early end is no error: the report says why.
    let _ended_early = checks(target, &mut report).await;
    report.findings()
}

async fn checks(target: &ScimTarget, report: &mut Report) -> Option<()> {
    let base = target.http.base();
    check_address(base, report);
    let answer = connect(target, report).await?;
    let config = service_provider_config(target, answer, report).await?;
    let offer = match target.discover().await {
        Ok(offer) => offer,
        Err(error) => {
            report.fail("resource types", &error);
            return None;
        }
    };
    search(target, config, report).await?;
    for kind in [ResourceType::user(), ResourceType::group()] {
        let check = format!("list {kind}s");
        if offer.resource_type(&kind).is_none() {
            report.warn(
                &check,
                format!("the target offers no resource type {kind}"),
                "mappings to this type cannot run",
            );
            continue;
        }
        list_one(target, &kind, &check, report).await?;
    }
    match offer.patch {
        Some(true) => report.ok("write support", "PATCH is announced"),
        Some(false) => report.warn(
            "write support",
            "the target says that it does not support PATCH",
            "changes and memberships are sent by PATCH; if it works nevertheless, the announcement is wrong",
        ),
        None => report.warn(
            "write support",
            "the target does not say whether it supports PATCH",
            "changes and memberships are sent by PATCH; try one account first",
        ),
    }
    Some(())
}

fn check_address(base: &Url, report: &mut Report) {
    let shown = base.as_str().trim_end_matches('/');
    let last = base
        .path()
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or_default();
    if base.scheme() == "http" && !is_loopback(base) {
        report.warn(
            "address",
            format!("{shown}: the token and all personal data travel unencrypted"),
            "use https://",
        );
    } else if last.is_empty() {
        report.warn(
            "address",
            format!("{shown} has no path"),
            "most servers have SCIM at a path such as /scim/v2",
        );
    } else if ["Users", "Groups", "ServiceProviderConfig"]
        .iter()
        .any(|endpoint| last.eq_ignore_ascii_case(endpoint))
    {
        report.warn(
            "address",
            format!("{shown} ends with the name of an endpoint"),
            "base_url ends before it",
        );
    } else {
        report.ok("address", shown);
    }
}

async fn connect(target: &ScimTarget, report: &mut Report) -> Option<Answer> {
    let url = address::endpoint(target.http.base(), "ServiceProviderConfig")?;
    match target.http.send(Call::get(url)).await {
        Ok(answer) => {
            let encrypted = target.http.base().scheme() == "https";
            report.ok(
                "connect",
                if encrypted {
                    "connected, with TLS"
                } else {
                    "connected, without TLS"
                },
            );
            Some(answer)
        }
        Err(error) => {
            report.fail("connect", &error);
            None
        }
    }
}

/// Whether the target describes itself; none where it makes no sense to go on.
async fn service_provider_config(
    target: &ScimTarget,
    answer: Answer,
    report: &mut Report,
) -> Option<Described> {
    const CHECK: &str = "service provider config";
    const ASSUMED: &str = "if the checks below pass, nothing needs to be done: RFC 7643 is assumed";
    let page = answer.is_html();
    let forbidden = answer.status() == 403 && !page;
    let message = answer.message();
    match answer.accept() {
        Ok(Reply::Success(success)) if success.value().is_some_and(|value| value.is_object()) => {
            report.ok(CHECK, "readable");
            return Some(Described(true));
        }
        Ok(_) | Err(TargetError::Rejected { .. } | TargetError::Conflict { .. }) => {
            report.warn(CHECK, message, ASSUMED);
        }
        Err(TargetError::Unusable { .. }) if forbidden => report.warn(CHECK, message, ASSUMED),
        Err(error) => {
            fail_or_point(target, CHECK, error, page, report).await;
            return None;
        }
    }
    Some(Described(false))
}

/// The test of Microsoft Entra: a search for nobody finds nobody.
async fn search(target: &ScimTarget, config: Described, report: &mut Report) -> Option<()> {
    const CHECK: &str = "search";
    let nobody = Filter::eq(AttrPath::new("userName"), Uuid::new_v4().to_string());
    match target.find(&ResourceType::user(), &nobody).await {
        Ok(found) if found.is_empty() => {
            report.ok(CHECK, "a search for a user who does not exist finds nobody")
        }
        Ok(found) => report.add(
            CHECK,
            FindingState::Failed,
            format!(
                "a search for a user who does not exist finds {}",
                found.len()
            ),
            Some(
                "the target ignores filters, so that existing accounts cannot be told from others",
            ),
        ),
        Err(error @ (TargetError::Rejected { .. } | TargetError::Conflict { .. })) => {
            report.fail(CHECK, &error)
        }
        Err(error) => {
            let nothing_there = !config.0 && matches!(error, TargetError::Unusable { .. });
            fail_or_point(target, CHECK, error, nothing_there, report).await;
            return None;
        }
    }
    Some(())
}

async fn list_one(
    target: &ScimTarget,
    kind: &ResourceType,
    check: &str,
    report: &mut Report,
) -> Option<()> {
    let url = match target.endpoint(kind).await {
        Ok(url) => address::with_query(
            url,
            &[("startIndex", "1".to_owned()), ("count", "1".to_owned())],
        ),
        Err(error) => {
            report.fail(check, &error);
            return Some(());
        }
    };
    match target.query(url).await {
        Ok(list) => report.ok(check, format!("{} at the target", list.total_results)),
        Err(error) => {
            report.fail(check, &error);
            // The next type may still be readable, but not after an interruption.
            if matches!(error, TargetError::Transient { .. }) {
                return None;
            }
        }
    }
    Some(())
}

/// Reports a failure; where it looks like a wrong path, with the right one if it is one of the usual.
async fn fail_or_point(
    target: &ScimTarget,
    check: &str,
    error: TargetError,
    wrong_path: bool,
    report: &mut Report,
) {
    if wrong_path && let Some(better) = better_base(target).await {
        let hint = format!("a SCIM server answers at {better}: set base_url to that");
        report.add(check, FindingState::Failed, error.to_string(), Some(&hint));
        return;
    }
    report.fail(check, &error);
}

async fn better_base(target: &ScimTarget) -> Option<Url> {
    for path in USUAL_PATHS {
        let Some(candidate) = address::endpoint(target.http.base(), path) else {
            continue;
        };
        let Some(url) =
            address::endpoint(target.http.base(), &format!("{path}/ServiceProviderConfig"))
        else {
            continue;
        };
        let Ok(answer) = target.http.send(Call::get(url)).await else {
            continue;
        };
        if let Ok(Reply::Success(success)) = answer.accept()
            && success
                .value()
                .as_ref()
                .is_some_and(is_service_provider_config)
        {
            return Some(candidate);
        }
    }
    None
}

fn is_service_provider_config(document: &Value) -> bool {
    let named = document
        .get("schemas")
        .and_then(Value::as_array)
        .is_some_and(|schemas| {
            schemas
                .iter()
                .filter_map(Value::as_str)
                .any(|schema| urn::same(schema, urn::SERVICE_PROVIDER_CONFIG))
        });
    named || document.get("patch").is_some_and(Value::is_object)
}
