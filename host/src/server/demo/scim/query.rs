//! The parameters of a query (RFC 7644 §3.4.2, §3.9).

use std::str::FromStr;

use purser_scim::{
    AttrPath, Filter, FilterError, Resource, ResourceSchema, ScimType, schema::Returned,
};

use super::Failure;

/// Resources on a page, unless the client asks for fewer; told in the configuration too.
pub(super) const MAX_RESULTS: usize = 200;

/// What a client asked for.
pub(super) struct Parameters {
    filter: Option<Filter>,
    /// The position of the first resource, from 1.
    pub(super) start_index: usize,
    /// How many resources at most.
    pub(super) count: usize,
    attributes: Vec<AttrPath>,
    excluded: Vec<AttrPath>,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            filter: None,
            start_index: 1,
            count: MAX_RESULTS,
            attributes: Vec::new(),
            excluded: Vec::new(),
        }
    }
}

impl Parameters {
    /// Reads the pairs of a query; parameters that it does not know are ignored.
    pub(super) fn read(pairs: &[(String, String)]) -> Result<Self, Failure> {
        let mut parameters = Self::default();
        for (name, value) in pairs {
            match name.as_str() {
                "filter" => parameters.filter = Some(Filter::from_str(value)?),
                // Values below 1 and 0 mean 1 and 0 (RFC 7644 §3.4.2.4).
                "startIndex" => parameters.start_index = number(name, value)?.max(1),
                "count" => parameters.count = number(name, value)?.min(MAX_RESULTS),
                "attributes" => parameters.attributes = paths(value)?,
                "excludedAttributes" => parameters.excluded = paths(value)?,
                _ => {}
            }
        }
        Ok(parameters)
    }

    /// How many matches come before the page.
    pub(super) fn skip(&self) -> usize {
        self.start_index.saturating_sub(1)
    }

    /// Whether the filter, if any, lets the resource through.
    pub(super) fn matches(
        &self,
        resource: &Resource,
        schema: &ResourceSchema,
    ) -> Result<bool, FilterError> {
        self.filter
            .as_ref()
            .map_or(Ok(true), |filter| filter.matches(resource, schema))
    }

    /// The resource with the attributes that are to be returned (RFC 7643 §2.2
    /// `returned`, RFC 7644 §3.9). A sub-attribute in `attributes` brings its
    /// whole attribute.
    pub(super) fn select(&self, resource: &Resource, schema: &ResourceSchema) -> Resource {
        let mut selected = Resource::new();
        for (name, value) in resource.as_map() {
            let path = if name.contains(':') {
                AttrPath::schema(name)
            } else {
                AttrPath::new(name)
            };
            let shown = match schema.attribute(&path).map(|attribute| attribute.returned) {
                Some(Returned::Always) => true,
                Some(Returned::Never) => false,
                Some(Returned::Request) => self.asks_for(&path, schema),
                Some(Returned::Default) | None => {
                    name.eq_ignore_ascii_case("schemas")
                        || self.attributes.is_empty()
                        || self.asks_for(&path, schema)
                }
            };
            if shown {
                selected.set(name, value.clone());
            }
        }
        for path in &self.excluded {
            let path = schema.localize(&path.clone().resolve(schema));
            let always = schema
                .attribute(&path)
                .is_some_and(|attribute| attribute.returned == Returned::Always);
            if !always && path.attr != "schemas" {
                selected.remove_path(&path);
            }
        }
        selected
    }

    fn asks_for(&self, path: &AttrPath, schema: &ResourceSchema) -> bool {
        self.attributes.iter().any(|asked| {
            let asked = schema.localize(&asked.clone().resolve(schema));
            let whole = AttrPath::schema(asked.urn.clone().unwrap_or_default());
            asked.parent().same(path) || (path.is_schema() && whole.same(path))
        })
    }
}

fn number(name: &str, value: &str) -> Result<usize, Failure> {
    let number: i64 = value.trim().parse().map_err(|_| {
        Failure::bad_request(
            ScimType::InvalidValue,
            format!("{name} is not a whole number"),
        )
    })?;
    Ok(usize::try_from(number).unwrap_or(0))
}

fn paths(list: &str) -> Result<Vec<AttrPath>, Failure> {
    list.split(',')
        .map(str::trim)
        .filter(|path| !path.is_empty())
        .map(|path| AttrPath::from_str(path).map_err(Failure::from))
        .collect()
}
