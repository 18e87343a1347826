//! The proof that an object is gone.
//!
//! Most damage in provisioning comes from a partial read that was taken for
//! the truth. So an [`Absence`] can only be had from a [`Complete`] enumeration
//! that did not hold the object, or from a [`Tombstone`]: these two
//! constructors are all there are, their fields are private, and every function
//! that proposes to deactivate or delete on grounds of absence takes an
//! [`Absence`]. A short page, an error, a count that does not match or a file
//! without a proof never becomes one.
//!
//! What is stored is the [`Evidence`], not the conclusion: a proof is drawn
//! from it anew each time it is needed.

use serde::{Deserialize, Serialize};

use crate::ids::{ObjectKey, RunId};

/// What was seen while one kind of object was enumerated from start to end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Objects that were read, with or without usable content.
    pub counted: u64,
    /// How many there must be, by the configured proof; none was configured otherwise.
    pub expected: Option<u64>,
    /// The end marker was reached (end of file, last page).
    pub reached_end: bool,
    /// The source was the same before and after (size and time of a file).
    pub unchanged: bool,
    /// Entries whose id could not be read, as `(position, why)`; at most the first few.
    pub unreadable: Vec<(u64, String)>,
    /// How many such entries there were in all.
    pub unreadable_count: u64,
    /// Ids that came twice, as `(position, id)`; at most the first few.
    pub repeated: Vec<(u64, String)>,
    /// Why reading stopped early, where it did.
    pub stopped: Option<String>,
    /// What came of proofs other than a number.
    #[serde(default)]
    pub attested: Attested,
}

/// What whoever made the export says about it being whole: a manifest, a done-file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Attested {
    /// No such proof is configured.
    #[default]
    No,
    /// All that are configured hold.
    Holds,
    /// One does not: a fragment that says which, and what differs.
    Fails(String),
}

/// Why an enumeration proves nothing about what it does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum Incomplete {
    /// Reading ended before the end.
    #[error("reading stopped early: {0}")]
    Stopped(String),
    /// Size or time differed between start and end.
    #[error("the source changed while it was read")]
    Changed,
    /// An entry without an id: it may be anybody.
    #[error("{count} entries have no readable id, the first at line {first}: {why}")]
    Unreadable {
        /// How many.
        count: u64,
        /// The position of the first.
        first: u64,
        /// What is wrong with the first.
        why: String,
    },
    /// One id, two entries: one of the two stands where another object should.
    #[error("an id comes twice, first at line {first}: {id}")]
    Repeated {
        /// The position of the second entry.
        first: u64,
        /// The id.
        id: String,
    },
    /// The configured proof does not hold.
    #[error("{counted} rows were read, but {expected} are expected")]
    Count {
        /// Read.
        counted: u64,
        /// Expected.
        expected: u64,
    },
    /// What the export's maker says about it does not fit what was read.
    #[error("the proof of completeness does not hold: {0}")]
    Attested(String),
    /// Nothing says that this is all.
    #[error("no proof of completeness is configured (expected_rows, manifest or done_file)")]
    NoProof,
}

impl Incomplete {
    /// True where somebody asked for a proof and it failed; false where none was asked for.
    pub fn is_failure(&self) -> bool {
        !matches!(self, Self::NoProof)
    }
}

/// Proof that one kind of object was enumerated whole in one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complete {
    run: RunId,
    counted: u64,
}

impl Complete {
    /// Draws the proof from the evidence of a run.
    ///
    /// # Errors
    /// The first reason for which the evidence proves nothing.
    pub fn verify(run: RunId, evidence: &Evidence) -> Result<Self, Incomplete> {
        if let Some(why) = &evidence.stopped {
            return Err(Incomplete::Stopped(why.clone()));
        }
        if !evidence.reached_end {
            return Err(Incomplete::Stopped("the end was not reached".to_owned()));
        }
        if !evidence.unchanged {
            return Err(Incomplete::Changed);
        }
        if let Some((first, why)) = evidence.unreadable.first() {
            return Err(Incomplete::Unreadable {
                count: evidence.unreadable_count,
                first: *first,
                why: why.clone(),
            });
        }
        if let Some((first, id)) = evidence.repeated.first() {
            return Err(Incomplete::Repeated {
                first: *first,
                id: id.clone(),
            });
        }
        // Every proof that is configured must hold.
        match (evidence.expected, &evidence.attested) {
            (_, Attested::Fails(why)) => Err(Incomplete::Attested(why.clone())),
            (None, Attested::No) => Err(Incomplete::NoProof),
            (Some(expected), _) if expected != evidence.counted => Err(Incomplete::Count {
                counted: evidence.counted,
                expected,
            }),
            _ => Ok(Self {
                run,
                counted: evidence.counted,
            }),
        }
    }

