//! The in-memory SCIM server over real HTTP: what a client sees of it.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "the helpers of these tests may stop at the first surprise, as the tests do"
)]

use std::net::Ipv4Addr;

use purser_host::server::demo::{self as server, BASE_PATH, COUNTS_PATH, Manners};
use reqwest::{Client, Method, StatusCode};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::net::TcpListener;

const TOKEN: &str = "a token for this test";
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

struct Server {
    root: String,
    client: Client,
}

impl Server {
    async fn start() -> Self {
        let _already = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let root = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(server::serve(
            listener,
            SecretString::from(TOKEN),
            Manners::default(),
        ));
        Self {
            root,
            client: Client::builder().build().unwrap(),
        }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.root))
            .bearer_auth(TOKEN);
        if let Some(body) = body {
            request = request
                .header("content-type", "application/scim+json")
                .body(body.to_string());
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        (status, response.json().await.unwrap_or_default())
    }

    async fn get(&self, path: &str) -> (StatusCode, Value) {
        self.ask(Method::GET, &format!("{BASE_PATH}{path}"), None)
            .await
    }

    async fn create(&self, endpoint: &str, body: Value) -> String {
        let path = format!("{BASE_PATH}/{endpoint}");
        let (status, created) = self.ask(Method::POST, &path, Some(body)).await;
        assert_eq!(status, StatusCode::CREATED, "{created}");
        created["id"].as_str().unwrap().to_owned()
    }
}

fn user(name: &str) -> Value {
    json!({ "schemas": [USER], "userName": name, "emails": [{ "value": format!("{name}@example.com") }] })
}

#[tokio::test]
async fn nothing_is_told_without_the_token() {
    let server = Server::start().await;
    for path in [
        format!("{BASE_PATH}/Users"),
        COUNTS_PATH.to_owned(),
        "/".to_owned(),
    ] {
        let url = format!("{}{path}", server.root);
        let response = server
            .client
            .get(url)
            .bearer_auth("another")
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(response.headers()["www-authenticate"], "Bearer");
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["status"], "401");
    }
}

#[tokio::test]
async fn a_user_from_creation_to_deletion() {
    let server = Server::start().await;
    let id = server.create("Users", user("babs")).await;
    let one = format!("{BASE_PATH}/Users/{id}");

    let (status, error) = server
        .ask(
            Method::POST,
            &format!("{BASE_PATH}/Users"),
            Some(user("BABS")),
        )
        .await;
    assert_eq!(
        (status, &error["scimType"]),
        (StatusCode::CONFLICT, &json!("uniqueness"))
    );

    let patch = json!({ "schemas": [PATCH], "Operations": [
        { "op": "replace", "path": "active", "value": false },
        { "op": "add", "value": { "displayName": "Babs" } },
    ]});
    let (status, patched) = server.ask(Method::PATCH, &one, Some(patch)).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        (&patched["active"], &patched["displayName"]),
        (&json!(false), &json!("Babs"))
    );

    let (status, replaced) = server.ask(Method::PUT, &one, Some(user("barbara"))).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        (&replaced["id"], &replaced["displayName"]),
        (&json!(id), &Value::Null)
    );

    assert_eq!(
        server.ask(Method::DELETE, &one, None).await.0,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        server.get(&format!("/Users/{id}")).await.0,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_deleted_user_leaves_its_groups() {
    let server = Server::start().await;
    let id = server.create("Users", user("babs")).await;
    let group = json!({ "schemas": [GROUP], "displayName": "crew", "members": [{ "value": id }] });
    let group = server.create("Groups", group).await;
    server
        .ask(Method::DELETE, &format!("{BASE_PATH}/Users/{id}"), None)
        .await;
    let (_, group) = server.get(&format!("/Groups/{group}")).await;
    assert_eq!(group.get("members"), None);
}

#[tokio::test]
async fn lists_are_filtered_paged_and_trimmed() {
    let server = Server::start().await;
    for name in ["a", "b", "c"] {
        server.create("Users", user(name)).await;
    }
    let (_, page) = server
        .get("/Users?startIndex=2&count=1&excludedAttributes=emails,meta")
        .await;
    assert_eq!(
        (&page["totalResults"], &page["itemsPerPage"]),
        (&json!(3), &json!(1))
    );
    let only = &page["Resources"][0];
    assert_eq!(
        (&only["userName"], only.get("emails"), only.get("meta")),
        (&json!("b"), None, None)
    );

    let (_, found) = server
        .get("/Users?filter=userName%20eq%20%22C%22&attributes=userName")
        .await;
    assert_eq!(found["totalResults"], 1);
    let names: Vec<&String> = found["Resources"][0].as_object().unwrap().keys().collect();
    assert_eq!(names, ["schemas", "userName", "id"]);

    let (status, error) = server.get("/Users?filter=userName%20is%20c").await;
    assert_eq!(
        (status, &error["scimType"]),
        (StatusCode::BAD_REQUEST, &json!("invalidFilter"))
    );
}

#[tokio::test]
async fn it_describes_itself() {
    let server = Server::start().await;
    let (_, config) = server.get("/ServiceProviderConfig").await;
    assert_eq!(config["patch"]["supported"], true);
    let (_, types) = server.get("/ResourceTypes").await;
    assert_eq!(types["totalResults"], 2);
    let (_, schema) = server.get(&format!("/Schemas/{USER}")).await;
    assert_eq!(schema["id"], USER);
}

#[tokio::test]
async fn requests_are_counted_by_endpoint() {
    let server = Server::start().await;
    server.create("Users", user("a")).await;
    server.get("/Users").await;
    server.get("/Users/none").await;
    let (_, counts) = server.ask(Method::GET, COUNTS_PATH, None).await;
    assert_eq!(counts, json!({ "GET /Users": 2, "POST /Users": 1 }));
}
