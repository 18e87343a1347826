//! The `scim` target: a client for any SCIM 2.0 service provider (RFC 7644).
//!
//! | file | what it does |
//! |---|---|
//! | `address.rs` | endpoints, resources and queries as addresses |
//! | `offer.rs` | discovery, and what is assumed where it is missing |
//! | `write.rs` | create, modify, delete |
//! | `members.rs` | memberships, in requests of a size that servers take |
//! | `probe.rs` | the credentials test |
//!
//! What a status means is decided once, in [`super::http`]; here is only what
//! each question makes of it: a 404 is a missing endpoint for a listing, an
//! answer for a read, and success for a delete.
//!
//! # Adding a vendor's quirk
//!
//! Not as an `if vendor ==`: as a setting in [`ScimSettings`], which a profile
//! of that vendor can then set.

mod address;
mod members;
mod offer;
mod probe;
mod write;

use std::{collections::BTreeMap, fmt, time::Duration};

use async_trait::async_trait;
use purser_engine::{
    change::{Action, Step},
    ids::{ResourceType, TargetId, TargetName},
    imprint::{Imprint, Known},
};
use purser_scim::{
    Resource,
    filter::Filter,
    message::{ListResponse, RawListResponse},
};
use secrecy::SecretString;
use tokio::sync::OnceCell;
use url::Url;

use super::{
    Answer, Came, Discovery, Finding, OfferedType, Page, PageToken, Target, TargetError,
    http::{
        Call, Credentials, DEFAULT_MAX_BODY, Http, HttpSettings, HttpSetupError, Reply, Success,
    },
};

/// How many resources are asked for on one page unless configured otherwise.
pub const DEFAULT_PAGE_SIZE: u32 = 100;

/// How many members one request adds and removes unless configured otherwise;
/// the limit of the strictest vendors.
pub const DEFAULT_MAX_MEMBER_CHANGES: usize = 100;

/// How to speak to one SCIM service provider.
#[derive(Clone, Debug)]
pub struct ScimSettings {
    /// The configured name.
    pub name: TargetName,
    /// Where the endpoints begin (`…/scim/v2`), with or without a trailing slash.
    pub base_url: Url,
    /// The bearer token (RFC 6750).
    pub token: SecretString,
    /// For one whole request; shorter than a job's lease.
    pub timeout: Duration,
    /// Resources asked for on one page (RFC 7644 §3.4.2.4 `count`); at least 1. The target may send fewer.
    pub page_size: u32,
    /// Members added and removed by one request, at most; at least 1.
    pub max_member_changes: usize,
    /// Attributes that the target keeps unique, by resource type; of a type that
    /// is not here its schemas are believed (RFC 7643 §2.2 `uniqueness`).
    pub unique: BTreeMap<ResourceType, Vec<String>>,
}

/// A SCIM service provider as a target.
pub struct ScimTarget {
    name: TargetName,
    http: Http,
    page_size: u32,
    max_member_changes: usize,
    unique: offer::Unique,
    /// Read once in the life of this value, so once in a run.
    offer: OnceCell<Offer>,
}

/// What the target offers, and where.
struct Offer {
    discovery: Discovery,
    /// By type; none where it is not below the base address.
    endpoints: BTreeMap<ResourceType, Option<Url>>,
}

impl fmt::Debug for ScimTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScimTarget")
            .field("name", &self.name)
            .field("http", &self.http)
            .finish_non_exhaustive()
    }
}

impl ScimTarget {
    /// Makes a client. Nothing is sent.
    ///
    /// # Errors
    /// See [`HttpSetupError`].
    pub fn new(settings: ScimSettings) -> Result<Self, HttpSetupError> {
        let http = Http::new(HttpSettings {
            base_url: settings.base_url,
            credentials: Credentials::Bearer(settings.token),
            plain_json: false,
            timeout: settings.timeout,
            max_body: DEFAULT_MAX_BODY,
            extra_roots: Vec::new(),
        })?;
        Ok(Self {
            name: settings.name,
            http,
            page_size: settings.page_size.max(1),
            max_member_changes: settings.max_member_changes.max(1),
            unique: settings.unique,
            offer: OnceCell::new(),
        })
    }

    /// The configured name.
    pub fn name(&self) -> &TargetName {
        &self.name
    }

    async fn offer(&self) -> Result<&Offer, TargetError> {
        self.offer
            .get_or_try_init(|| async {
                let discovery = offer::discover(&self.http, &self.unique).await?;
                // Of two that have one name the first counts.
                let types = discovery.resource_types.iter().rev();
                let endpoints = types.map(|offered| {
                    let endpoint = &offered.schema.resource_type().endpoint;
                    let url = address::endpoint(self.http.base(), endpoint);
                    (offered.name.clone(), url)
                });
                Ok(Offer {
                    endpoints: endpoints.collect(),
                    discovery,
                })
            })
            .await
    }

    async fn offered(&self, name: &ResourceType) -> Result<&OfferedType, TargetError> {
        let offer = self.offer().await?;
        offer
            .discovery
            .resource_type(name)
            .ok_or_else(|| TargetError::Unusable {
                message: format!("the target offers no resource type {name}"),
                hint: "take the mapping of this type out, or enable the type at the target"
                    .to_owned(),
            })
    }

    /// The address of a type's resources.
    async fn endpoint(&self, name: &ResourceType) -> Result<Url, TargetError> {
        self.offered(name).await?;
        let endpoint = self.offer().await?.endpoints.get(name).cloned();
        endpoint.flatten().ok_or_else(|| TargetError::Unusable {
            message: format!("the endpoint of {name} is not below base_url"),
            hint: "the token is sent to base_url only; correct the resource type at the target"
                .to_owned(),
        })
    }

