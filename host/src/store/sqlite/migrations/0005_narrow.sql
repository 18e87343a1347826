-- A run notes for every object and every link that it has seen them. So these rows
-- are narrow, and what is long and rarely changes stands beside them: otherwise a
-- run that changes nothing would write the whole store anew.

-- What a source said last about each object.
CREATE TABLE source_document (
    source   TEXT NOT NULL,
    kind     TEXT NOT NULL,
    id       TEXT NOT NULL,
    document TEXT,                         -- the object; NULL where its content is broken
    problem  TEXT,                         -- why its content is broken
    PRIMARY KEY (source, kind, id)
) STRICT, WITHOUT ROWID;
INSERT INTO source_document (source, kind, id, document, problem)
    SELECT source, kind, id, document, problem FROM source_object;
ALTER TABLE source_object DROP COLUMN document;
ALTER TABLE source_object DROP COLUMN problem;

-- Our last projection of each linked object: the baseline `written`.
CREATE TABLE link_written (
    mapping TEXT NOT NULL,
    kind    TEXT NOT NULL,
    id      TEXT NOT NULL,
    written TEXT NOT NULL,
    PRIMARY KEY (mapping, kind, id)
) STRICT, WITHOUT ROWID;
INSERT INTO link_written (mapping, kind, id, written) SELECT mapping, kind, id, written FROM link;
ALTER TABLE link DROP COLUMN written;
