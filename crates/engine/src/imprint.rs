//! What came as it came the last time, seen without being read.
//!
//! Most of what a run reads, at the source and at the target, is as it was, and it
//! stands where it stood. So its bytes are compared before they are parsed: an
//! [`Imprint`] of them is kept with each object and each link, together with the
//! place. Whoever reads is told what is [`Known`] and leaves out what is the same;
//! the [`Places`] of that are all that anybody needs to hear.

use sha2::{Digest as _, Sha256};

/// Half of a SHA-256 digest of bytes as they came: enough that nobody finds other
/// bytes with the same one, even of their choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Imprint([u8; Self::LENGTH]);

impl Imprint {
    /// Bytes of an imprint.
    pub const LENGTH: usize = 16;

    /// The imprint of several pieces; where one ends and the next begins counts.
    pub fn of<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut hasher = Sha256::new();
        for piece in pieces {
            hasher.update((piece.len() as u64).to_le_bytes());
            hasher.update(piece);
        }
        let digest = hasher.finalize();
        Self(digest.first_chunk().copied().unwrap_or_default())
    }

    /// For the store.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// As stored; none where that is no imprint.
    pub fn from_stored(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

/// What stood at the places of a stretch the last time.
#[derive(Clone, Debug, Default)]
pub struct Known {
    about: String,
    first: u64,
    /// One for each place from `first` on.
    slots: Vec<Slot>,
}

#[derive(Clone, Copy, Debug, Default)]
enum Slot {
    #[default]
    Empty,
    /// One stood there.
    One(Imprint),
    /// Several did, or nothing is known of the one that did: whatever comes is read.
    Unsure,
}

impl Known {
    /// What is known of `count` places from `first` on. `about` is what else decides
    /// how bytes are read: with another one, nothing is the same.
    pub fn new(about: &str, first: u64, count: usize) -> Self {
        Self {
            about: about.to_owned(),
            first,
            slots: vec![Slot::Empty; count],
        }
    }

    /// Something stood there; `imprint` is none where it is to be read anew.
    pub fn stood(&mut self, place: u64, imprint: Option<Imprint>) {
        let slot = place
            .checked_sub(self.first)
            .and_then(|at| self.slots.get_mut(usize::try_from(at).ok()?));
        if let Some(slot) = slot {
            *slot = match (*slot, imprint) {
                (Slot::Empty, Some(imprint)) => Slot::One(imprint),
                _ => Slot::Unsure,
            };
        }
    }

    /// What decides, beside the bytes, how they are read.
    pub fn about(&self) -> &str {
        &self.about
    }

    /// Whether just this stood there.
    pub fn is_same(&self, place: u64, imprint: Imprint) -> bool {
        let slot = place
            .checked_sub(self.first)
            .and_then(|at| self.slots.get(usize::try_from(at).ok()?));
        matches!(slot, Some(Slot::One(known)) if *known == imprint)
    }
}

/// Places, one bit each: those of a million objects take 128 KiB.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places(Vec<u64>);

impl Places {
    /// Takes one in.
    pub fn insert(&mut self, place: u64) {
        let (word, bit) = Self::at(place);
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        if let Some(bits) = self.0.get_mut(word) {
            *bits |= bit;
        }
    }

    /// Whether it is among them.
    pub fn contains(&self, place: u64) -> bool {
        let (word, bit) = Self::at(place);
        self.0.get(word).is_some_and(|bits| bits & bit != 0)
    }

    fn at(place: u64) -> (usize, u64) {
        let word = usize::try_from(place / 64).unwrap_or(usize::MAX - 1);
        (word, 1 << (place % 64))
    }
}

#[cfg(test)]
mod tests {
    use super::{Imprint, Known, Places};

    fn of(text: &str) -> Imprint {
        Imprint::of([text.as_bytes()])
    }

    #[test]
    fn an_imprint_is_of_the_bytes_and_of_where_they_are_cut() {
        assert_eq!(of("mia"), of("mia"));
        assert_ne!(of("mia"), of("Mia"));
        let pieces = |pieces: [&str; 2]| Imprint::of(pieces.map(str::as_bytes));
        assert_ne!(pieces(["ab", "c"]), pieces(["a", "bc"]));
        assert_eq!(Imprint::from_stored(of("x").as_bytes()), Some(of("x")));
        assert_eq!(Imprint::from_stored(b"too short"), None);
    }

    #[test]
    fn only_what_stood_alone_at_its_place_is_the_same() {
        let mut known = Known::new("a file", 10, 4);
        known.stood(9, Some(of("before")));
        known.stood(10, Some(of("ten")));
        known.stood(11, Some(of("eleven")));
        known.stood(11, Some(of("another")));
        known.stood(12, None);
        known.stood(12, Some(of("twelve")));
        known.stood(14, Some(of("after")));
        assert!(known.is_same(10, of("ten")));
        assert!(!known.is_same(10, of("eleven")), "other bytes");
        for (place, text) in [
            (9, "before"),
            (11, "eleven"),
            (11, "another"),
            (12, "twelve"),
            (13, ""),
            (14, "after"),
        ] {
            assert!(!known.is_same(place, of(text)), "{place}");
        }
        assert!(!Known::default().is_same(1, of("")));
    }

    #[test]
    fn places_are_what_was_put_in() {
        let mut places = Places::default();
        for place in [1, 64, 1_000_000] {
            assert!(!places.contains(place));
            places.insert(place);
            places.insert(place);
            assert!(places.contains(place));
        }
        assert!(!places.contains(0) && !places.contains(63) && !places.contains(65));
        assert!(!places.contains(u64::MAX));
    }
}
