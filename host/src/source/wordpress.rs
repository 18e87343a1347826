//! A WordPress site as a source, by its REST API and an application password: its users,
//! and its roles as groups.
//!
//! An object has the fields of WordPress under their own names (`username`, `email`,
//! `first_name`, `roles` …) and registered meta as `meta.KEY`. Who has no role is not
//! active. WordPress counts its users, and a walk that came to the end, met as many and
//! saw nobody come or go meanwhile is the proof that the others are gone.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use purser_engine::{
    absence::{Attested, Evidence, Tombstone},
    ids::{Kind, ObjectKey},
    imprint::{Imprint, Known},
    object::SourceObject,
};
use secrecy::SecretString;
use serde_json::{Map, Value, json, value::RawValue};
use url::Url;

use super::{Enumeration, KindInfo, Looked, Page, Row, Source, SourceError};
use crate::{
    site::Site,
    target::{
        TargetError,
        http::HttpSetupError,
        wordpress::{
            form::{id, roles},
            rest::Rest,
            route,
            walk::Walk,
        },
    },
};

/// What an object does not have: links, and what follows from roles.
const LEFT_OUT: [&str; 5] = [
    "_links",
    "avatar_urls",
    "capabilities",
    "extra_capabilities",
    "meta",
];

/// How to speak to one WordPress site.
#[derive(Clone, Debug)]
pub struct WordPressSource {
    /// The site's address.
    pub base_url: Url,
    /// The login of the user whose application password it is.
    pub user: String,
    /// The application password.
    pub password: SecretString,
    /// For one whole request.
    pub timeout: Duration,
    /// The same site, where it may carry requests.
    pub carried_by: Option<Arc<Site>>,
    /// Roles of the site: names by slugs.
    pub roles: BTreeMap<String, String>,
    /// Users, then roles.
    pub kinds: [KindInfo; 2],
}

/// A WordPress site.
pub struct WordPress {
    rest: Arc<Rest>,
    site: String,
    roles: BTreeMap<String, String>,
    kinds: [KindInfo; 2],
}

impl WordPress {
    /// Makes a client. Nothing is sent.
    ///
    /// # Errors
    /// See [`HttpSetupError`].
    pub fn new(settings: WordPressSource) -> Result<Self, HttpSetupError> {
        let site = settings.base_url.to_string();
        let rest = Rest::new(
            settings.base_url,
            settings.user,
            settings.password,
            settings.timeout,
        )?
        .carried_by(settings.carried_by);
        Ok(Self {
            rest: Arc::new(rest),
            site,
            roles: settings.roles,
            kinds: settings.kinds,
        })
    }

    fn unreadable(&self, cause: TargetError) -> SourceError {
        unreadable(&self.site, cause)
    }
}

fn unreadable(site: &str, cause: TargetError) -> SourceError {
    SourceError::Read {
        what: format!("the users of {site}"),
        cause: std::io::Error::other(cause),
    }
}

#[async_trait]
impl Source for WordPress {
    fn kinds(&self) -> &[KindInfo] {
        &self.kinds
    }

    async fn enumerate(&self, kind: &Kind) -> Result<Box<dyn Enumeration>, SourceError> {
        let [users, groups] = &self.kinds;
        if *kind == users.kind {
            return Ok(Box::new(Users {
                rest: Arc::clone(&self.rest),
                site: self.site.clone(),
                info: users.clone(),
                walk: Walk::default(),
                waiting: VecDeque::new(),
                evidence: Evidence::default(),
            }));
        }
        if *kind != groups.kind {
            return Err(SourceError::UnknownKind(kind.clone()));
        }
        let rows = (1..).zip(&self.roles).map(|(position, (slug, name))| {
            let key = ObjectKey::new(groups.kind.as_str(), slug.as_str());
            let attributes = Map::from_iter([
                ("id".to_owned(), json!(slug)),
                ("name".to_owned(), json!(name)),
            ]);
            Row {
                imprint: Some(Imprint::of([slug.as_bytes(), name.as_bytes()])),
                content: Ok(SourceObject {
                    key: key.clone(),
                    resource_type: groups.resource_type.clone(),
                    active: true,
                    roles: Vec::new(),
                    attributes,
                }),
                key,
                resource_type: groups.resource_type.clone(),
                position,
            }
        });
        Ok(Box::new(Roles {
            rows: rows.collect(),
            evidence: Evidence {
                unchanged: true,
                attested: Attested::Holds,
                ..Evidence::default()
            },
        }))
    }

