-- The first schema. Ids are stored as text; digests as lower-case hexadecimal;
-- JSON as text; times as RFC 3339 in UTC.

-- One reconciliation, or one manual synchronisation.
CREATE TABLE run (
    id         INTEGER PRIMARY KEY,
    mapping    TEXT NOT NULL,
    mode       TEXT NOT NULL,              -- plan | run | sync
    state      TEXT NOT NULL,              -- running | done | interrupted | failed
    started_at TEXT NOT NULL,
    ended_at   TEXT,
    summary    TEXT                        -- JSON, written at the end
) STRICT;

-- What a source said last about each object. `seen_run` is the proof's other
-- half: an object is absent only if a later enumeration was complete.
CREATE TABLE source_object (
    source        TEXT NOT NULL,
    kind          TEXT NOT NULL,
    id            TEXT NOT NULL,
    position      INTEGER NOT NULL,        -- order of objects: the line in a file
    resource_type TEXT NOT NULL,
    document      TEXT,                    -- the object; NULL where its content is broken
    problem       TEXT,                    -- why its content is broken
    digest        TEXT NOT NULL,           -- of document or problem
    seen_run      INTEGER NOT NULL,
    PRIMARY KEY (source, kind, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX source_order ON source_object (source, kind, position);

-- Ties a source object to a target's resource. Invariant 11: one account, one owner.
CREATE TABLE link (
    mapping       TEXT NOT NULL,
    kind          TEXT NOT NULL,
    id            TEXT NOT NULL,
    target        TEXT NOT NULL,
    resource_type TEXT NOT NULL,
    target_id     TEXT NOT NULL,
    origin        TEXT NOT NULL,           -- created | adopted
    state         TEXT NOT NULL,           -- live | leaving (approved, not yet done) | left (absent or out of scope, deactivated) | ended (deleted)
    gone          INTEGER NOT NULL,        -- 1: the target answered 404, or a complete listing lacks it
    written       TEXT NOT NULL,           -- our last projection (baseline `written`)
    observed      TEXT,                    -- digest of the target's own form (baseline `observed`)
    drifted       INTEGER NOT NULL,        -- 1: the last listing differs from `observed`
    input         TEXT,                    -- digest of all that the projection was made of; NULL: map again
    seen_run      INTEGER NOT NULL,        -- the last run whose listing held it
    PRIMARY KEY (mapping, kind, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX link_owner ON link (target, resource_type, target_id);

-- A create that was begun. Commits before the request is sent (invariant 9).
CREATE TABLE intent (
    mapping    TEXT NOT NULL,
    kind       TEXT NOT NULL,
    id         TEXT NOT NULL,
    run        INTEGER NOT NULL,           -- a listing of a later run has seen its outcome
    projection TEXT NOT NULL,              -- digest
    keys       TEXT NOT NULL,              -- JSON: by what its resource is found again
    attempt    INTEGER NOT NULL,
    begun_at   TEXT NOT NULL,
    PRIMARY KEY (mapping, kind, id)
) STRICT, WITHOUT ROWID;

-- A unique value that an object of ours has, or is about to have, at a target.
CREATE TABLE claim (
    target        TEXT NOT NULL,
    resource_type TEXT NOT NULL,
    attribute     TEXT NOT NULL,
    value         TEXT NOT NULL,           -- case-folded
    mapping       TEXT NOT NULL,
    kind          TEXT NOT NULL,
    id            TEXT NOT NULL,
    PRIMARY KEY (target, resource_type, attribute, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX claim_holder ON claim (mapping, kind, id);

-- Claims as they would be after the plan of a run; first come, first served.
CREATE TABLE plan_claim (
    run           INTEGER NOT NULL,
    resource_type TEXT NOT NULL,
    attribute     TEXT NOT NULL,
    value         TEXT NOT NULL,
    kind          TEXT NOT NULL,
    id            TEXT NOT NULL,
    PRIMARY KEY (run, resource_type, attribute, value)
) STRICT, WITHOUT ROWID;

-- Who waits for a claim to be freed.
CREATE TABLE waiter (
    target        TEXT NOT NULL,
    resource_type TEXT NOT NULL,
    attribute     TEXT NOT NULL,
    value         TEXT NOT NULL,
    mapping       TEXT NOT NULL,
    kind          TEXT NOT NULL,
    id            TEXT NOT NULL,
    PRIMARY KEY (target, resource_type, attribute, value, mapping, kind, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX waiter_object ON waiter (mapping, kind, id);

-- Who refers to whom (a manager): woken when the other end gets another id.
CREATE TABLE reference (
    mapping TEXT NOT NULL,
    kind    TEXT NOT NULL,
    id      TEXT NOT NULL,
    to_kind TEXT NOT NULL,
    to_id   TEXT NOT NULL,
    PRIMARY KEY (mapping, kind, id, to_kind, to_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX reference_to ON reference (mapping, to_kind, to_id);

-- Objects set aside with a reason.
CREATE TABLE parked (
    mapping   TEXT NOT NULL,
    kind      TEXT NOT NULL,
    id        TEXT NOT NULL,
    position  INTEGER NOT NULL,
    situation TEXT NOT NULL,
    reason    TEXT NOT NULL,
    since     TEXT NOT NULL,
    run       INTEGER NOT NULL,            -- the last run that found it so
    PRIMARY KEY (mapping, kind, id)
) STRICT, WITHOUT ROWID;

-- Changes that wait for a person.
CREATE TABLE held (
    mapping TEXT NOT NULL,
    kind    TEXT NOT NULL,
    id      TEXT NOT NULL,
    granted TEXT NOT NULL,                 -- JSON: object, effects, delta digest
    effects TEXT NOT NULL,                 -- for people
    reason  TEXT NOT NULL,
    since   TEXT NOT NULL,
    run     INTEGER NOT NULL,
    PRIMARY KEY (mapping, kind, id)
) STRICT, WITHOUT ROWID;

-- The plan of the latest run of a mapping: what a job may do (invariant 3).
CREATE TABLE plan_row (
    run       INTEGER NOT NULL,
    kind      TEXT NOT NULL,
    id        TEXT NOT NULL,
    position  INTEGER NOT NULL,
    class     INTEGER NOT NULL,
    granted   TEXT NOT NULL,
    leaving   INTEGER NOT NULL,            -- 1: the object is absent or out of scope
    creating  INTEGER NOT NULL,            -- 1: there will be a link afterwards
    PRIMARY KEY (run, kind, id)
) STRICT, WITHOUT ROWID;

-- Memberships as mappings want them, by the object whose mapping wrote them.
CREATE TABLE edge_want (
    mapping     TEXT NOT NULL,
    writer_kind TEXT NOT NULL,
    writer_id   TEXT NOT NULL,
    group_kind  TEXT NOT NULL,
    group_id    TEXT NOT NULL,
    member_kind TEXT NOT NULL,
    member_id   TEXT NOT NULL,
    PRIMARY KEY (mapping, writer_kind, writer_id, group_kind, group_id, member_kind, member_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX edge_want_group ON edge_want (mapping, group_kind, group_id, member_kind, member_id);
CREATE INDEX edge_want_member ON edge_want (mapping, member_kind, member_id);

-- Writers that a run has mapped, and what they want now.
CREATE TABLE edge_stage_writer (
    run   INTEGER NOT NULL,
    kind  TEXT NOT NULL,
    id    TEXT NOT NULL,
    input TEXT,                            -- the new input digest of an object in step
    PRIMARY KEY (run, kind, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE edge_stage (
    run         INTEGER NOT NULL,
    writer_kind TEXT NOT NULL,
    writer_id   TEXT NOT NULL,
    group_kind  TEXT NOT NULL,
    group_id    TEXT NOT NULL,
    member_kind TEXT NOT NULL,
    member_id   TEXT NOT NULL,
    PRIMARY KEY (run, group_kind, group_id, member_kind, member_id, writer_kind, writer_id)
) STRICT, WITHOUT ROWID;

-- Memberships that stand at the target, as far as we know.
CREATE TABLE edge_have (
    mapping          TEXT NOT NULL,
    group_kind       TEXT NOT NULL,
    group_id         TEXT NOT NULL,
    member_kind      TEXT NOT NULL,
    member_id        TEXT NOT NULL,
    member_target_id TEXT NOT NULL,
    origin           TEXT NOT NULL,        -- adding (begun, unanswered) | added (ours) | found (was there; kind '', id the target's)
    PRIMARY KEY (mapping, group_kind, group_id, member_kind, member_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX edge_have_member ON edge_have (mapping, member_kind, member_id);

-- Durable units of work. A job carries ids, never objects (invariant 5).
CREATE TABLE job (
    mapping    TEXT NOT NULL,
    kind       TEXT NOT NULL,
    id         TEXT NOT NULL,
    task       TEXT NOT NULL,              -- object | members
    run        INTEGER NOT NULL,
    class      INTEGER NOT NULL,           -- order: 0 deactivate, 1 users, 2 groups, 3 members, 4 delete
    position   INTEGER NOT NULL,
    triggers   TEXT NOT NULL,              -- the set of what asked for it: sweep manual woken, separated by spaces
    state      TEXT NOT NULL,              -- queued | running
    again      INTEGER NOT NULL,           -- 1: asked for once more while it was running
    attempt    INTEGER NOT NULL,
    not_before TEXT NOT NULL,
    last_error TEXT,
    PRIMARY KEY (mapping, kind, id, task)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_order ON job (run, state, class, position);

-- Resources seen at a target that belong to nobody.
CREATE TABLE listed (
    target        TEXT NOT NULL,
    resource_type TEXT NOT NULL,
    target_id     TEXT NOT NULL,
    run           INTEGER NOT NULL,
    body          TEXT NOT NULL,
    PRIMARY KEY (target, resource_type, target_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE listed_key (
    target        TEXT NOT NULL,
    resource_type TEXT NOT NULL,
    attribute     TEXT NOT NULL,
    value         TEXT NOT NULL,           -- case-folded
    target_id     TEXT NOT NULL,
    PRIMARY KEY (target, resource_type, attribute, value, target_id)
) STRICT, WITHOUT ROWID;

-- What was done and why; only ever added to. Names of attributes, never their values.
CREATE TABLE audit (
    seq       INTEGER PRIMARY KEY,
    at        TEXT NOT NULL,
    run       INTEGER NOT NULL,
    mapping   TEXT NOT NULL,
    kind      TEXT NOT NULL,
    id        TEXT NOT NULL,
    target_id TEXT,
    situation TEXT NOT NULL,
    effects   TEXT NOT NULL,
    detail    TEXT NOT NULL,               -- JSON
    triggers  TEXT NOT NULL
) STRICT;
