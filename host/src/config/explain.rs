//! What serde says, in the words of whoever writes a configuration.

use std::cmp::min;

/// A message and, where one is known, a remedy.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Explained {
    pub message: String,
    pub hint: Option<String>,
}

/// Turns the text of a serde error into one for a person. What is not
/// recognised passes unchanged, so that a change in serde's wording costs the
/// hint and never the message.
pub(super) fn explain(message: &str) -> Explained {
    let message = message.lines().next().unwrap_or_default().trim();
    let quoted = quoted(message);
    let (first, rest) = match quoted.split_first() {
        Some((first, rest)) => (*first, rest),
        None => ("", Default::default()),
    };
    if message.starts_with("unknown field ") {
        return Explained {
            message: format!("unknown key `{first}`"),
            hint: Some(suggest(first, rest, "the keys here are")),
        };
    }
    if message.starts_with("unknown variant ") {
        return Explained {
            message: format!("`{first}` is not a value of this key"),
            hint: Some(suggest(first, rest, "the values are")),
        };
    }
    if message.starts_with("missing field ") {
        return Explained {
            message: format!("the key `{first}` is missing"),
            hint: Some(format!("add `{}`", sample(first))),
        };
    }
    let mismatch = message
        .strip_prefix("invalid type: ")
        .or_else(|| message.strip_prefix("invalid value: "))
        .and_then(|rest| rest.rsplit_once(", expected "));
    if let Some((found, wanted)) = mismatch {
        return Explained {
            message: format!(
                "expected {}, found {}",
                wanted_in_words(wanted),
                found_in_words(found)
            ),
            hint: remedy(wanted).map(str::to_owned),
        };
    }
    // Our own texts put the remedy behind a semicolon.
    let (message, hint) = match message.split_once("; ") {
        Some((message, hint)) => (message, Some(hint.to_owned())),
        None => (message, None),
    };
    Explained {
        message: message.to_owned(),
        hint,
    }
}

/// The nearest of the known words, else all of them.
pub(super) fn suggest(word: &str, known: &[&str], all: &str) -> String {
    match nearest(word, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("{all}: {}", known.join(", ")),
    }
}

/// The known word that `word` most likely meant.
pub(super) fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    // The beginning of a key: `timeout` for `timeout_seconds`.
    let begun = known
        .iter()
        .find(|candidate| word.len() > 2 && candidate.starts_with(word));
    if let Some(candidate) = begun {
        return Some(candidate);
    }
    let (distance, near) = known
        .iter()
        .map(|candidate| (distance(word, candidate), *candidate))
        .min_by_key(|(distance, _)| *distance)?;
    // A third of the letters may differ: more is another word.
    let longest = word.chars().count().max(near.chars().count());
    (distance * 3 <= longest).then_some(near)
}

/// Insertions, deletions, replacements and swaps of neighbours between two words.
fn distance(left: &str, right: &str) -> usize {
    let plain = |word: &str| -> Vec<char> {
        let lower = word.to_lowercase();
        lower
            .chars()
            .map(|c| if c == '-' { '_' } else { c })
            .collect()
    };
    let (left, right) = (plain(left), plain(right));
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    let mut previous = None;
    for (row, l) in left.into_iter().enumerate() {
        let mut line = vec![row + 1];
        for (column, r) in right.iter().enumerate() {
            let at =
                |line: &[usize], column: usize| line.get(column).copied().unwrap_or(usize::MAX / 2);
            let mut best = min(at(&above, column + 1), at(&line, column)) + 1;
            best = min(best, at(&above, column) + usize::from(l != *r));
            if column > 0 && previous == Some(*r) && right.get(column - 1) == Some(&l) {
                best = min(best, at(&before, column - 1) + 1);
            }
            line.push(best);
        }
        before = std::mem::replace(&mut above, line);
        previous = Some(l);
    }
    above.last().copied().unwrap_or_default()
}

fn quoted(message: &str) -> Vec<&str> {
    message.split('`').skip(1).step_by(2).collect()
}

/// A line that supplies a missing key.
fn sample(key: &str) -> String {
    let value = match key {
        "connector" => "\"…\"",
        "kinds" => "[{ name = \"user\", … }]",
        "name" => "\"user\"",
        "path" => "\"users.jsonl\"",
        "id" => "\"uid\"",
        "resource_type" => "\"User\"",
        "base_url" => "\"https://wiki.example.com/scim/v2\"",
        "token" => "{ env = \"WIKI_TOKEN\" }",
        "user" => "\"admin\"",
        "password" => "{ env = \"BLOG_PASSWORD\" }",
        "plugin" => "\"attribute-map\"",
        _ => "…",
    };
    format!("{key} = {value}")
}

fn wanted_in_words(wanted: &str) -> &str {
    match wanted {
        "a string" | "str" | "string" | "path string" => "a text in quotes",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "a table",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number, zero or more",
        other if other.starts_with("struct ") => "a table",
        other => other,
    }
}

fn remedy(wanted: &str) -> Option<&'static str> {
    match wanted_in_words(wanted) {
        "a text in quotes" => Some("put it in quotes"),
        "true or false" => Some("write true or false without quotes"),
        "a list" => Some("put it in brackets: [ … ]"),
        "a table" => Some("write a section of its own, or { key = value }"),
        "a whole number, zero or more" => Some("write digits without quotes"),
        _ => None,
    }
}

/// The sort of value only: what stands there may be nobody's business.
fn found_in_words(found: &str) -> &str {
    match found.split([' ', '`', '"']).next().unwrap_or_default() {
        "string" => "a text",
        "integer" if found.contains('-') => "a number below zero",
        "integer" => "a number",
        "floating" => "a number with a fraction",
        "boolean" => "true or false",
        "map" => "a table",
        "sequence" => "a list",
        _ => "something else",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_key_is_found_and_a_far_one_is_not() {
        let known = ["base_url", "token", "timeout_seconds", "page_size"];
        for (word, near) in [
            ("baseurl", Some("base_url")),
            ("base-url", Some("base_url")),
            ("tokne", Some("token")),
            ("timeout", Some("timeout_seconds")),
            ("Token", Some("token")),
            ("TOKENS", Some("token")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, &known), near, "{word}");
        }
    }

    #[test]
    fn values_never_appear_in_an_explanation() {
        let explained = explain("invalid type: string \"s3cret\", expected u32");
        assert_eq!(
            explained.message,
            "expected a whole number, zero or more, found a text"
        );
        let explained = explain("invalid value: integer `-1`, expected u64");
        assert_eq!(
            explained.message,
            "expected a whole number, zero or more, found a number below zero"
        );
    }
}
