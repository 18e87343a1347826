//! Connections that fail, and what may have happened before.

use std::{sync::Arc, time::Duration};

use insta::assert_snapshot;
use purser_engine::{
    change::Action,
    ids::{ResourceType, TargetId},
};
use purser_host::target::{
    Target, TargetError,
    http::{Call, Credentials, DEFAULT_MAX_BODY, Http, HttpSettings},
    scim::ScimTarget,
};
use purser_scim::Resource;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::{TlsAcceptor, rustls};
use wiremock::ResponseTemplate;

use crate::support::{TOKEN, on, scim, server, settings, shown, target, write_user};

fn delete() -> Action {
    Action::Delete {
        target_id: TargetId::new("7"),
    }
}

async fn read(target: &ScimTarget) -> String {
    shown(
        &target
            .read(&ResourceType::user(), &TargetId::new("7"))
            .await
            .unwrap_err(),
    )
}

/// Answers discovery with an empty object, then each other request with `bytes`, and hangs up.
async fn raw(bytes: &'static [u8]) -> ScimTarget {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/v2", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let length = socket.read(&mut request).await.unwrap_or(0);
            let text = String::from_utf8_lossy(&request[..length]).into_owned();
            let discovers = ["ServiceProviderConfig", "ResourceTypes", "Schemas"]
                .iter()
                .any(|name| text.contains(name));
            let answer: &[u8] = if discovers {
                b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            } else {
                bytes
            };
            let _hung_up = socket.write_all(answer).await;
        }
    });
    target(&base)
}

