//! A plugin with settings, ready to map.

use std::sync::Arc;

use crate::{
    bindings::v0_1::{exports::purser::plugin::mapping, purser::plugin::types},
    call, convert,
    describe::{Description, Reads},
    error::CallError,
    grants,
    limits::Limits,
    outcome::{Context, Outcome, SourceObject},
    plugin::Loaded,
    runtime::Clock,
    table::Tables,
};

/// A plugin with settings. Cheap to clone, and free to be used by several
/// threads at once: each call has an instance of its own.
#[derive(Clone)]
pub struct Mapper(Arc<Configured>);

struct Configured {
    plugin: Arc<Loaded>,
    settings: String,
    description: Description,
    fingerprint: String,
    /// It asks for the time; that it is granted was checked when it was configured.
    knows_time: bool,
    /// Asked for and granted.
    tables: Arc<Tables>,
}

impl Mapper {
    pub(crate) fn new(
        plugin: Arc<Loaded>,
        settings: String,
        description: Description,
        fingerprint: String,
        tables: Tables,
    ) -> Self {
        let knows_time = description
            .capabilities
            .iter()
            .any(|capability| capability.name == grants::TIME);
        Self(Arc::new(Configured {
            plugin,
            settings,
            description,
            fingerprint,
            knows_time,
            tables: Arc::new(tables),
        }))
    }

    /// A hash of the plugin's file, its settings and the tables that it reads. An unchanged object has an
    /// unchanged projection as long as this stays the same and the plugin does
    /// not [know the time](Self::knows_time).
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.0.fingerprint
    }

    /// Whether the time of the run is an input of the mapping.
    #[must_use]
    pub fn knows_time(&self) -> bool {
        self.0.knows_time
    }

    /// Whether its instances come from a pool; see [`crate::Runtime::pooled`].
    #[must_use]
    pub fn pooled(&self) -> bool {
        self.0.plugin.runtime.pooled()
    }

    /// The source's attributes that it reads.
    #[must_use]
    pub fn reads(&self) -> &Reads {
        &self.0.description.reads
    }

    /// What it says about itself under its settings.
    #[must_use]
    pub fn description(&self) -> &Description {
        &self.0.description
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.0.plugin.runtime.limits
    }

    pub(crate) fn clock(&self) -> Clock<'_> {
        self.0.plugin.runtime.clock()
    }

    /// Maps a batch in one call: one outcome for each object, in the same order.
    /// An object that cannot be mapped is a problem in its place.
    ///
    /// # Errors
    /// The call as a whole failed; no object has an outcome.
    /// [`map_each`](Self::map_each) finds out whose fault it was.
    pub fn map_objects(
        &self,
        context: &Context<'_>,
        objects: &[SourceObject<'_>],
    ) -> Result<Vec<Outcome>, CallError> {
        let limits = self.limits();
        if objects.len() > limits.batch_objects {
            return Err(CallError::BatchTooLarge {
                limit: limits.batch_objects,
                found: objects.len(),
            });
        }
        let mut sent = Vec::with_capacity(objects.len());
        let mut refused = Vec::new();
        for (place, object) in objects.iter().enumerate() {
            match convert::object(object, self.reads(), limits) {
                Ok(object) => sent.push(object),
                Err(problem) => refused.push((place, Outcome::Problem(problem))),
            }
        }
        let writes = &self.0.description.writes;
        let mut outcomes: Vec<Outcome> = self
            .exchange(context, &sent)?
            .into_iter()
            .map(|raw| convert::outcome(raw, writes, self.knows_time(), limits))
            .collect();
        // In ascending order, so that each place is right when its turn comes.
        for (place, outcome) in refused {
            outcomes.insert(place, outcome);
        }
        Ok(outcomes)
    }

    /// The call itself: documents in, as many documents out.
    pub(crate) fn exchange(
        &self,
        context: &Context<'_>,
        objects: &[types::SourceObject],
    ) -> Result<Vec<mapping::Outcome>, CallError> {
        if objects.is_empty() {
            return Ok(Vec::new());
        }
        let configured = &*self.0;
        let plugin = &configured.plugin;
        let limits = &plugin.runtime.limits;
        let context = types::Context {
            settings: configured.settings.clone(),
            mapping: context.mapping.to_owned(),
            target: context.target.to_owned(),
            now: context
                .now
                .filter(|_| configured.knows_time)
                .map(str::to_owned),
        };
        let copied = objects.len().saturating_mul(limits.document_out_bytes);
        let outcomes = call::fresh(
            &plugin.runtime,
            &plugin.name,
            &plugin.pre,
            copied,
            Arc::clone(&configured.tables),
            |store, instance| {
                plugin
                    .mapping
                    .load(&mut *store, instance)?
                    .call_map_objects(&mut *store, &context, objects)
            },
        )?;
        if outcomes.len() != objects.len() {
            return Err(CallError::WrongLength {
                expected: objects.len(),
                found: outcomes.len(),
            });
        }
        Ok(outcomes)
    }
}

impl std::fmt::Debug for Mapper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mapper")
            .field("plugin", &self.0.plugin.name)
            .field("fingerprint", &self.0.fingerprint)
            .finish_non_exhaustive()
    }
}
