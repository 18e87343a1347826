//! Requests that brought no whole answer: what went wrong, and whether the
//! request may have been carried out.

use std::{
    error::Error,
    io::{self, ErrorKind},
    time::Duration,
};

use rustls::CertificateError;
use url::Url;

use super::words;
use crate::target::TargetError;

/// What messages need to know about the request.
pub(super) struct Context<'a> {
    /// Method and path.
    pub title: String,
    /// The whole address; only host and port are shown.
    pub url: &'a Url,
    /// The time-out of the request.
    pub timeout: Duration,
    /// Whether the request may change something.
    pub writes: bool,
}

impl Context<'_> {
    fn place(&self) -> String {
        let host = self.url.host_str().unwrap_or("?");
        let port = self.url.port_or_known_default().unwrap_or_default();
        format!("{host}:{port}")
    }

    fn transient(&self, what: &str, may_be_done: bool) -> TargetError {
        TargetError::Transient {
            message: format!("{}: {what}", self.title),
            retry_after: None,
            may_be_done,
        }
    }

    fn unusable(&self, what: &str, hint: &str) -> TargetError {
        TargetError::Unusable {
            message: format!("{}: {what}", self.title),
            hint: hint.to_owned(),
        }
    }
}

/// Puts a failed exchange into its class.
pub(super) fn sort(error: &reqwest::Error, context: &Context<'_>) -> TargetError {
    if let Some(tls) = cause::<rustls::Error>(error) {
        return sort_tls(tls, context);
    }
    let place = context.place();
    if error.is_builder() {
        return context.unusable(&words::clean(&root(error), ""), "check base_url and token");
    }
    if error.is_connect() {
        // Nothing was sent, so nothing was done.
        let what = if error.is_dns() {
            format!(
                "the host {} is not found",
                context.url.host_str().unwrap_or("?")
            )
        } else if error.is_timeout() {
            format!("no connection to {place} in time")
        } else {
            format!("no connection to {place} ({})", reason(error))
        };
        return context.transient(&what, false);
    }
    if speaks_something_else(error) {
        return context.unusable(
            &format!("{place} does not answer in HTTP"),
            "if this port speaks TLS, begin base_url with https://",
        );
    }
    if error.is_timeout() {
        let what = format!("no whole answer from {place} within {:?}", context.timeout);
        return context.transient(&what, context.writes);
    }
    let what = format!("the connection to {place} was lost ({})", reason(error));
    context.transient(&what, context.writes)
}

/// An answer that exceeds the limit.
pub(super) fn too_large(limit: usize, context: &Context<'_>) -> TargetError {
    let what = format!("the answer is larger than {limit} bytes");
    if context.writes {
        // It was most probably done; reading the resource will tell.
        context.transient(&what, true)
    } else {
        context.unusable(
            &what,
            "lower page_size, or look at what the target sends there",
        )
    }
}

fn sort_tls(error: &rustls::Error, context: &Context<'_>) -> TargetError {
    use rustls::Error as Tls;
    let place = context.place();
    match error {
        Tls::InvalidCertificate(certificate) => {
            let (what, hint) = certificate_words(certificate);
            context.unusable(&format!("the certificate of {place} {what}"), hint)
        }
        // What came back is not a TLS record.
        Tls::InvalidMessage(_) => context.unusable(
            &format!("{place} does not speak TLS"),
            "begin base_url with http:// if the target is on this machine, or name the port that speaks TLS",
        ),
        Tls::AlertReceived(_) | Tls::PeerIncompatible(_) | Tls::NoApplicationProtocol => context.unusable(
            &format!("{place} refuses the TLS handshake ({})", words::clean(&error.to_string(), "")),
            "the server must speak TLS 1.2 or later, and know the host name in base_url",
        ),
        _ => context.unusable(
            &format!("TLS with {place} fails ({})", words::clean(&error.to_string(), "")),
            "look at the server's TLS settings",
        ),
    }
}

fn certificate_words(error: &CertificateError) -> (&'static str, &'static str) {
    use CertificateError as Certificate;
    match error {
        Certificate::UnknownIssuer => (
            "is not signed by an authority that this system trusts",
            "serve the whole certificate chain; for an authority of your own, add it to the system's trusted ones \
             or name its file in SSL_CERT_FILE",
        ),
        Certificate::Expired | Certificate::ExpiredContext { .. } => (
            "has expired",
            "renew it at the server, and check the clocks of both machines",
        ),
        Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => {
            ("is not valid yet", "check the clocks of both machines")
        }
        Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => (
            "is for another host name",
            "use a host name in base_url that the certificate holds",
        ),
        Certificate::Revoked => ("has been revoked", "replace it at the server"),
        _ => ("is not valid", "look at the server's certificate"),
    }
}

/// What an end of the connection is called in a message.
fn reason(error: &reqwest::Error) -> String {
    let kind = chain(error)
        .find_map(|link| link.downcast_ref::<io::Error>())
        .map(io::Error::kind);
    match kind {
        Some(ErrorKind::ConnectionRefused) => "connection refused".to_owned(),
        Some(ErrorKind::ConnectionReset) => "connection reset".to_owned(),
        Some(ErrorKind::UnexpectedEof) => "closed by the other side".to_owned(),
        _ => words::clean(&root(error), ""),
    }
}

/// Whether bytes came back that are not HTTP: most often a TLS alert from a port
/// that expects TLS. The library tells it by its text only; a test watches that.
fn speaks_something_else(error: &reqwest::Error) -> bool {
    chain(error).any(|link| link.to_string().starts_with("invalid HTTP"))
}

/// The text of the innermost cause, which never holds the address.
fn root(error: &reqwest::Error) -> String {
    chain(error)
        .last()
        .map(ToString::to_string)
        .unwrap_or_default()
}

/// Finds a cause of the type `E`.
fn cause<E: Error + 'static>(error: &reqwest::Error) -> Option<&E> {
    chain(error).find_map(|link| link.downcast_ref::<E>())
}

/// All causes, from the outermost on.
fn chain(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(error.source(), |link| below(*link))
}

/// The next cause; also that which an `io::Error` wraps without calling it its source.
fn below<'a>(link: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match link
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
    {
        Some(wrapped) => Some(wrapped),
        None => link.source(),
    }
}