    /// The run in which everything was seen.
    pub fn run(&self) -> RunId {
        self.run
    }

    /// How many objects there were.
    pub fn counted(&self) -> u64 {
        self.counted
    }
}

/// Proof of one deletion: an authenticated delete event of that one id,
/// confirmed by a read-back that answered 404 or 410.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tombstone {
    object: ObjectKey,
}

impl Tombstone {
    /// Confirms a delete event of `object` by the status of the read-back.
    /// Anything but 404 (RFC 7644 §3.12) and 410 confirms nothing.
    pub fn confirm(object: ObjectKey, read_back_status: u16) -> Option<Self> {
        matches!(read_back_status, 404 | 410).then_some(Self { object })
    }
}

/// Proof that an object is gone from its source.
///
/// It cannot be made by hand:
///
/// ```compile_fail
/// use purser_engine::{absence::Absence, ids::ObjectKey};
/// let gone = Absence { object: ObjectKey::new("user", "7") };
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absence {
    object: ObjectKey,
}

impl Absence {
    /// From a complete enumeration in which the object was not seen: the last
    /// run that saw it is an earlier one.
    pub fn from_enumeration(
        complete: &Complete,
        object: ObjectKey,
        last_seen: RunId,
    ) -> Option<Self> {
        (last_seen < complete.run).then_some(Self { object })
    }

    /// From a confirmed deletion of that very object.
    pub fn from_tombstone(tombstone: Tombstone) -> Self {
        Self {
            object: tombstone.object,
        }
    }

    /// Who is gone.
    pub fn object(&self) -> &ObjectKey {
        &self.object
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> Evidence {
        Evidence {
            counted: 3,
            expected: Some(3),
            reached_end: true,
            unchanged: true,
            ..Evidence::default()
        }
    }

    #[test]
    fn only_whole_evidence_proves_completeness() {
        let run = RunId(5);
        let complete = Complete::verify(run, &whole()).unwrap();
        assert_eq!((complete.run(), complete.counted()), (run, 3));

        let mut attested = whole();
        attested.attested = Attested::Holds;
        Complete::verify(run, &attested).unwrap();
        attested.expected = None;
        Complete::verify(run, &attested).unwrap();

        type Spoil = fn(&mut Evidence);
        let cases: [(Spoil, &str); 9] = [
            (
                |e| e.attested = Attested::Fails("the done-file is missing".into()),
                "the proof of completeness does not hold: the done-file is missing",
            ),
            (
                |e| (e.counted, e.attested) = (2, Attested::Holds),
                "2 rows were read, but 3 are expected",
            ),
            (|e| e.counted = 2, "2 rows were read, but 3 are expected"),
            (
                |e| e.expected = None,
                "no proof of completeness is configured (expected_rows, manifest or done_file)",
            ),
            (
                |e| e.unchanged = false,
                "the source changed while it was read",
            ),
            (
                |e| e.reached_end = false,
                "reading stopped early: the end was not reached",
            ),
            (
                |e| e.stopped = Some("disk".into()),
                "reading stopped early: disk",
            ),
            (
                |e| e.repeated = vec![(4, "7".into())],
                "an id comes twice, first at line 4: 7",
            ),
            (
                |e| {
                    e.unreadable = vec![(2, "no uid".into())];
                    e.unreadable_count = 1;
                },
                "1 entries have no readable id, the first at line 2: no uid",
            ),
        ];
        for (spoil, why) in cases {
            let mut evidence = whole();
            spoil(&mut evidence);
            assert_eq!(
                Complete::verify(run, &evidence).unwrap_err().to_string(),
                why
            );
        }
    }

    #[test]
    fn whoever_was_seen_in_the_complete_run_is_not_absent() {
        let complete = Complete::verify(RunId(5), &whole()).unwrap();
        let key = ObjectKey::new("user", "7");
        assert!(Absence::from_enumeration(&complete, key.clone(), RunId(5)).is_none());
        assert!(Absence::from_enumeration(&complete, key.clone(), RunId(6)).is_none());
        let absence = Absence::from_enumeration(&complete, key.clone(), RunId(4)).unwrap();
        assert_eq!(absence.object(), &key);
    }

    #[test]
    fn a_delete_event_alone_proves_nothing() {
        let key = ObjectKey::new("user", "7");
        for status in [200, 401, 403, 429, 500, 503] {
            assert!(
                Tombstone::confirm(key.clone(), status).is_none(),
                "{status}"
            );
        }
        let absence = Absence::from_tombstone(Tombstone::confirm(key.clone(), 410).unwrap());
        assert_eq!(absence.object(), &key);
    }
}
