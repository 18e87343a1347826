//! `{first} {last}`: text with the names of attributes in braces. `{{` and `}}`
//! are braces themselves.

/// A template, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template(pub(crate) Vec<Part>);

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// Text as it stands.
    Text(String),
    /// The value of an attribute.
    Attribute(String),
}

impl Template {
    /// Reads a template; the error says what is wrong with it.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text.chars().peekable();
        while let Some(c) = rest.next() {
            match c {
                '{' | '}' if rest.peek() == Some(&c) => {
                    rest.next();
                    literal.push(c);
                }
                '{' => {
                    let mut name = String::new();
                    loop {
                        match rest.next() {
                            Some('}') => break,
                            Some('{') | None => {
                                return Err("a template has a `{` without its `}`".to_owned());
                            }
                            Some(c) => name.push(c),
                        }
                    }
                    if name.trim().is_empty() {
                        return Err("a template has `{}` without a name".to_owned());
                    }
                    if !literal.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut literal)));
                    }
                    parts.push(Part::Attribute(name.trim().to_owned()));
                }
                '}' => return Err("a template has a `}` without its `{`".to_owned()),
                c => literal.push(c),
            }
        }
        if !literal.is_empty() {
            parts.push(Part::Text(literal));
        }
        let template = Self(parts);
        if template.attributes().next().is_none() {
            return Err("a template without an attribute: write `constant` instead".to_owned());
        }
        Ok(template)
    }

    /// The attributes that it names.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Attribute(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// Fills it in; what `value` has nothing for vanishes. The result is trimmed.
    pub(crate) fn fill<'a>(&'a self, mut value: impl FnMut(&str) -> Option<&'a str>) -> String {
        let mut out = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Attribute(name) => out.push_str(value(name).unwrap_or_default()),
            }
        }
        out.trim().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_hold_names() {
        let template = Template::read("{{{a} {b}}}").unwrap();
        let filled = template.fill(|name| (name == "a").then_some("x"));
        assert_eq!(filled, "{x }");
        assert!(template.attributes().eq(["a", "b"]));
        for bad in ["{a", "a}", "{}", "{a{b}}", "a", ""] {
            assert!(Template::read(bad).is_err(), "{bad}");
        }
    }
}
