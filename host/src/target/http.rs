//! HTTP to targets: the only place that builds a client, and the only one that
//! says what an answer means.
//!
//! A request ends in one of three ways. It fails on the way ([`failure`] sorts
//! that), it brings an [`Answer`] that means something in itself (401, 429, a login page …;
//! [`Answer::accept`] sorts that), or it brings what was asked for. Callers see
//! classes ([`TargetError`]), never a library's error.
//!
//! What this room holds to:
//!
//! - **Credentials stay at their origin.** Redirects are reported, not followed:
//!   a followed one would carry the token, or turn a POST into a GET.
//! - **Nothing secret in a text.** Messages carry method, path without query,
//!   status and the target's own words, cut, cleaned and without the token.
//! - **Doubt is said.** `may_be_done` is set whenever a write may have been
//!   carried out although no usable answer came.
//! - **No surprises from the environment.** Proxies named in environment
//!   variables are not used.
//!
//! # Adding a class of answer
//!
//! A new arm in `answer.rs`, with a hint that names a remedy, and a case in the
//! tests that shows both.

mod answer;
mod failure;
mod retry_after;
mod words;

use std::{
    fmt,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_STANDARD as STANDARD};
use reqwest::{
    Certificate, Client, Response,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, RETRY_AFTER},
    redirect,
};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

pub use answer::{Answer, Reply, Success};
pub use reqwest::Method;
pub use retry_after::{LONGEST_WAIT, parse as parse_retry_after};

use crate::{clock, target::TargetError};

/// How much of an answer is read, in bytes, unless configured otherwise.
pub const DEFAULT_MAX_BODY: usize = 32 * 1024 * 1024;

/// The longest wait for a connection; the rest of the time-out is for the answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Web servers close idle connections after five seconds (Apache) or later. A
/// write on a connection that just closed is a write in doubt: be first.
const IDLE_TIMEOUT: Duration = Duration::from_secs(4);

/// WordPress's count of what a listing would have on all its pages.
const TOTAL: HeaderName = HeaderName::from_static("x-wp-total");

/// RFC 7644 §3.1.
const SCIM_JSON: &str = "application/scim+json";
/// RFC 7644 §3.8: some servers know only this.
const PLAIN_JSON: &str = "application/json";
/// Both.
const ACCEPTED: &str = "application/scim+json, application/json";

/// How to reach a target.
#[derive(Clone)]
pub struct HttpSettings {
    /// Where the target's endpoints begin, with or without a trailing slash.
    pub base_url: Url,
    /// By what the target knows us.
    pub credentials: Credentials,
    /// Send `application/json` at once, to what is no SCIM server.
    pub plain_json: bool,
    /// For one whole request, the answer's body included.
    pub timeout: Duration,
    /// How many bytes of an answer are read; see [`DEFAULT_MAX_BODY`].
    pub max_body: usize,
    /// Certificate authorities to trust beside those of the system.
    pub extra_roots: Vec<Certificate>,
}

/// By what a target knows us.
#[derive(Clone)]
pub enum Credentials {
    /// A bearer token (RFC 6750).
    Bearer(SecretString),
    /// A user and a password (RFC 7617), such as an application password of WordPress.
    Basic {
        /// The user.
        user: String,
        /// The password.
        password: SecretString,
    },
}

impl Credentials {
    fn secret(&self) -> &SecretString {
        match self {
            Self::Bearer(secret) => secret,
            Self::Basic { password, .. } => password,
        }
    }

    /// The `Authorization` header, marked so that no library logs it.
    fn header(&self) -> Result<HeaderValue, HttpSetupError> {
        let secret = self.secret().expose_secret();
        if secret.trim().is_empty() {
            return Err(HttpSetupError::Token);
        }
        let text = match self {
            Self::Bearer(_) => format!("Bearer {secret}"),
            // RFC 7617 §2: a colon would end the user's name.
            Self::Basic { user, .. } if user.is_empty() || user.contains(':') => {
                return Err(HttpSetupError::User);
            }
            Self::Basic { user, .. } => {
                format!("Basic {}", STANDARD.encode(format!("{user}:{secret}")))
            }
        };
        let mut value = HeaderValue::try_from(text).map_err(|_invalid| HttpSetupError::Token)?;
        value.set_sensitive(true);
        Ok(value)
    }
}

/// Why no client can be made from the settings.
#[derive(Debug, thiserror::Error)]
pub enum HttpSetupError {
    /// Only `http` and `https` are spoken.
    #[error("base_url begins with `{0}:`, not with https: or http:")]
    Scheme(String),
    /// User and password in the address would end up in logs.
    #[error("base_url holds a user name or password; the token belongs into `token`")]
    Credentials,
    /// Endpoints are appended to the path, so nothing may stand behind it.
    #[error("base_url holds a query or a fragment")]
    Query,
    /// A line break at the end of the token's file, most often.
    #[error("the token is empty or holds characters that a header cannot carry")]
    Token,
    /// It cannot stand before a password.
    #[error("the user is empty or holds a colon")]
    User,
    /// The TLS library refuses, for example as the system has no certificate authorities.
    #[error("the HTTP client cannot be set up")]
    Client(#[source] reqwest::Error),
}

/// One request.
#[derive(Clone, Debug)]
pub struct Call {
    /// The method; all but GET count as writing.
    pub method: Method,
    /// The whole address, query included.
    pub url: Url,
    /// The JSON document to send, as text.
    pub body: Option<String>,
}

impl Call {
    /// Reads `url`.
    pub fn get(url: Url) -> Self {
        Self {
            method: Method::GET,
            url,
            body: None,
        }
    }