    async fn look(&self, key: &ObjectKey) -> Result<Looked, SourceError> {
        let [users, _] = &self.kinds;
        let route = (key.kind == users.kind)
            .then(|| route(key.id.as_str()))
            .flatten();
        let Some(route) = route else {
            return Ok(Looked::Unknown);
        };
        let parameters = [("context", "edit".to_owned())];
        let found = self.rest.get(&route, &parameters).await;
        let found = found.map_err(|cause| self.unreadable(cause))?;
        let Some(success) = found else {
            // WordPress's own words for a user who is not there, and ids are not given twice.
            return Ok(Tombstone::confirm(key.clone(), 404).map_or(Looked::Unknown, Looked::Gone));
        };
        let user = success.value().and_then(|user| row(users, user, 0, None));
        Ok(user.map_or(Looked::Unknown, |row| Looked::There(Box::new(row))))
    }
}

/// Users, page by page.
struct Users {
    rest: Arc<Rest>,
    site: String,
    info: KindInfo,
    walk: Walk,
    /// Came, and not handed over yet.
    waiting: VecDeque<Box<RawValue>>,
    evidence: Evidence,
}

#[async_trait]
impl Enumeration for Users {
    async fn page(&mut self, max: usize, known: Known) -> Result<Page, SourceError> {
        if self.waiting.is_empty() && max > 0 {
            let came = self.walk.page(&self.rest).await;
            self.waiting
                .extend(came.map_err(|cause| unreadable(&self.site, cause))?);
            self.evidence.reached_end = self.waiting.is_empty();
            self.evidence.expected = Some(self.walk.total);
            self.evidence.unchanged = !self.walk.moved;
        }
        let mut page = Page::default();
        let many = max.min(self.waiting.len());
        for text in self.waiting.drain(..many) {
            self.evidence.counted += 1;
            let place = self.evidence.counted;
            page.last = place;
            let imprint = Imprint::of([text.get().as_bytes()]);
            if known.is_same(place, imprint) {
                page.same.push(place);
                continue;
            }
            let user: Option<Value> = serde_json::from_str(text.get()).ok();
            match user.and_then(|user| row(&self.info, user, place, Some(imprint))) {
                Some(row) => page.rows.push(row),
                None => {
                    self.evidence.unreadable_count += 1;
                    let why = "it has no id".to_owned();
                    self.evidence.unreadable.push((place, why));
                }
            }
        }
        Ok(page)
    }

    async fn evidence(&mut self) -> Evidence {
        self.evidence.clone()
    }
}

/// A user of WordPress; none if it is no user.
fn row(info: &KindInfo, user: Value, position: u64, imprint: Option<Imprint>) -> Option<Row> {
    let key = ObjectKey::new(info.kind.as_str(), id(&user)?.to_string().as_str());
    let roles = roles(&user);
    let Value::Object(mut attributes) = user else {
        return None;
    };
    if let Some(Value::Object(meta)) = attributes.remove("meta") {
        // Editors keep lists and tables there, which change as somebody works.
        let meta = meta.into_iter();
        let meta = meta.filter(|(_, value)| !value.is_array() && !value.is_object());
        attributes.extend(meta.map(|(name, value)| (format!("meta.{name}"), value)));
    }
    attributes.retain(|name, _| !LEFT_OUT.contains(&name.as_str()));
    Some(Row {
        content: Ok(SourceObject {
            key: key.clone(),
            resource_type: info.resource_type.clone(),
            active: !roles.is_empty(),
            roles,
            attributes,
        }),
        key,
        resource_type: info.resource_type.clone(),
        position,
        imprint,
    })
}

/// The roles of the configuration: all there are.
struct Roles {
    rows: VecDeque<Row>,
    evidence: Evidence,
}

#[async_trait]
impl Enumeration for Roles {
    async fn page(&mut self, max: usize, _known: Known) -> Result<Page, SourceError> {
        let many = max.min(self.rows.len());
        let rows: Vec<Row> = self.rows.drain(..many).collect();
        self.evidence.counted += rows.len() as u64;
        self.evidence.reached_end |= rows.is_empty() && max > 0;
        Ok(Page {
            last: self.evidence.counted,
            rows,
            same: Vec::new(),
        })
    }

    async fn evidence(&mut self) -> Evidence {
        self.evidence.clone()
    }
}
