//! The one equality for matching and uniqueness.
//!
//! Full Unicode case folding (statuses C and F of `CaseFolding.txt`), the same as Python's
//! `str.casefold`: `ß` meets `ss`, `Σ` meets `ς`. `to_lowercase` would miss both. No
//! normalisation happens here: what differs in composition stays different.
//!
//! Folded text is a key, never a value to send: a delta still compares exactly.

use icu_casemap::CaseMapper;

/// Folds `text` for comparison (full case folding, locale-independent).
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    CaseMapper::new().fold_string(text).into_owned()
}

/// Whether two texts are equal after folding.
#[must_use]
pub fn eq(left: &str, right: &str) -> bool {
    left == right || fold(left) == fold(right)
}

#[cfg(test)]
mod tests {
    use super::{eq, fold};

    #[test]
    fn folds_as_python_casefold() {
        for (text, folded) in [
            ("BJensen", "bjensen"),
            ("Straße", "strasse"),
            ("ΌΔΟΣ", "όδοσ"),
            ("όδος", "όδοσ"),
            ("İ", "i\u{307}"),
            ("ﬃ", "ffi"),
            ("Ǆ", "ǆ"),
            ("ꭰ", "Ꭰ"),
            ("", ""),
        ] {
            assert_eq!(fold(text), folded, "{text}");
        }
    }

    #[test]
    fn equality_ignores_case_only() {
        assert!(eq("MÜLLER", "müller"));
        assert!(eq("STRASSE", "straße"));
        assert!(!eq("müller", "muller"));
    }
}
