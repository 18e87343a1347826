//! WordPress's REST API: its addresses, and what its errors mean.
//!
//! WordPress gives each error a `code`. Some of them come with a status that says
//! something else than the code does: a name that is taken is a 500.
//!
//! Where the site waits for us, it carries the request itself ([`crate::site`]): the same
//! route, the same parameters, the same answer.

use std::{sync::Arc, time::Duration};

use secrecy::SecretString;
use serde_json::Value;
use tokio::sync::OnceCell;
use url::Url;

use crate::{
    site::{Ask, Lost, Site, Told, Way},
    target::{
        TargetError,
        http::{
            Answer, Call, Credentials, DEFAULT_MAX_BODY, Http, HttpSettings, HttpSetupError,
            Method, Reply, Success,
        },
    },
};

/// Resources on a page, the most that WordPress gives.
pub(super) const PAGE: u64 = 100;

/// What an object's account at WordPress has that another one has already.
const TAKEN: [&str; 4] = [
    "existing_user_login",
    "existing_user_email",
    // The same where several sites share their users.
    "user_name",
    "user_email",
];

/// One account is out of our reach, and the next one may not be.
const OUT_OF_REACH: [&str; 4] = [
    "rest_cannot_edit",
    "rest_cannot_edit_roles",
    "rest_user_cannot_delete",
    "rest_user_invalid_role",
];

/// The API of one site.
pub(crate) struct Rest {
    http: Http,
    root: OnceCell<Root>,
    user: String,
    timeout: Duration,
    /// The same site, where it may carry requests.
    site: Option<Arc<Site>>,
}

/// Where routes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Root {
    /// Below `wp-json/`.
    Path,
    /// In the parameter `rest_route`: a site without pretty permalinks.
    Query,
}

impl Rest {
    /// Makes a client for the site at `base_url`, known there by a user and an application
    /// password. Nothing is sent.
    pub(crate) fn new(
        base_url: Url,
        user: String,
        password: SecretString,
        timeout: Duration,
    ) -> Result<Self, HttpSetupError> {
        let http = Http::new(HttpSettings {
            base_url,
            credentials: Credentials::Basic {
                user: user.clone(),
                password,
            },
            plain_json: true,
            timeout,
            max_body: DEFAULT_MAX_BODY,
            extra_roots: Vec::new(),
        })?;
        Ok(Self {
            http,
            root: OnceCell::new(),
            user,
            timeout,
            site: None,
        })
    }

    /// The same for a site that may carry requests.
    pub(crate) fn carried_by(mut self, site: Option<Arc<Site>>) -> Self {
        self.site = site;
        self
    }

    /// The site's address.
    pub(super) fn site(&self) -> &Url {
        self.http.base()
    }

    /// Asks for a route (`/wp/v2/users`); none if there is nothing behind it.
    pub(crate) async fn get(
        &self,
        route: &str,
        parameters: &[(&str, String)],
    ) -> Result<Option<Success>, TargetError> {
        self.call(Method::GET, route, parameters, None).await
    }

    /// Asks for a route that has to be there.
    pub(crate) async fn there(
        &self,
        route: &str,
        parameters: &[(&str, String)],
    ) -> Result<Success, TargetError> {
        let found = self.get(route, parameters).await?;
        found.ok_or_else(|| TargetError::Unusable {
            message: format!("the site has no {route}"),
            hint: "a plugin of the site has switched its REST API for users off".to_owned(),
        })
    }

    /// Sends a request; none if there is nothing behind the route.
    pub(super) async fn call(
        &self,
        method: Method,
        route: &str,
        parameters: &[(&str, String)],
        body: Option<&Value>,
    ) -> Result<Option<Success>, TargetError> {
        // Nobody else asks the site meanwhile.
        let _under_way = match &self.site {
            None => None,
            Some(site) => {
                let ask = self.ask(&method, route, parameters, body);
                match site.ask(ask, self.timeout).await {
                    Way::Direct(call) => Some(call),
                    Way::Carried(told) => return sorted(carried(&method, route, told)?),
                }
            }
        };
        let root = *self.root.get_or_try_init(|| self.find_root()).await?;
        let call = Call {
            method,
            url: self.url(root, route, parameters),
            body: body.map(Value::to_string),
        };
        sorted(self.http.send(call).await?)
    }

