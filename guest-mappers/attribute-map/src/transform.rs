//! The transforms, exactly these, in one fixed order whatever the order in a
//! list: on each input `strip_control`, `trim`, `except`; then templates; on each
//! value `lower`, `bcp47`, `email_or_drop`, `lookup`; then `first`, `join`; last `bool`.
//! A fixed order means that nobody has to know one.

use std::collections::BTreeSet;

/// What is done to one text. `except`, `lookup`, `join` and `default` have values of their
/// own and stand in the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Transform {
    StripControl,
    Trim,
    Lower,
    Bcp47,
    EmailOrDrop,
    First,
    Bool,
}

/// Those of a rule.
pub(crate) type Transforms = BTreeSet<Transform>;

impl Transform {
    /// Reads a name; the error says what to do.
    pub(crate) fn read(name: &str) -> Result<Self, String> {
        Ok(match name {
            "strip_control" => Self::StripControl,
            "trim" => Self::Trim,
            "lower" => Self::Lower,
            "bcp47" => Self::Bcp47,
            "email_or_drop" => Self::EmailOrDrop,
            "first" => Self::First,
            "bool" => Self::Bool,
            "join" => {
                return Err(
                    "`join` needs a separator: write `join = \", \"` beside `transform`".to_owned(),
                );
            }
            "except" => {
                return Err(
                    "`except` needs values: write `except = [\"…\"]` beside `transform`".to_owned(),
                );
            }
            "lookup" => {
                return Err(
                    "`lookup` needs a table: write `lookup = \"…\"` beside `transform`".to_owned(),
                );
            }
            other => return Err(format!("unknown transform `{other}`")),
        })
    }

    /// Whether it works on what is read, and so may stand for all rules.
    pub(crate) fn is_for_inputs(self) -> bool {
        matches!(self, Self::StripControl | Self::Trim)
    }
}

/// An input, cleaned. C0 control characters first: one may hide a space.
pub(crate) fn clean(text: &str, transforms: &Transforms) -> String {
    let text = if transforms.contains(&Transform::StripControl) {
        text.replace(|c: char| c <= '\u{1f}', "")
    } else {
        text.to_owned()
    };
    if transforms.contains(&Transform::Trim) {
        text.trim().to_owned()
    } else {
        text
    }
}

/// One value; nothing where it is dropped.
pub(crate) fn value(text: String, transforms: &Transforms) -> Option<String> {
    let mut text = text;
    if transforms.contains(&Transform::Lower) {
        text = text.to_lowercase();
    }
    if transforms.contains(&Transform::Bcp47) {
        text = bcp47(&text);
    }
    if transforms.contains(&Transform::EmailOrDrop) && !is_email(&text) {
        return None;
    }
    (!text.is_empty()).then_some(text)
}

/// A language tag in its usual spelling (RFC 5646 §2.1.1), from the spellings
/// that sites use; empty where the language is not determined.
fn bcp47(code: &str) -> String {
    let code = code.replace('_', "-").to_ascii_lowercase();
    if code == "und" {
        return String::new();
    }
    let mut parts = code.split('-');
    let mut tag = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        tag.push('-');
        match part.len() {
            2 => tag.push_str(&part.to_ascii_uppercase()),
            4 => {
                let mut letters = part.chars();
                tag.extend(letters.next().map(|c| c.to_ascii_uppercase()));
                tag.push_str(letters.as_str());
            }
            _ => tag.push_str(part),
        }
    }
    tag
}

/// Exactly one `@` with text on both sides: what a target is sure to refuse is
/// dropped, anything finer is the target's to judge.
fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !domain.contains('@')
    })
}

/// Yes or no, in the words that sites and spreadsheets use.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Some(true),
        "0" | "false" | "no" | "off" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_spelt_as_usual() {
        for (from, to) in [
            ("pt-br", "pt-BR"),
            ("zh-hans", "zh-Hans"),
            ("en", "en"),
            ("und", ""),
            ("", ""),
            ("de_DE", "de-DE"),
            ("zh-hant-tw", "zh-Hant-TW"),
        ] {
            assert_eq!(bcp47(from), to);
        }
    }

    #[test]
    fn control_characters_go_before_spaces() {
        let all = Transforms::from([Transform::Trim, Transform::StripControl]);
        assert_eq!(clean("\u{a0}\u{7} a\tb \u{0}", &all), "ab");
        assert_eq!(clean(" a ", &Transforms::new()), " a ");
    }

    #[test]
    fn an_address_has_one_at_sign_inside() {
        for good in ["a@b", "\"odd a\"@b"] {
            assert!(is_email(good));
        }
        for bad in ["", "a", "@b", "a@", "a@b@c"] {
            assert!(!is_email(bad));
        }
    }
}
