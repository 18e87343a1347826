//! The table as written, read and checked. Every contradiction is an error that
//! names kind and path, so that it is found when a mapping is configured and not
//! when the first object fails.

use std::collections::BTreeMap;

use purser_guest::json::{self, Map, Value};
use serde::Deserialize;

use crate::{
    lookup::{Lookup, Missing},
    path::Path,
    rule::{Rule, Source},
    template::Template,
    transform::{Transform, Transforms},
};

/// The key beside the kinds.
const FOR_ALL: &str = "transform";

/// All tables.
#[derive(Debug)]
pub(crate) struct Settings(BTreeMap<String, Vec<Rule>>);

/// A rule as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    from: Option<String>,
    constant: Option<Value>,
    template: Option<String>,
    first_of: Option<Vec<Value>>,
    #[serde(default)]
    transform: Vec<String>,
    #[serde(default)]
    except: Vec<Value>,
    lookup: Option<String>,
    missing: Option<Missing>,
    join: Option<String>,
    default: Option<Value>,
    #[serde(default)]
    on_create_only: bool,
}

/// One of the list in `first_of`: no nesting, no transforms of its own.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Choice {
    from: Option<String>,
    constant: Option<Value>,
    template: Option<String>,
}

impl Settings {
    /// Reads the settings; the error names kind and path.
    pub(crate) fn read(settings: &Value) -> Result<Self, String> {
        let empty = Map::new();
        let settings = match settings {
            Value::Object(settings) => settings,
            Value::Null => &empty,
            _ => return Err("the settings are not a table".to_owned()),
        };
        let for_all = match settings.get(FOR_ALL) {
            Some(list) => read_for_all(list).map_err(|fault| format!("transform: {fault}"))?,
            None => Transforms::new(),
        };
        let mut tables = BTreeMap::new();
        for (kind, table) in settings.iter().filter(|(key, _)| *key != FOR_ALL) {
            let Value::Object(table) = table else {
                return Err(format!("kind `{kind}`: not a table of rules"));
            };
            let mut rules: Vec<Rule> = Vec::with_capacity(table.len());
            for (path, rule) in table {
                let rule = read_rule(path, rule, &for_all)
                    .map_err(|fault| format!("kind `{kind}`, path `{path}`: {fault}"))?;
                if let Some(other) = rules.iter().find(|other| clash(&other.path, &rule.path)) {
                    let other = &other.written;
                    return Err(format!(
                        "kind `{kind}`, path `{path}`: `{other}` already says what stands there"
                    ));
                }
                rules.push(rule);
            }
            tables.insert(kind.clone(), rules);
        }
        Ok(Self(tables))
    }

    /// The rules for a kind.
    pub(crate) fn table(&self, kind: &str) -> Option<&[Rule]> {
        self.0.get(kind).map(Vec::as_slice)
    }

    /// The source attributes that all rules read, each once.
    pub(crate) fn reads(&self) -> Vec<String> {
        let names = self.0.values().flatten().flat_map(Rule::reads);
        unique(names)
    }

    /// The lookup tables that all rules use, each once.
    pub(crate) fn tables(&self) -> Vec<String> {
        let lookups = self
            .0
            .values()
            .flatten()
            .filter_map(|rule| rule.lookup.as_ref());
        unique(lookups.map(|lookup| lookup.table.as_str()))
    }

    /// The paths that all rules write, each once.
    pub(crate) fn writes(&self) -> Vec<String> {
        unique(self.0.values().flatten().map(|rule| rule.written.as_str()))
    }
}

fn unique<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let names: std::collections::BTreeSet<&str> = names.collect();
    names.into_iter().map(str::to_owned).collect()
}

fn read_for_all(list: &Value) -> Result<Transforms, String> {
    let names: Vec<String> =
        json::from_value(list.clone()).map_err(|_| "not a list of names".to_owned())?;
    let mut transforms = Transforms::new();
    for name in names {
        let transform = Transform::read(&name)?;
        if !transform.is_for_inputs() {
            return Err(format!(
                "`{name}` belongs to a rule; for all there are `strip_control` and `trim`"
            ));
        }
        transforms.insert(transform);
    }
    Ok(transforms)
}

