//! What a credentials test has found, for the targets that have one.

use url::{Host, Url};

use super::{Finding, FindingState, TargetError};

/// The findings so far.
#[derive(Default)]
pub(super) struct Report(Vec<Finding>);

impl Report {
    /// All of them, in order.
    pub(super) fn findings(self) -> Vec<Finding> {
        self.0
    }

    pub(super) fn add(
        &mut self,
        check: &str,
        state: FindingState,
        message: impl Into<String>,
        hint: Option<&str>,
    ) {
        self.0.push(Finding {
            check: check.to_owned(),
            state,
            message: message.into(),
            hint: hint.map(str::to_owned),
        });
    }

    pub(super) fn ok(&mut self, check: &str, message: impl Into<String>) {
        self.add(check, FindingState::Ok, message, None);
    }

    pub(super) fn warn(&mut self, check: &str, message: impl Into<String>, hint: &str) {
        self.add(check, FindingState::Warning, message, Some(hint));
    }

    pub(super) fn fail(&mut self, check: &str, error: &TargetError) {
        let hint = match error {
            TargetError::Unusable { hint, .. } => hint,
            TargetError::Transient { .. } | TargetError::NotSent { .. } => {
                "check that the host and port in base_url are right and the target runs; \
                                              then try again"
            }
            TargetError::Conflict { .. } | TargetError::Rejected { .. } => {
                "ask the target's operator what it expects"
            }
        };
        self.add(check, FindingState::Failed, error.to_string(), Some(hint));
    }
}

/// Whether what is sent there stays on this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
