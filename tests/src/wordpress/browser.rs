//! Somebody who is signed in and uses WordPress's own pages.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use reqwest::{Client, Method, RequestBuilder, Response, header, redirect};
use tokio::runtime::Runtime;

use super::WordPress;

/// A session in a browser.
pub struct Browser {
    client: Client,
    runtime: Runtime,
    base: String,
    cookies: BTreeMap<String, String>,
}

impl WordPress {
    /// The password of [`WordPress::USER`].
    pub const PASSWORD: &str = "admin-password";

    /// Signs in by the form.
    ///
    /// # Errors
    /// WordPress does not let in.
    pub fn browser(&self, login: &str, password: &str) -> Result<Browser> {
        let _already_installed = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .no_proxy()
            .redirect(redirect::Policy::none())
            .build()?;
        let mut browser = Browser {
            client,
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?,
            base: self.base(),
            cookies: BTreeMap::new(),
        };
        browser.cookies.insert(
            "wordpress_test_cookie".to_owned(),
            "WP%20Cookie%20check".to_owned(),
        );
        let form = [("log", login), ("pwd", password), ("testcookie", "1")];
        let (status, _) = browser.post("/wp-login.php", &form)?;
        ensure!(status == 302, "the form answers {status}");
        let signed_in = |name: &String| name.starts_with("wordpress_logged_in");
        ensure!(browser.cookies.keys().any(signed_in), "not signed in");
        Ok(browser)
    }
}

impl Browser {
    /// Looks at a page.
    ///
    /// # Errors
    /// It does not come, or says that something is wrong.
    pub fn page(&mut self, path: &str) -> Result<String> {
        let request = self.request(Method::GET, path);
        let (status, text) = self.sent(request)?;
        ensure!(status == 200, "{path} answers {status}: {text}");
        Ok(text)
    }

    /// Sends a form.
    ///
    /// # Errors
    /// No answer comes.
    pub fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Result<(u16, String)> {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(form);
        let request = self.request(Method::POST, path);
        let request = request
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body.finish());
        self.sent(request)
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let cookies = self.cookies.iter();
        let cookies: Vec<String> = cookies
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        self.client
            .request(method, format!("{}{path}", self.base))
            .header(header::COOKIE, cookies.join("; "))
    }

    fn sent(&mut self, request: RequestBuilder) -> Result<(u16, String)> {
        let answer = self.runtime.block_on(request.send())?;
        self.keep(&answer);
        let status = answer.status().as_u16();
        Ok((status, self.runtime.block_on(answer.text())?))
    }

    fn keep(&mut self, answer: &Response) {
        for cookie in answer.headers().get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap_or_default();
            let pair = cookie.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

/// The value of a hidden field of a page.
///
/// # Errors
/// There is none.
pub fn hidden(page: &str, name: &str) -> Result<String> {
    let field = format!("name=\"{name}\"");
    let (_, behind) = page
        .split_once(&field)
        .with_context(|| format!("the page has no field {name}"))?;
    let (_, value) = behind
        .split_once("value=\"")
        .context("a field without a value")?;
    let (value, _) = value.split_once('"').context("a value without an end")?;
    Ok(value.to_owned())
}