fn read_rule(path: &str, rule: &Value, for_all: &Transforms) -> Result<Rule, String> {
    let Written {
        from,
        constant,
        template,
        first_of,
        transform,
        except,
        lookup,
        missing,
        join,
        default,
        on_create_only,
    } = parse(rule)?;
    let sources = match first_of {
        None => vec![read_source(from, constant, template)?],
        Some(_) if from.is_some() || constant.is_some() || template.is_some() => {
            return Err("`first_of` stands alone".to_owned());
        }
        Some(choices) if choices.is_empty() => return Err("`first_of` is empty".to_owned()),
        Some(choices) => {
            let read = |choice: &Value| {
                let choice: Choice = parse(choice)?;
                read_source(choice.from, choice.constant, choice.template)
            };
            choices.iter().map(read).collect::<Result<_, String>>()?
        }
    };
    let mut transforms = for_all.clone();
    for name in &transform {
        transforms.insert(Transform::read(name)?);
    }
    if join.is_some() && transforms.contains(&Transform::First) {
        return Err("`join` and `first` exclude each other".to_owned());
    }
    let mut excluded = Vec::with_capacity(except.len());
    for value in &except {
        excluded.push(crate::input::text(&plain("except", value)?).into_owned());
    }
    Ok(Rule {
        written: path.to_owned(),
        path: Path::read(path)?,
        sources,
        transforms,
        except: excluded,
        lookup: read_lookup(lookup, missing, default.is_some())?,
        join,
        default: default.map(|value| plain("default", &value)).transpose()?,
        create_only: on_create_only,
    })
}

fn read_lookup(
    table: Option<String>,
    missing: Option<Missing>,
    has_default: bool,
) -> Result<Option<Lookup>, String> {
    match table {
        None if missing.is_some() => Err("`missing` says what becomes of a value that a table does not have: write `lookup = \"TABLE\"` beside it".to_owned()),
        None => Ok(None),
        Some(table) if table.trim().is_empty() => Err("`lookup` takes the name of a table".to_owned()),
        Some(table) => {
            let missing = missing.unwrap_or(if has_default {
                Missing::Drop
            } else {
                Missing::Problem
            });
            Ok(Some(Lookup { table, missing }))
        }
    }
}

/// Serde's own words name what is unknown or of the wrong type.
fn parse<T: serde::de::DeserializeOwned>(value: &Value) -> Result<T, String> {
    if !value.is_object() {
        return Err("not a rule: write `{ from = \"…\" }`".to_owned());
    }
    json::from_value(value.clone()).map_err(|error| error.to_string())
}

fn read_source(
    from: Option<String>,
    constant: Option<Value>,
    template: Option<String>,
) -> Result<Source, String> {
    match (from, constant, template) {
        (Some(name), None, None) => Ok(Source::From(name)),
        (None, Some(value), None) => Ok(Source::Constant(plain("constant", &value)?)),
        (None, None, Some(text)) => Ok(Source::Template(Template::read(&text)?)),
        _ => {
            Err("exactly one of `from`, `template`, `constant` and `first_of` is needed".to_owned())
        }
    }
}

fn plain(what: &str, value: &Value) -> Result<Value, String> {
    match value {
        Value::String(_) | Value::Number(_) | Value::Bool(_) => Ok(value.clone()),
        _ => Err(format!("`{what}` takes text, numbers, true and false")),
    }
}

/// Whether two paths are the same, or one is a part of the other.
fn clash(one: &Path, other: &Path) -> bool {
    if one.container != other.container {
        return false;
    }
    let whole = |path: &Path| path.sub.is_none();
    // Elements and the attribute as one value do not go together either.
    if whole(one) || whole(other) || one.filter.is_some() != other.filter.is_some() {
        return true;
    }
    let sub = |path: &Path| path.sub.as_ref().map(|sub| sub.to_ascii_lowercase());
    one.filter == other.filter && sub(one) == sub(other)
}
