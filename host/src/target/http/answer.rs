//! Answers, and what each status means for whoever waits for it.

use std::time::Duration;

use serde_json::Value;
use url::Url;

use super::{
    Method,
    words::{self, Explanation},
};
use crate::{site::Told, target::TargetError};

const HTML_HINT: &str = "this is no SCIM server: check the path in base_url. A login page means that the token is not \
                         looked at; a page of the site, that its SCIM module or its permalinks are off; a PHP warning \
                         before the JSON, that display_errors is on";
const UNAUTHORIZED_HINT: &str = "the token is wrong or has expired, or the web server strips the Authorization header \
                                 before the application sees it (Apache with PHP: `CGIPassAuth On`)";
const FORBIDDEN_HINT: &str =
    "the token lacks the right to do this: let it read and write users and groups";
const FIREWALL_HINT: &str = "the answer is a page, not SCIM: a firewall or the web server refuses the request before \
                             the application sees it, or the token lacks the right";
const MISSING_HINT: &str = "there is nothing at this address: check the path in base_url";

/// What is known of an answer without its body.
pub(super) struct Head {
    /// Method and path of the request.
    pub title: String,
    /// Whether the request may have changed something.
    pub writes: bool,
    /// HTTP status.
    pub status: u16,
    /// The body is a page for people.
    pub html: bool,
    /// Resolved against the request.
    pub location: Option<Url>,
    /// How long the target asks to wait.
    pub retry_after: Option<Duration>,
    /// How many there are on all pages, where a header says so.
    pub total: Option<u64>,
    /// The request's path without that of the base address.
    pub below_base: String,
}

/// A whole answer, not yet judged.
pub struct Answer {
    head: Head,
    explanation: Explanation,
    body: Vec<u8>,
}

/// An answer that is none of the errors.
#[derive(Debug)]
pub enum Reply {
    /// 2xx.
    Success(Success),
    /// 404 or 410: nothing is there.
    Gone(Missing),
}

/// A 2xx answer.
#[derive(Debug)]
pub struct Success {
    /// HTTP status.
    pub status: u16,
    /// The `Location` header, resolved against the request.
    pub location: Option<Url>,
    /// How many there are on all pages of a listing, where a header says so.
    pub total: Option<u64>,
    body: Vec<u8>,
    title: String,
}

/// A 404 or 410. Whether that is an error depends on the question.
#[derive(Debug)]
pub struct Missing {
    message: String,
}

impl Missing {
    /// The error that it is where something had to be there, such as an endpoint.
    pub fn into_error(self) -> TargetError {
        TargetError::Unusable {
            message: self.message,
            hint: MISSING_HINT.to_owned(),
        }
    }
}

impl Success {
    /// The JSON document; none if there is no body, or one that is not JSON.
    pub fn value(&self) -> Option<Value> {
        words::json(self.text())
    }

    /// The body, which should be JSON.
    pub fn text(&self) -> &[u8] {
        words::without_mark(&self.body)
    }

    /// The error that a document is which has another form than this API's.
    pub fn unexpected(&self, api: &str) -> TargetError {
        TargetError::Unusable {
            message: format!(
                "{} answered {}, but not as {api} does",
                self.title, self.status
            ),
            hint: "check the address, and what the target writes before or after its JSON"
                .to_owned(),
        }
    }

    /// The document, where there has to be one.
    ///
    /// # Errors
    /// [`TargetError::Unusable`] without one.
    pub fn document(&self) -> Result<Value, TargetError> {
        self.value().ok_or_else(|| self.not_scim())
    }

    /// The error that this answer is, if it brings something else than SCIM.
    pub fn not_scim(&self) -> TargetError {
        TargetError::Unusable {
            message: format!(
                "{} answered {}, but not with a SCIM message",
                self.title, self.status
            ),
            hint: "check the path in base_url, and what the target writes before or after its JSON"
                .to_owned(),
        }
    }

    /// The error that this answer to a write is, if it does not tell what was made:
    /// it has probably been done, and only a look-up can tell.
    pub fn in_doubt(&self) -> TargetError {
        TargetError::Transient {
            message: format!(
                "{} answered {} without the resource",
                self.title, self.status
            ),
            retry_after: None,
            may_be_done: true,
        }
    }
}

impl Answer {
    pub(super) fn new(head: Head, body: Vec<u8>, token: &str) -> Self {
        let explanation = if (200..300).contains(&head.status) {
            Explanation::default()
        } else {
            words::explanation(&body, token)
        };
        Self {
            head,
            explanation,
            body,
        }
    }

