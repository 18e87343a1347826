//! The target's own words, fit for a message.

use serde_json::{Map, Value};

/// How many characters of the target's explanation are kept.
const DETAIL_LENGTH: usize = 300;

/// What a target says about a refusal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Explanation {
    /// The keyword of RFC 7644 §3.12.
    pub scim_type: Option<String>,
    /// A keyword of another API, such as WordPress's.
    pub code: Option<String>,
    /// Its sentence.
    pub detail: Option<String>,
}

/// Reads an error body: that of RFC 7644 §3.12, else what other APIs write.
///
/// By hand rather than as an `ErrorResponse`: here even a body that breaks the
/// RFC in every member should still say something.
pub(super) fn explanation(body: &[u8], token: &str) -> Explanation {
    let Ok(Value::Object(map)) = serde_json::from_slice(body) else {
        return Explanation::default();
    };
    let text = |name: &str| {
        map.iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .and_then(|(_, value)| value.as_str())
            .map(|text| clean(text, token))
            .filter(|text| !text.is_empty())
    };
    let detail = ["detail", "message", "error_description", "error"]
        .into_iter()
        .find_map(text);
    Explanation {
        scim_type: text("scimType"),
        code: text("code"),
        detail: detail.map(|detail| match why(&map, token) {
            Some(why) => format!("{detail}: {why}"),
            None => detail,
        }),
    }
}

/// WordPress says beside which parameters are wrong why they are.
fn why(map: &Map<String, Value>, token: &str) -> Option<String> {
    let parameters = map.get("data")?.get("params")?.as_object()?;
    let reasons: Vec<&str> = parameters.values().filter_map(Value::as_str).collect();
    Some(clean(&reasons.join(" "), token)).filter(|text| !text.is_empty())
}

/// One line without control characters, the token and excess.
pub(super) fn clean(text: &str, token: &str) -> String {
    let text = if token.is_empty() {
        text.to_owned()
    } else {
        text.replace(token, "[token]")
    };
    let line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let mut words = line.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((cut, _)) = words.char_indices().nth(DETAIL_LENGTH) {
        words.truncate(cut);
        words.push('…');
    }
    words
}

/// Whether a body is markup, whatever its content type says: a login page, an
/// error page, or a PHP warning before the JSON.
pub(super) fn looks_like_markup(body: &[u8]) -> bool {
    without_mark(body).trim_ascii_start().starts_with(b"<")
}

/// The JSON of a body without a mark, if it is that.
pub(super) fn json(body: &[u8]) -> Option<Value> {
    serde_json::from_slice(body).ok()
}

/// Some servers put a byte order mark before UTF-8.
pub(super) fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}