    /// For messages: the method and the path, without the query, in which
    /// filters carry personal data.
    fn title(&self) -> String {
        format!("{} {}", self.method, self.url.path())
    }

    /// Whether it may change something at the target (RFC 9110 §9.2.1).
    fn writes(&self) -> bool {
        !self.method.is_safe()
    }
}

/// A client for one target.
pub struct Http {
    client: Client,
    base: Url,
    credentials: Credentials,
    timeout: Duration,
    max_body: usize,
    /// The target has refused `application/scim+json` once.
    plain_json: AtomicBool,
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http")
            .field("base", &self.base.as_str())
            .finish_non_exhaustive()
    }
}

impl Http {
    /// Makes a client. Nothing is sent.
    ///
    /// # Errors
    /// See [`HttpSetupError`].
    pub fn new(settings: HttpSettings) -> Result<Self, HttpSetupError> {
        let base = checked_base(settings.base_url)?;
        settings.credentials.header()?;
        // The first to come installs it; another part of the process may have been first.
        let _already_installed = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .user_agent(concat!("purser/", env!("CARGO_PKG_VERSION")))
            .timeout(settings.timeout)
            .connect_timeout(CONNECT_TIMEOUT.min(settings.timeout))
            .pool_idle_timeout(IDLE_TIMEOUT)
            .redirect(redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .tls_certs_merge(settings.extra_roots)
            .build()
            .map_err(HttpSetupError::Client)?;
        Ok(Self {
            client,
            base,
            credentials: settings.credentials,
            timeout: settings.timeout,
            max_body: settings.max_body,
            plain_json: AtomicBool::new(settings.plain_json),
        })
    }

    /// Where the target's endpoints begin; the path ends with a slash.
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// Sends one request and reads the answer, whatever its status.
    ///
    /// # Errors
    /// Where no whole answer came.
    pub async fn send(&self, call: Call) -> Result<Answer, TargetError> {
        let plain = self.plain_json.load(Ordering::Relaxed);
        let answer = self.exchange(&call, plain).await?;
        // 415: refused before it was looked at, so sending it again is safe.
        if answer.status() != 415 || plain || call.body.is_none() {
            return Ok(answer);
        }
        let second = self.exchange(&call, true).await?;
        if second.status() != 415 {
            self.plain_json.store(true, Ordering::Relaxed);
        }
        Ok(second)
    }

    async fn exchange(&self, call: &Call, plain: bool) -> Result<Answer, TargetError> {
        let context = failure::Context {
            title: call.title(),
            url: &call.url,
            timeout: self.timeout,
            writes: call.writes(),
        };
        let authorization = self
            .credentials
            .header()
            .map_err(|error| TargetError::Unusable {
                message: error.to_string(),
                hint: "set the target's token anew".to_owned(),
            })?;
        let mut request = self
            .client
            .request(call.method.clone(), call.url.clone())
            .header(ACCEPT, HeaderValue::from_static(ACCEPTED))
            .header(AUTHORIZATION, authorization);
        if let Some(body) = &call.body {
            request = request
                .header(
                    CONTENT_TYPE,
                    HeaderValue::from_static(if plain { PLAIN_JSON } else { SCIM_JSON }),
                )
                .body(body.clone());
        }
        let response = request
            .send()
            .await
            .map_err(|error| failure::sort(&error, &context))?;
        let answer = self.read(response, call, &context).await?;
        tracing::debug!(method = %call.method, path = call.url.path(), status = answer.status(), "target answered");
        Ok(answer)
    }

    async fn read(
        &self,
        mut response: Response,
        call: &Call,
        context: &failure::Context<'_>,
    ) -> Result<Answer, TargetError> {
        let header = |name| {
            response
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let mut head = answer::Head {
            title: context.title.clone(),
            writes: context.writes,
            status: response.status().as_u16(),
            html: header(CONTENT_TYPE)
                .is_some_and(|kind| kind.to_ascii_lowercase().contains("html")),
            location: header(LOCATION).and_then(|target| call.url.join(target).ok()),
            retry_after: header(RETRY_AFTER)
                .and_then(|text| retry_after::parse(text, clock::now())),
            total: header(TOTAL).and_then(|text| text.parse().ok()),
            below_base: call
                .url
                .path()
                .strip_prefix(self.base.path())
                .unwrap_or_default()
                .to_owned(),
        };
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| failure::sort(&error, context))?
        {
            if body.len().saturating_add(chunk.len()) > self.max_body {
                return Err(failure::too_large(self.max_body, context));
            }
            body.extend_from_slice(&chunk);
        }
        // PHP calls an answer without a body a page, unless somebody has told it otherwise.
        head.html &= !body.is_empty();
        head.html |= words::looks_like_markup(&body);
        let secret = self.credentials.secret().expose_secret();
        Ok(Answer::new(head, body, secret))
    }
}

fn checked_base(mut url: Url) -> Result<Url, HttpSetupError> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(HttpSetupError::Scheme(url.scheme().to_owned()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(HttpSetupError::Credentials);
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(HttpSetupError::Query);
    }
    let path = format!("{}/", url.path().trim_end_matches('/'));
    url.set_path(&path);
    Ok(url)
}