    fn ask(
        &self,
        method: &Method,
        route: &str,
        parameters: &[(&str, String)],
        body: Option<&Value>,
    ) -> Ask {
        let parameters = parameters.iter();
        Ask {
            user: self.user.clone(),
            method: method.to_string(),
            route: route.to_owned(),
            parameters: parameters
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect(),
            body: body.cloned(),
        }
    }

    fn url(&self, root: Root, route: &str, parameters: &[(&str, String)]) -> Url {
        let mut url = self.http.base().clone();
        if root == Root::Path {
            url.set_path(&format!("{}wp-json{route}", url.path()));
        }
        {
            let mut query = url.query_pairs_mut();
            if root == Root::Query {
                query.append_pair("rest_route", route);
            }
            for (name, value) in parameters {
                query.append_pair(name, value);
            }
        }
        if url.query() == Some("") {
            url.set_query(None);
        }
        url
    }

    /// By the index of the API, which needs no credentials.
    async fn find_root(&self) -> Result<Root, TargetError> {
        let mut told = None;
        for root in [Root::Path, Root::Query] {
            let answer = self.http.send(Call::get(self.url(root, "/", &[]))).await?;
            let message = answer.message();
            let found = match answer.accept() {
                Ok(Reply::Success(success)) => success.value().as_ref().is_some_and(is_index),
                Ok(Reply::Gone(_)) | Err(TargetError::Unusable { .. }) => false,
                Err(error) => return Err(error),
            };
            if found {
                return Ok(root);
            }
            told.get_or_insert(message);
        }
        Err(TargetError::Unusable {
            message: format!(
                "no WordPress answers there: {}",
                told.unwrap_or_default()
            ),
            hint: "set base_url to the site's address, as in WordPress under Settings, General; if it is right, \
                   something in front of the site blocks its REST API"
                .to_owned(),
        })
    }
}

fn is_index(document: &Value) -> bool {
    let spaces = document.get("namespaces").and_then(Value::as_array);
    spaces.is_some_and(|spaces| spaces.iter().any(|space| space == "wp/v2"))
}

/// The answer that the site has told.
fn carried(method: &Method, route: &str, told: Result<Told, Lost>) -> Result<Answer, TargetError> {
    told.map(|told| Answer::carried(method, route, &told))
        .map_err(|lost| TargetError::Transient {
            message: format!(
                "{method} {route} was left to the site, which has not told what came of it"
            ),
            retry_after: None,
            may_be_done: lost == Lost::Unknown && !method.is_safe(),
        })
}

/// What follows from an answer.
fn sorted(answer: Answer) -> Result<Option<Success>, TargetError> {
    let (status, message) = (answer.status(), answer.message());
    let code = answer.code().unwrap_or_default().to_owned();
    let rejected = |message| TargetError::Rejected {
        status,
        scim_type: None,
        message,
    };
    if status >= 400 && !code.is_empty() {
        if TAKEN.contains(&code.as_str()) {
            return Err(TargetError::Conflict { message });
        }
        // `wp_insert_user` says with a 500 what it does not take.
        let about_the_user = ["user_", "empty_user", "invalid_user"]
            .iter()
            .any(|word| code.starts_with(word));
        if OUT_OF_REACH.contains(&code.as_str()) || status == 500 && about_the_user {
            return Err(rejected(message));
        }
        if status == 404 && code != "rest_user_invalid_id" {
            return Err(TargetError::Unusable {
                message,
                hint: "the site has switched its REST API for users off, or a plugin has"
                    .to_owned(),
            });
        }
    }
    match answer.accept() {
        Ok(Reply::Success(success)) => Ok(Some(success)),
        Ok(Reply::Gone(_)) => Ok(None),
        Err(TargetError::Unusable { message, .. }) if status == 401 => Err(unknown(message)),
        Err(TargetError::Unusable { message, .. }) if status == 403 => {
            Err(TargetError::Unusable {
                message,
                hint: "the user of the application password may not do this: it has to be an administrator, or have \
                       list_users, create_users, edit_users, promote_users and delete_users"
                    .to_owned(),
            })
        }
        Err(error) => Err(error),
    }
}

fn unknown(message: String) -> TargetError {
    TargetError::Unusable {
        message,
        hint: "`user` is the login and `password` an application password of that user (Users, Profile, Application \
               Passwords; needs https, or WP_ENVIRONMENT_TYPE local). If both are right, the web server strips the \
               Authorization header before WordPress sees it (Apache with PHP: `CGIPassAuth On`)"
            .to_owned(),
    }
}
