//! Between the plain types of this crate and those generated from `wit/0.1`.
//! Only in a component; not for authors.

use std::{marker::PhantomData, panic, sync::Once};

use bindings::{
    exports::purser::plugin::{mapping, metadata},
    purser::plugin::{log as host_log, lookup as host_lookup, types},
};

use crate::{
    Context, Description, LookupError, Mapper, Outcome, Problem, ProblemKind, SourceObject,
    json::{self, Value},
    log::Level,
};

/// Generated.
#[expect(missing_docs, reason = "generated, and documented in the contract")]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../../wit/0.1",
        // What a component does not call is not imported by it.
        world: "mapper-with-lookup",
        pub_export_macro: true,
    });
}

/// The component that a mapper becomes.
pub struct Component<M>(PhantomData<M>);

impl<M: Mapper> metadata::Guest for Component<M> {
    fn describe(settings: String) -> Result<metadata::Description, String> {
        report_panics();
        let settings: Value =
            json::from_str(&settings).map_err(|_| "the settings are not JSON".to_owned())?;
        M::describe(&settings).map(description)
    }
}

impl<M: Mapper> mapping::Guest for Component<M> {
    fn map_objects(
        context: types::Context,
        objects: Vec<types::SourceObject>,
    ) -> Vec<mapping::Outcome> {
        report_panics();
        let prepared = read_context(context).and_then(|context| {
            let mapper = M::new(&context)?;
            Ok((context, mapper))
        });
        let map = |object| match &prepared {
            Ok((context, mapper)) => match read_object(object) {
                Ok(object) => mapper.map(context, &object),
                Err(problem) => Outcome::Problem(problem),
            },
            Err(problem) => Outcome::Problem(problem.clone()),
        };
        objects.into_iter().map(map).map(outcome).collect()
    }
}

/// A panic leaves nothing behind but a trap. Logs where it was; never its
/// message, which may hold a value.
fn report_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        panic::set_hook(Box::new(|info| {
            let place = info.location().map_or_else(
                || "an unknown place".to_owned(),
                |at| format!("{}:{}:{}", at.file(), at.line(), at.column()),
            );
            log(Level::Error, &format!("panic at {place}"));
        }));
    });
}

/// Writes a line.
pub(crate) fn log(level: Level, message: &str) {
    let level = match level {
        Level::Debug => host_log::Level::Debug,
        Level::Info => host_log::Level::Info,
        Level::Warning => host_log::Level::Warning,
        Level::Error => host_log::Level::Error,
    };
    host_log::log(level, message);
}

/// Asks the host.
pub(crate) fn lookup(table: &str, key: &str) -> Result<Vec<String>, LookupError> {
    host_lookup::get(table, key).map_err(|error| match error {
        host_lookup::LookupError::NotGranted => LookupError::NotGranted,
        host_lookup::LookupError::Quota => LookupError::Quota,
    })
}

fn not_json(what: &str) -> Problem {
    Problem::new(ProblemKind::Internal, format!("{what} are not JSON"))
}

fn read_context(context: types::Context) -> Result<Context, Problem> {
    Ok(Context {
        settings: json::from_str(&context.settings).map_err(|_| not_json("the settings"))?,
        mapping: context.mapping,
        target: context.target,
        now: context.now,
    })
}

fn read_object(object: types::SourceObject) -> Result<SourceObject, Problem> {
    Ok(SourceObject {
        kind: object.kind,
        id: object.id,
        resource_type: object.resource_type,
        active: object.active,
        roles: object.roles,
        attributes: json::from_str(&object.attributes)
            .map_err(|_| not_json("the object's attributes"))?,
    })
}

fn description(from: Description) -> metadata::Description {
    metadata::Description {
        name: from.name,
        version: from.version,
        summary: from.summary,
        settings_schema: from.settings_schema.to_string(),
        reads: from.reads,
        writes: from.writes,
        capabilities: from
            .capabilities
            .into_iter()
            .map(|capability| metadata::Capability {
                name: capability.name,
                reason: capability.reason,
            })
            .collect(),
    }
}

fn outcome(from: Outcome) -> mapping::Outcome {
    match from {
        Outcome::Projection(from) => mapping::Outcome::Projection(mapping::Projection {
            resource: Value::Object(from.resource).to_string(),
            alternatives: from
                .alternatives
                .into_iter()
                .map(|one| mapping::Alternatives {
                    attribute: one.attribute,
                    values: one.values,
                })
                .collect(),
            create_only: from.create_only,
            reevaluate_at: from.reevaluate_at,
        }),
        Outcome::Skip(reason) => mapping::Outcome::Skip(reason),
        Outcome::OutOfScope(reason) => mapping::Outcome::OutOfScope(reason),
        Outcome::Problem(from) => mapping::Outcome::Problem(types::Problem {
            kind: match from.kind {
                ProblemKind::MissingAttribute => types::ProblemKind::MissingAttribute,
                ProblemKind::InvalidValue => types::ProblemKind::InvalidValue,
                ProblemKind::MissingEntry => types::ProblemKind::MissingEntry,
                ProblemKind::InvalidSettings => types::ProblemKind::InvalidSettings,
                ProblemKind::Unsupported => types::ProblemKind::Unsupported,
                ProblemKind::Internal => types::ProblemKind::Internal,
            },
            attribute: from.attribute,
            message: from.message,
        }),
    }
}