#[tokio::test]
async fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/v2", listener.local_addr().unwrap());
    drop(listener);
    let target = target(&base);
    assert_snapshot!(read(&target).await, @r#"
    transient
    GET /v2/ServiceProviderConfig: no connection to 127.0.0.1:PORT (connection refused)
    "#);
    let error = write_user(&target, delete()).await.unwrap_err();
    assert!(
        matches!(
            error,
            TargetError::Transient {
                may_be_done: false,
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn no_such_host() {
    assert_snapshot!(read(&target("https://no-such-host.invalid/v2")).await, @r#"
    transient
    GET /v2/ServiceProviderConfig: the host no-such-host.invalid is not found
    "#);
}

#[tokio::test]
async fn no_answer_in_time() {
    let (server, _) = server().await;
    let mut settings = settings(&format!("{}/v2", server.uri()));
    settings.timeout = Duration::from_millis(300);
    let target = ScimTarget::new(settings).unwrap();
    let slow = || ResponseTemplate::new(204).set_delay(Duration::from_secs(3));
    on(&server, "GET", "/Users/7", slow()).await;
    on(&server, "DELETE", "/Users/7", slow()).await;
    assert_snapshot!(read(&target).await, @r#"
    transient
    GET /v2/Users/7: no whole answer from 127.0.0.1:PORT within 300ms
    "#);
    assert_snapshot!(shown(&write_user(&target, delete()).await.unwrap_err()), @r#"
    transient, may be done
    DELETE /v2/Users/7: no whole answer from 127.0.0.1:PORT within 300ms
    "#);
}

#[tokio::test]
async fn the_connection_is_lost() {
    let target = raw(b"").await;
    assert_snapshot!(read(&target).await, @r#"
    transient
    GET /v2/Users/7: the connection to 127.0.0.1:PORT was lost (connection closed before message completed)
    "#);
    assert_snapshot!(shown(&write_user(&target, delete()).await.unwrap_err()), @r#"
    transient, may be done
    DELETE /v2/Users/7: the connection to 127.0.0.1:PORT was lost (connection closed before message completed)
    "#);
}

#[tokio::test]
async fn the_answer_is_cut_off() {
    let target = raw(b"HTTP/1.1 201 Created\r\ncontent-type: application/scim+json\r\ncontent-length: 99\r\n\r\n{\"id\"").await;
    let create = Action::Create {
        resource: Resource::from_value(json!({ "userName": "x" }))
            .unwrap()
            .into(),
    };
    assert_snapshot!(shown(&write_user(&target, create).await.unwrap_err()), @r#"
    transient, may be done
    POST /v2/Users: the connection to 127.0.0.1:PORT was lost (closed by the other side)
    "#);
    assert_snapshot!(read(&target).await, @r#"
    transient
    GET /v2/Users/7: the connection to 127.0.0.1:PORT was lost (closed by the other side)
    "#);
}

#[tokio::test]
async fn http_to_a_port_that_speaks_tls() {
    // A fatal alert, as a TLS server sends it on a request in the clear.
    assert_snapshot!(read(&raw(b"\x15\x03\x03\x00\x02\x02\x16").await).await, @r#"
    unusable
    GET /v2/Users/7: 127.0.0.1:PORT does not answer in HTTP
    hint: if this port speaks TLS, begin base_url with https://
    "#);
}

#[tokio::test]
async fn tls_to_a_port_that_speaks_http() {
    let (server, _) = server().await;
    assert_snapshot!(read(&target(&format!("https://{}/v2", server.address()))).await, @r#"
    unusable
    GET /v2/ServiceProviderConfig: 127.0.0.1:PORT does not speak TLS
    hint: begin base_url with http:// if the target is on this machine, or name the port that speaks TLS
    "#);
}

#[tokio::test]
async fn an_answer_beyond_the_limit() {
    let (server, _) = server().await;
    on(
        &server,
        "GET",
        "/Users",
        scim(200, &json!({ "id": "x".repeat(2000) })),
    )
    .await;
    on(
        &server,
        "POST",
        "/Users",
        scim(201, &json!({ "id": "x".repeat(2000) })),
    )
    .await;
    let http = client(&server.uri(), 1000, None);
    let url: url::Url = format!("{}/v2/Users", server.uri()).parse().unwrap();
    assert_snapshot!(shown(&http.send(Call::get(url.clone())).await.err().unwrap()), @r#"
    unusable
    GET /v2/Users: the answer is larger than 1000 bytes
    hint: lower page_size, or look at what the target sends there
    "#);
    let post = Call {
        method: purser_host::target::http::Method::POST,
        url,
        body: Some("{}".to_owned()),
    };
    assert_snapshot!(shown(&http.send(post).await.err().unwrap()), @r#"
    transient, may be done
    POST /v2/Users: the answer is larger than 1000 bytes
    "#);
}

/// A client that trusts the authority `root` as well.
fn client(base: &str, max_body: usize, root: Option<&CertifiedIssuer<'_, KeyPair>>) -> Http {
    let root = root.map(|root| reqwest::Certificate::from_der(root.der()).unwrap());
    Http::new(HttpSettings {
        base_url: base.parse().unwrap(),
        credentials: Credentials::Bearer(TOKEN.into()),
        plain_json: false,
        timeout: Duration::from_secs(5),
        max_body,
        extra_roots: root.into_iter().collect(),
    })
    .unwrap()
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new([]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A TLS server that answers 204 with a certificate for `name`, and what a client says that trusts its authority.
async fn over_tls(
    name: &str,
    trusted: bool,
    change: impl FnOnce(&mut CertificateParams),
) -> String {
    let authority = authority();
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &authority).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            key.serialize_der().try_into().unwrap(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!(
        "https://localhost:{}/v2",
        listener.local_addr().unwrap().port()
    );
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            if let Ok(mut stream) = acceptor.accept(socket).await {
                let mut request = [0; 4096];
                let _length = stream.read(&mut request).await;
                let _written = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await;
            }
        }
    });
    let http = client(&base, DEFAULT_MAX_BODY, trusted.then_some(&authority));
    let url = http.base().join("Users").unwrap();
    match http.send(Call::get(url)).await {
        Ok(answer) => answer.status().to_string(),
        Err(error) => shown(&error),
    }
}

#[tokio::test]
async fn certificates() {
    assert_eq!(over_tls("localhost", true, |_| {}).await, "204");
    assert_snapshot!(over_tls("localhost", false, |_| {}).await, @r#"
    unusable
    GET /v2/Users: the certificate of localhost:PORT is not signed by an authority that this system trusts
    hint: serve the whole certificate chain; for an authority of your own, add it to the system's trusted ones or name its file in SSL_CERT_FILE
    "#);
    assert_snapshot!(over_tls("other.example.org", true, |_| {}).await, @r#"
    unusable
    GET /v2/Users: the certificate of localhost:PORT is for another host name
    hint: use a host name in base_url that the certificate holds
    "#);
    let expired = over_tls("localhost", true, |params| {
        params.not_before = rcgen::date_time_ymd(2019, 1, 1);
        params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    });
    assert_snapshot!(expired.await, @r#"
    unusable
    GET /v2/Users: the certificate of localhost:PORT has expired
    hint: renew it at the server, and check the clocks of both machines
    "#);
    let early = over_tls("localhost", true, |params| {
        params.not_before = rcgen::date_time_ymd(2090, 1, 1);
        params.not_after = rcgen::date_time_ymd(2091, 1, 1);
    });
    assert_snapshot!(early.await, @r#"
    unusable
    GET /v2/Users: the certificate of localhost:PORT is not valid yet
    hint: check the clocks of both machines
    "#);
}

#[test]
fn settings_that_cannot_work() {
    let refused = |base: &str, token: &str| {
        let mut settings = settings(base);
        settings.token = token.into();
        ScimTarget::new(settings).unwrap_err().to_string()
    };
    assert_snapshot!(refused("ftp://example.org", "t"), @"base_url begins with `ftp:`, not with https: or http:");
    assert_snapshot!(refused("https://me:secret@example.org", "t"), @"base_url holds a user name or password; the token belongs into `token`");
    assert_snapshot!(refused("https://example.org/scim?x=1", "t"), @"base_url holds a query or a fragment");
    assert_snapshot!(refused("https://example.org/scim", "line\nbreak"), @"the token is empty or holds characters that a header cannot carry");
    assert_snapshot!(refused("https://example.org/scim", " "), @"the token is empty or holds characters that a header cannot carry");
}

#[test]
fn nothing_shows_the_token() {
    let settings = settings("https://example.org/scim/v2");
    assert!(!format!("{settings:?}").contains(TOKEN));
    assert_snapshot!(format!("{:?}", ScimTarget::new(settings).unwrap()), @r#"ScimTarget { name: TargetName("wiki"), http: Http { base: "https://example.org/scim/v2/", .. }, .. }"#);
}