    /// The address of one resource.
    async fn resource(&self, name: &ResourceType, id: &TargetId) -> Result<Url, TargetError> {
        address::resource(self.endpoint(name).await?, id.as_str()).ok_or_else(|| {
            TargetError::Rejected {
                status: 0,
                scim_type: None,
                message: format!(
                    "an id of a {name} cannot be part of an address, so nothing was sent"
                ),
            }
        })
    }

    /// Whether listings of this type should leave members out.
    async fn excluded(&self, name: &ResourceType) -> Result<Option<&'static str>, TargetError> {
        let has_members = self
            .offered(name)
            .await?
            .schema
            .core()
            .attribute("members")
            .is_some();
        Ok(has_members.then_some("members"))
    }

    async fn query(&self, url: Url) -> Result<ListResponse, TargetError> {
        listed(&self.ask(url).await?)
    }

    async fn ask(&self, url: Url) -> Result<Success, TargetError> {
        match self.http.send(Call::get(url)).await?.accept()? {
            // RFC 7644 §3.4.2: a query without results is a 200. So this is no empty list.
            Reply::Gone(missing) => Err(missing.into_error()),
            Reply::Success(success) => Ok(success),
        }
    }
}

fn listed(success: &Success) -> Result<ListResponse, TargetError> {
    ListResponse::from_value(success.document()?).map_err(|_not_a_list| success.not_scim())
}

/// Reads those that are not known at their place; none where one is no resource.
fn unknown(list: &RawListResponse<'_>, first: u64, known: &Known) -> Option<Vec<Came>> {
    let texts = list.resources.iter().map(|raw| raw.get());
    (first..)
        .zip(texts)
        .map(|(place, text)| {
            let imprint = Imprint::of([known.about().as_bytes(), text.as_bytes()]);
            if known.is_same(place, imprint) {
                return Some(Came::Same);
            }
            let resource = Resource::from_value(serde_json::from_str(text).ok()?).ok()?;
            Some(Came::Read(resource, Some(imprint)))
        })
        .collect()
}

#[async_trait]
impl Target for ScimTarget {
    async fn discover(&self) -> Result<Discovery, TargetError> {
        Ok(self.offer().await?.discovery.clone())
    }

    async fn list(
        &self,
        resource_type: &ResourceType,
        from: Option<PageToken>,
        known: Known,
    ) -> Result<Page, TargetError> {
        let token = from.unwrap_or_default();
        let mut parameters = vec![
            ("startIndex", token.start_index.max(1).to_string()),
            ("count", self.page_size.to_string()),
        ];
        if let Some(excluded) = self.excluded(resource_type).await? {
            parameters.push(("excludedAttributes", excluded.to_owned()));
        }
        let url = address::with_query(self.endpoint(resource_type).await?, &parameters);
        let success = self.ask(url).await?;
        let (came, total) = match RawListResponse::read(success.text()) {
            Some(list) => {
                let came = unknown(&list, token.start_index.max(1), &known);
                (came.ok_or_else(|| success.not_scim())?, list.total_results)
            }
            None => {
                let list = listed(&success)?;
                let came = list.resources.into_iter().map(Came::from).collect();
                (came, list.total_results)
            }
        };
        Ok(Page::new(token, came, total))
    }

    async fn find(
        &self,
        resource_type: &ResourceType,
        filter: &Filter,
    ) -> Result<Vec<Resource>, TargetError> {
        // A filter holds personal data, and RFC 7644 §7.5.2 would have it in the body of a POST to
        // /.search. Hardly any server has that, all have this; our own messages leave queries out.
        let mut parameters = vec![("filter", filter.to_string())];
        if let Some(excluded) = self.excluded(resource_type).await? {
            parameters.push(("excludedAttributes", excluded.to_owned()));
        }
        let url = address::with_query(self.endpoint(resource_type).await?, &parameters);
        Ok(self.query(url).await?.resources)
    }

    async fn read(
        &self,
        resource_type: &ResourceType,
        id: &TargetId,
    ) -> Result<Option<Resource>, TargetError> {
        let url = self.resource(resource_type, id).await?;
        match self.http.send(Call::get(url)).await?.accept()? {
            Reply::Gone(_) => Ok(None),
            Reply::Success(success) => {
                let error = success.not_scim();
                write::resource_of(success.document()?)
                    .map(Some)
                    .ok_or(error)
            }
        }
    }

    async fn write(&self, step: Step<'_>) -> Result<Answer, TargetError> {
        let kind = step.resource_type();
        match step.action() {
            Action::Create { resource } => {
                write::create(&self.http, self.endpoint(kind).await?, resource).await
            }
            Action::Link {
                target_id, delta, ..
            }
            | Action::Update { target_id, delta } => {
                if delta.is_empty() {
                    return Ok(Answer::Done(None));
                }
                let url = self.resource(kind, target_id).await?;
                write::modify(&self.http, url, &delta.to_patch()).await
            }
            Action::Delete { target_id } => {
                write::delete(&self.http, self.resource(kind, target_id).await?).await
            }
            Action::Unlink { .. } => Ok(Answer::Done(None)),
            Action::Members {
                target_id,
                add,
                remove,
            } => {
                let url = self.resource(kind, target_id).await?;
                members::change(&self.http, url, add, remove, self.max_member_changes).await
            }
        }
    }

    async fn test(&self) -> Vec<Finding> {
        probe::run(self).await
    }
}
