-- A component that has failed on its latest batches, and until when it is not
-- asked for its mapping. No row: its latest batch went well.
CREATE TABLE suspension (
    mapping   TEXT NOT NULL PRIMARY KEY,
    component TEXT NOT NULL,               -- digest of its file and settings; of another, the row says nothing
    failures  INTEGER NOT NULL,            -- bad batches in a row
    since     TEXT NOT NULL,               -- when the first of them was
    until     TEXT,                        -- not asked before; NULL: asked on
    reason    TEXT NOT NULL                -- of the latest; nothing of a person
) STRICT, WITHOUT ROWID;
