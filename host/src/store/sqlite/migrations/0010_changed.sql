-- What has changed in the directory and was not brought to the targets yet: a row for
-- each object and mapping, written in the transaction of the change itself.
CREATE TABLE changed (
    mapping TEXT NOT NULL,
    kind    TEXT NOT NULL,
    id      TEXT NOT NULL,
    seq     INTEGER NOT NULL,              -- the order of changes; a further change of the same object moves it to the end
    causes  TEXT NOT NULL,                 -- the set of: changed, echo (by the site behind the mapping's target)
    PRIMARY KEY (mapping, kind, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX changed_in_order ON changed (mapping, seq);

-- Who was closed or deleted lately, without anybody asking, counts for the failsafe.
CREATE INDEX audit_closed ON audit (mapping, at)
    WHERE (instr(triggers, 'changed') > 0 OR instr(triggers, 'echo') > 0)
      AND (instr(effects, 'deactivate') > 0 OR instr(effects, 'delete') > 0);

-- Writes that a client is answered only when they have reached a target. A resource
-- that waits to come, or to go, has a type that nobody asks for (`User?`), and names
-- that an update would give up are kept in entry_value under that type.
CREATE TABLE waiting (
    mapping     TEXT NOT NULL,
    kind        TEXT NOT NULL,
    id          TEXT NOT NULL,
    tenant      INTEGER NOT NULL,
    type        TEXT NOT NULL,             -- the resource type's name
    entry       INTEGER NOT NULL,
    operation   TEXT NOT NULL,             -- create, update or delete
    external_id TEXT,                      -- of a create: by this it is known if it is sent again
    before      TEXT NOT NULL,             -- JSON: what is needed to take it back, or to end it; empty once that is done
    seq         INTEGER NOT NULL,          -- of the change
    run         INTEGER,                   -- the first run that has seen the change; NULL: none yet
    verdict     TEXT,                      -- JSON: what came of it; NULL: not known yet
    since       TEXT NOT NULL,
    PRIMARY KEY (mapping, kind, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX waiting_by_external_id ON waiting (tenant, type, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX waiting_since ON waiting (since);
CREATE INDEX waiting_entry ON waiting (entry);

-- The site for which the holder of a token speaks; NULL: for none.
ALTER TABLE token ADD COLUMN site TEXT;
