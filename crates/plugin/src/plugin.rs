//! A loaded plugin: verified, linked, and asked once what it is.

use std::sync::Arc;

use sha2::{Digest, Sha256};
use wasmtime::component::InstancePre;

use crate::{
    bindings::v0_1::exports::purser::plugin::{mapping, metadata},
    call::{self, State},
    compile::{self, Origin},
    component,
    describe::{self, Description},
    error::{ConfigureError, LoadError},
    grants::Grants,
    mapper::Mapper,
    runtime::Inner,
    shape::Shape,
    text::hex,
};

/// A plugin without settings. Cheap to clone.
#[derive(Clone)]
pub struct Plugin(Arc<Loaded>);

/// What a plugin and its mappers share.
pub(crate) struct Loaded {
    pub(crate) runtime: Arc<Inner>,
    pub(crate) name: String,
    pub(crate) grants: Grants,
    pub(crate) pre: InstancePre<State>,
    pub(crate) metadata: metadata::GuestIndices,
    pub(crate) mapping: mapping::GuestIndices,
    digest: String,
    origin: Origin,
    shape: Shape,
    description: Description,
    settings_schema: jsonschema::Validator,
}

impl Plugin {
    pub(crate) fn load(
        runtime: Arc<Inner>,
        name: &str,
        bytes: &[u8],
        grants: &Grants,
    ) -> Result<Self, LoadError> {
        let (component, origin) = compile::component(&runtime, bytes)?;
        let version = component::verify(&runtime.engine, &component, name, grants)?;
        let shape = Shape::of(&runtime.engine, &component, version.clone(), bytes.len());
        let pre = call::linker_for(&runtime.linker, grants)
            .and_then(|linker| linker.instantiate_pre(&component))
            // Every interface is known by now, so it is a function that is not.
            .map_err(|source| LoadError::LaterFunction {
                version,
                source: source.into(),
            })?;
        let metadata = metadata::GuestIndices::new(&pre).map_err(other_types)?;
        let mapping = mapping::GuestIndices::new(&pre).map_err(other_types)?;

        // Types are compared only when an export is loaded into an instance.
        // No data has been given by then.
        let copied = runtime.limits.document_out_bytes;
        call::fresh(
            &runtime,
            name,
            &pre,
            copied,
            Arc::default(),
            |store, instance| {
                Ok(metadata
                    .load(&mut *store, instance)
                    .and_then(|_| mapping.load(&mut *store, instance)))
            },
        )
        .map_err(LoadError::Call)?
        .map_err(other_types)?;

        let description = describe::ask(&runtime, name, &pre, &metadata, "{}".to_owned())
            .map_err(LoadError::Call)?
            .map_err(crate::DescriptionError::RefusesEmpty)?;
        let description = describe::check(description)?;
        let settings_schema = describe::validator(&description)?;
        Ok(Self(Arc::new(Loaded {
            runtime,
            name: name.to_owned(),
            grants: grants.clone(),
            pre,
            metadata,
            mapping,
            digest: hex(&Sha256::digest(bytes)),
            origin,
            shape,
            description,
            settings_schema,
        })))
    }

    /// SHA-256 of the file that was loaded, in lower-case hexadecimal. This, and
    /// not the version it states, is what pins a plugin.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.0.digest
    }

    /// Whether it was compiled just now.
    #[must_use]
    pub fn origin(&self) -> Origin {
        self.0.origin
    }

    /// What it is made of.
    #[must_use]
    pub fn shape(&self) -> &Shape {
        &self.0.shape
    }

    /// What it says about itself under empty settings.
    #[must_use]
    pub fn description(&self) -> &Description {
        &self.0.description
    }

    /// Gives it settings: checked against its own schema, then by itself.
    ///
    /// # Errors
    /// The settings do not fit, or under them the plugin asks for a capability
    /// that it is not granted; the text names the line to change.
    pub fn configure(&self, settings: &serde_json::Value) -> Result<Mapper, ConfigureError> {
        let loaded = &self.0;
        describe::fits(&loaded.settings_schema, settings)?;
        let text = settings.to_string();
        let description = describe::ask(
            &loaded.runtime,
            &loaded.name,
            &loaded.pre,
            &loaded.metadata,
            text.clone(),
        )?
        .map_err(ConfigureError::Refused)?;
        let description = describe::check(description)?;
        describe::granted(&description, &loaded.grants, &loaded.name)?;
        let mut hash = Sha256::new();
        hash.update(&loaded.digest);
        hash.update(&text);
        let asked = description.capabilities.iter();
        let tables = loaded
            .grants
            .tables(asked.map(|capability| capability.name.as_str()));
        for (name, table) in &tables {
            // A name cannot hold a line feed, nor a digest.
            hash.update(format!("\n{name}\n{}", table.digest()));
        }
        let fingerprint = hex(&hash.finalize());
        Ok(Mapper::new(
            Arc::clone(loaded),
            text,
            description,
            fingerprint,
            tables,
        ))
    }
}

impl std::fmt::Debug for Plugin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plugin")
            .field("name", &self.0.name)
            .field("digest", &self.0.digest)
            .finish_non_exhaustive()
    }
}

fn other_types(error: wasmtime::Error) -> LoadError {
    LoadError::OtherTypes(error.into())
}
