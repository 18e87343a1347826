//! Texts that come out of a sandbox, made safe to store and to show.

use std::fmt::Write as _;

/// The longest reason or message that is kept, in bytes.
const TEXT_BYTES: usize = 500;

/// A reason or message of a guest: one line, no control characters, of bounded
/// length.
pub(crate) fn clean(text: &str) -> String {
    clean_to(text, TEXT_BYTES)
}

/// As [`clean`], cut off after `max` bytes at a character boundary.
pub(crate) fn clean_to(text: &str, max: usize) -> String {
    let mut out = String::with_capacity(text.len().min(max));
    for c in text.chars() {
        let c = if misleads(c) { ' ' } else { c };
        if out.len() + c.len_utf8() > max {
            out.push('…');
            break;
        }
        out.push(c);
    }
    out.trim().to_owned()
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Control characters, line separators, and the marks that reorder a line of
/// text on the reader's screen.
fn misleads(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_guests_are_one_harmless_line() {
        assert_eq!(clean(" a\r\nb\u{1b}[31mc\u{202e}d "), "a  b [31mc d");
        assert_eq!(clean_to("äöü", 4), "äö…");
        assert_eq!(clean(&"x".repeat(2000)).len(), 500 + '…'.len_utf8());
    }
}