    /// The answer to a request that the site has made itself ([`crate::site`]), to a path
    /// of its API.
    pub fn carried(method: &Method, path: &str, told: &Told) -> Self {
        let head = Head {
            title: format!("{method} {path}"),
            writes: !method.is_safe(),
            status: told.status,
            html: false,
            location: None,
            retry_after: None,
            total: told.total,
            below_base: String::new(),
        };
        Self::new(head, told.body.get().as_bytes().to_vec(), "")
    }

    /// HTTP status.
    pub fn status(&self) -> u16 {
        self.head.status
    }

    /// The keyword of an error, where the target has such for its errors.
    pub fn code(&self) -> Option<&str> {
        self.explanation.code.as_deref()
    }

    /// Whether it is a page for people instead of SCIM.
    pub fn is_html(&self) -> bool {
        self.head.html
    }

    /// Method, path, status, and what the target said.
    pub fn message(&self) -> String {
        let mut text = format!("{} answered {}", self.head.title, self.head.status);
        if let Some(scim_type) = &self.explanation.scim_type {
            text.push_str(&format!(" ({scim_type})"));
        }
        match &self.explanation.detail {
            Some(detail) => text.push_str(&format!(": {detail}")),
            None if self.head.html => text.push_str(" with an HTML page"),
            None => {}
        }
        text
    }

    /// Judges the answer.
    ///
    /// # Errors
    /// Whatever is neither 2xx nor 404 or 410, in its class.
    pub fn accept(self) -> Result<Reply, TargetError> {
        let success = (200..300).contains(&self.head.status) && !self.head.html;
        if success {
            return Ok(Reply::Success(Success {
                status: self.head.status,
                location: self.head.location,
                total: self.head.total,
                body: self.body,
                title: self.head.title,
            }));
        }
        let message = self.message();
        match self.head.status {
            401 => Err(unusable(message, UNAUTHORIZED_HINT)),
            403 if self.head.html => Err(unusable(message, FIREWALL_HINT)),
            403 => Err(unusable(message, FORBIDDEN_HINT)),
            // RFC 9110 §15.5.9, RFC 8470 §5.2, RFC 6585 §4: refused unseen. The error page
            // of a proxy in front is often HTML, so these come before the look at the body.
            408 | 425 | 429 => Err(self.transient(message, false)),
            // RFC 7644 §3.12: the server does not support the operation, nor will it later.
            501 => Err(self.rejected(message)),
            // A gateway may have passed the request on, an application may have failed after its commit.
            500..=599 => Err(self.transient(message, self.head.writes)),
            300..=303 | 305..=399 => Err(self.redirected()),
            // Also 404: a page proves that no SCIM server answers, not that a resource is gone.
            _ if self.head.html => Err(unusable(message, HTML_HINT)),
            404 | 410 => Ok(Reply::Gone(Missing { message })),
            409 => Err(TargetError::Conflict { message }),
            // RFC 7644 §3.14: changed in between. Nothing was done; read and compare again.
            412 => Err(self.transient(message, false)),
            _ => Err(self.rejected(message)),
        }
    }

    fn transient(&self, message: String, may_be_done: bool) -> TargetError {
        TargetError::Transient {
            message,
            retry_after: self.head.retry_after,
            may_be_done,
        }
    }

    fn rejected(self, message: String) -> TargetError {
        TargetError::Rejected {
            status: self.head.status,
            scim_type: self.explanation.scim_type,
            message,
        }
    }

    /// RFC 7644 §3.11 and RFC 9110 §15.4 allow to follow; we do not, as the token would go along.
    fn redirected(&self) -> TargetError {
        let Some(mut target) = self.head.location.clone() else {
            return unusable(
                self.message(),
                "set base_url to the address at which the target itself answers",
            );
        };
        target.set_query(None);
        target.set_fragment(None);
        let _no_credentials = target
            .set_username("")
            .and_then(|()| target.set_password(None));
        let hint = match target.path().strip_suffix(&self.head.below_base) {
            Some(base) if base.ends_with('/') => {
                let mut suggestion = target.clone();
                suggestion.set_path(base.trim_end_matches('/'));
                format!("set base_url to {}", suggestion.as_str().trim_end_matches('/'))
            }
            _ => "set base_url to the address at which the target itself answers; a redirect to a login page means \
                  that the token is not looked at"
                .to_owned(),
        };
        unusable(
            format!(
                "{} answered {}: it redirects to {target}",
                self.head.title, self.head.status
            ),
            &hint,
        )
    }
}

fn unusable(message: String, hint: &str) -> TargetError {
    TargetError::Unusable {
        message,
        hint: hint.to_owned(),
    }
}
