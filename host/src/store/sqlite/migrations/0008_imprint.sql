-- Most of what a run reads came like this the last time, and stood where it stands.
-- So the bytes are compared before they are read, and neither the row nor the link
-- is written for it.

-- Half of the SHA-256 digest of the entry as it came; NULL: read it anew.
ALTER TABLE source_object ADD COLUMN imprint BLOB;
DROP INDEX source_order;
CREATE INDEX source_order ON source_object (source, kind, position, seen_run, imprint);

-- Of each kind: whoever was seen by the run `since`, or by a later one, was seen by
-- `until`, the last that read the kind as a whole. Who was not is marked by a run
-- before `since`.
CREATE TABLE source_sweep (
    source TEXT NOT NULL,
    kind   TEXT NOT NULL,
    since  INTEGER NOT NULL,
    until  INTEGER NOT NULL,
    PRIMARY KEY (source, kind)
) STRICT, WITHOUT ROWID;
INSERT INTO source_sweep (source, kind, since, until)
    SELECT s.source, s.kind, max(s.seen_run), max(s.seen_run) FROM source_object s
    JOIN run r ON r.id = s.seen_run WHERE r.mode <> 'sync' GROUP BY s.source, s.kind;

-- Where the resource stood in the last listing that read it, and the imprint of what
-- came there; NULL: something that a listing is compared with has changed since.
ALTER TABLE link ADD COLUMN place INTEGER;
ALTER TABLE link ADD COLUMN imprint BLOB;
CREATE INDEX link_place ON link (target, resource_type, place, imprint) WHERE place IS NOT NULL;

-- Who was planned first for a value is not on the disk any more.
DROP TABLE plan_claim;
