//! Reads licence expressions (SPDX): enough to say whether an allow-list covers one.

/// Whether `expression` can be satisfied with the allowed licences alone.
///
/// `OR` gives a choice, `AND` (and the old `/`, which meant a choice) joins, and
/// `X WITH exception` has to be allowed as written.
pub fn satisfied(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut parser = Parser {
        words: &words,
        allowed,
    };
    parser.any() && parser.words.is_empty()
}

struct Parser<'a> {
    words: &'a [&'a str],
    allowed: &'a [String],
}

impl<'a> Parser<'a> {
    /// Takes the next word if it is `word`.
    fn take(&mut self, word: &str) -> bool {
        match self.words {
            [first, rest @ ..] if first.eq_ignore_ascii_case(word) => {
                self.words = rest;
                true
            }
            _ => false,
        }
    }

    fn next(&mut self) -> &'a str {
        match self.words {
            [first, rest @ ..] => {
                self.words = rest;
                first
            }
            [] => "",
        }
    }

    fn any(&mut self) -> bool {
        let mut satisfied = self.all();
        while self.take("OR") {
            satisfied |= self.all();
        }
        satisfied
    }

    fn all(&mut self) -> bool {
        let mut satisfied = self.one();
        while self.take("AND") {
            satisfied &= self.one();
        }
        satisfied
    }

    fn one(&mut self) -> bool {
        if self.take("(") {
            return self.any() & self.take(")");
        }
        let mut licence = self.next().to_owned();
        if self.take("WITH") {
            licence = format!("{licence} WITH {}", self.next());
        }
        self.allowed.contains(&licence)
    }
}

#[cfg(test)]
mod tests {
    use super::satisfied;

    #[test]
    fn choice_and_conjunction() {
        let allowed = [
            "MIT",
            "Apache-2.0",
            "Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception",
        ]
        .map(str::to_owned);
        for good in [
            "MIT",
            "GPL-2.0 OR MIT",
            "MIT/Apache-2.0",
            "(MIT OR GPL-3.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception OR GPL-3.0",
        ] {
            assert!(satisfied(good, &allowed), "{good}");
        }
        for bad in [
            "",
            "GPL-3.0",
            "MIT AND GPL-3.0",
            "(MIT",
            "MIT MIT",
            "MIT WITH X",
        ] {
            assert!(!satisfied(bad, &allowed), "{bad}");
        }
    }
}
