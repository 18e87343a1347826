//! The credentials test: is it WordPress, does it know us, and may we do what we will have to?

use serde_json::Value;

use super::{
    WordPress,
    form::{roles, text},
    walk::users,
};
use crate::target::{
    Finding, Target,
    findings::{Report, is_loopback},
};

/// What a run does with users, by WordPress's names for it.
const NEEDED: [&str; 5] = [
    "list_users",
    "create_users",
    "edit_users",
    "promote_users",
    "delete_users",
];

/// Runs all checks.
pub(super) async fn run(target: &WordPress) -> Vec<Finding> {
    let mut report = Report::default();
    // An early end is no error: the report says why.
    let _ended_early = checks(target, &mut report).await;
    report.findings()
}

async fn checks(target: &WordPress, report: &mut Report) -> Option<()> {
    let site = target.rest.site();
    let shown = site.as_str().trim_end_matches('/');
    if site.scheme() == "http" && !is_loopback(site) {
        report.warn(
            "address",
            format!("{shown}: the password and all personal data travel unencrypted"),
            "use https://",
        );
    } else {
        report.ok("address", shown);
    }
    let me = match target
        .rest
        .there("/wp/v2/users/me", &[("context", "edit".to_owned())])
        .await
    {
        Ok(success) => success.value().unwrap_or(Value::Null),
        Err(error) => {
            report.fail("sign in", &error);
            return None;
        }
    };
    report.ok(
        "sign in",
        format!("as {}, {}", text(&me, "username"), roles(&me).join(", ")),
    );
    let may = |capability: &&&str| {
        let capabilities = me.get("capabilities");
        let has = capabilities.and_then(|all| all.get(**capability));
        has != Some(&Value::Bool(true))
    };
    let lacking: Vec<&str> = NEEDED.iter().filter(may).copied().collect();
    if lacking.is_empty() {
        report.ok("rights", "may list, create, change and delete users");
    } else {
        report.warn(
            "rights",
            format!("may not {}", lacking.join(", ")),
            "give the user the role administrator, or these capabilities",
        );
    }
    match target.discover().await {
        Ok(discovery) => {
            for remark in discovery.remarks {
                report.warn("meta", remark, "until then the attribute is not kept there");
            }
        }
        Err(error) => {
            report.fail("schema", &error);
            return None;
        }
    }
    match users(&target.rest, 0, None).await {
        Ok((_, total)) => report.ok("list Users", format!("{total} at the target")),
        Err(error) => report.fail("list Users", &error),
    }
    report.ok(
        "list Groups",
        format!("{} roles in the configuration", target.settings.roles.len()),
    );
    Some(())
}
