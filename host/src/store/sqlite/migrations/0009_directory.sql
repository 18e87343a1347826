-- The directory: SCIM resources of each tenant, behind the service provider.

CREATE TABLE tenant (
    tenant INTEGER PRIMARY KEY,
    name   TEXT NOT NULL UNIQUE
) STRICT;

-- One resource. Its number is the order of every listing, and is never given twice.
CREATE TABLE entry (
    entry    INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant   INTEGER NOT NULL REFERENCES tenant,
    type     TEXT NOT NULL,                -- the resource type's name
    id       TEXT NOT NULL,
    version  INTEGER NOT NULL,             -- 1, and one more with every change of what is shown
    created  TEXT NOT NULL,
    modified TEXT NOT NULL,
    display  TEXT NOT NULL,                -- what it is called where others refer to it
    document TEXT NOT NULL                 -- without meta, groups, members and secrets
) STRICT;
CREATE UNIQUE INDEX entry_by_id ON entry (tenant, id);
CREATE INDEX entry_in_order ON entry (tenant, type, entry);

-- By which values an entry is found, and which nobody else may have. Which those are
-- follows from the document; so no entry is looked for from here.
CREATE TABLE entry_value (
    tenant    INTEGER NOT NULL,
    type      TEXT NOT NULL,
    attribute TEXT NOT NULL,
    value     TEXT NOT NULL,               -- case-folded unless the attribute is caseExact
    entry     INTEGER NOT NULL,
    PRIMARY KEY (tenant, type, attribute, value, entry)
) STRICT, WITHOUT ROWID;

-- Which attributes of a type are in entry_value, in words. Another configuration has
-- others: then it is filled anew. No row: it is being filled.
CREATE TABLE entry_index (
    tenant     INTEGER NOT NULL,
    type       TEXT NOT NULL,
    attributes TEXT NOT NULL,
    PRIMARY KEY (tenant, type)
) STRICT, WITHOUT ROWID;

-- Members of groups, one row each: one more costs the same in any group.
CREATE TABLE entry_member (
    container INTEGER NOT NULL REFERENCES entry,
    member    INTEGER NOT NULL REFERENCES entry,
    PRIMARY KEY (container, member)
) STRICT, WITHOUT ROWID;
CREATE INDEX entry_member_of ON entry_member (member, container);

-- Members that are no resource of the tenant: a client says so, and may be ahead of us.
CREATE TABLE entry_stranger (
    container INTEGER NOT NULL REFERENCES entry,
    value     TEXT NOT NULL,
    PRIMARY KEY (container, value)
) STRICT, WITHOUT ROWID;

-- How many there are, so that a page need not count them.
CREATE TABLE entry_count (
    tenant  INTEGER NOT NULL,
    type    TEXT NOT NULL,
    entries INTEGER NOT NULL,
    PRIMARY KEY (tenant, type)
) STRICT, WITHOUT ROWID;

-- Bearer tokens. Of a token itself only its digest is kept.
CREATE TABLE token (
    token   INTEGER PRIMARY KEY,
    tenant  INTEGER NOT NULL REFERENCES tenant,
    name    TEXT NOT NULL,                 -- for people
    scope   TEXT NOT NULL,                 -- scim, events or manage
    digest  BLOB NOT NULL UNIQUE,          -- SHA-256
    created TEXT NOT NULL,
    expires TEXT NOT NULL,
    revoked TEXT,                          -- NULL: it is valid until it expires
    used    TEXT                           -- the last time, to the minute; NULL: never
) STRICT;
CREATE INDEX token_of ON token (tenant, token);
