//! One line of the table: from an object to what is to stand at one path.

use purser_guest::{Context, Problem, SourceObject, json::Value};

use crate::{
    input::{self, Found},
    lookup::Lookup,
    path::Path,
    template::Template,
    transform::{self, Transform, Transforms},
};

/// A rule, read and checked.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    /// As written in the settings; for messages, `writes` and `create-only`.
    pub(crate) written: String,
    pub(crate) path: Path,
    /// Tried in turn.
    pub(crate) sources: Vec<Source>,
    /// Its own and those for all rules.
    pub(crate) transforms: Transforms,
    pub(crate) except: Vec<String>,
    pub(crate) lookup: Option<Lookup>,
    pub(crate) join: Option<String>,
    pub(crate) default: Option<Value>,
    pub(crate) create_only: bool,
}

/// Where a value comes from.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    From(String),
    Template(Template),
    Constant(Value),
}

impl Rule {
    /// Whether it says the same of everybody. Such values do not make a complex
    /// value worth writing.
    pub(crate) fn is_constant(&self) -> bool {
        let constant = |source: &Source| matches!(source, Source::Constant(_));
        self.sources.iter().all(constant)
    }

    /// The source attributes that it reads.
    pub(crate) fn reads(&self) -> impl Iterator<Item = &str> {
        self.sources.iter().flat_map(|source| match source {
            Source::From(name) => vec![name.as_str()],
            Source::Template(template) => template.attributes().collect(),
            Source::Constant(_) => Vec::new(),
        })
    }

    /// What is to stand at the path.
    pub(crate) fn apply(&self, context: &Context, object: &SourceObject) -> Result<Found, Problem> {
        let mut unknown = false;
        for source in &self.sources {
            let found = self.values(self.found(source, object)?);
            let found = match (&self.lookup, source) {
                // A constant says what is to stand there.
                (None, _) | (_, Source::Constant(_)) => found,
                (Some(lookup), _) => lookup.apply(context, &self.written, found)?,
            };
            match self.together(found)? {
                Found::Unknown => unknown = true,
                Found::Empty => {}
                found => return Ok(found),
            }
        }
        // With one source unknown, "empty" would be a guess that clears.
        Ok(match (&self.default, unknown) {
            (Some(default), _) => Found::One(default.clone()),
            (None, true) => Found::Unknown,
            (None, false) => Found::Empty,
        })
    }

    fn found(&self, source: &Source, object: &SourceObject) -> Result<Found, Problem> {
        let read = |name: &str| input::read(object, name, &self.transforms, &self.except);
        match source {
            Source::Constant(value) => Ok(Found::One(value.clone())),
            Source::From(name) => read(name),
            Source::Template(template) => self.filled(template, read),
        }
    }

    fn filled(
        &self,
        template: &Template,
        read: impl Fn(&str) -> Result<Found, Problem>,
    ) -> Result<Found, Problem> {
        let mut inputs: Vec<(&str, Found)> = Vec::new();
        for name in template.attributes() {
            if inputs.iter().all(|(known, _)| *known != name) {
                inputs.push((name, read(name)?));
            }
        }
        // Over one multi-valued attribute: each value by itself.
        if let [(_, Found::Many(values))] = inputs.as_slice() {
            let fill = |value| {
                let text = input::text(value);
                Value::String(template.fill(|_| Some(&text)))
            };
            return Ok(Found::Many(values.iter().map(fill).collect()));
        }
        let mut texts = Vec::with_capacity(inputs.len());
        for (name, found) in &inputs {
            match found {
                Found::One(value) => texts.push((*name, input::text(value))),
                Found::Many(_) => {
                    return Err(self.problem(format!(
                        "`{name}` has several values, and the template has other attributes beside it"
                    )));
                }
                Found::Unknown | Found::Empty => {}
            }
        }
        if texts.is_empty() {
            let unknown = inputs.iter().any(|(_, found)| *found == Found::Unknown);
            return Ok(if unknown {
                Found::Unknown
            } else {
                Found::Empty
            });
        }
        let value = |name: &str| {
            texts
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, text)| &**text)
        };
        Ok(Found::One(Value::String(template.fill(value))))
    }

    /// Each value, transformed.
    fn values(&self, found: Found) -> Found {
        match found {
            Found::One(value) => self.value(value).map_or(Found::Empty, Found::One),
            Found::Many(values) => Found::many(
                values
                    .into_iter()
                    .filter_map(|value| self.value(value))
                    .collect(),
            ),
            nothing => nothing,
        }
    }

    /// What is done to all values together, and what comes last.
    fn together(&self, found: Found) -> Result<Found, Problem> {
        let found = match (found, &self.join) {
            (Found::Many(values), _) if self.transforms.contains(&Transform::First) => {
                values.into_iter().next().map_or(Found::Empty, Found::One)
            }
            (Found::Many(values), Some(separator)) => {
                let texts: Vec<_> = values.iter().map(input::text).collect();
                Found::One(Value::String(texts.join(separator)))
            }
            (found, _) => found,
        };
        if !self.transforms.contains(&Transform::Bool) {
            return Ok(found);
        }
        let boolean = |value: Value| match transform::boolean(&input::text(&value)) {
            Some(yes) => Ok(Value::Bool(yes)),
            None => Err(self.problem("the value is neither yes nor no".to_owned())),
        };
        Ok(match found {
            Found::One(value) => Found::One(boolean(value)?),
            Found::Many(values) => {
                Found::Many(values.into_iter().map(boolean).collect::<Result<_, _>>()?)
            }
            nothing => nothing,
        })
    }

    /// A value, transformed and of the type that the attribute has.
    fn value(&self, value: Value) -> Option<Value> {
        match value {
            Value::String(text) => transform::value(text, &self.transforms).map(Value::String),
            value if self.path.is_text() => {
                transform::value(value.to_string(), &self.transforms).map(Value::String)
            }
            value => Some(value),
        }
    }

    /// A problem with what the source holds for this path.
    pub(crate) fn problem(&self, message: String) -> Problem {
        Problem::invalid(&self.written, message)
    }
}
