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

-- Who was closed or deleted lately counts for the failsafe.
CREATE INDEX audit_closed ON audit (mapping, at)
    WHERE instr(effects, 'deactivate') > 0 OR instr(effects, 'delete') > 0;
