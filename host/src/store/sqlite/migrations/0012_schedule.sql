-- By whose initiative a run began: manual | automatic | scheduled.
ALTER TABLE run ADD COLUMN asked_by TEXT NOT NULL DEFAULT 'manual';
UPDATE run SET asked_by = 'automatic' WHERE mode IN ('due', 'changed');

-- Since when a mapping has the schedule that it has: what would have been due
-- before then was not missed.
CREATE TABLE schedule (
    mapping    TEXT PRIMARY KEY,
    expression TEXT NOT NULL,              -- its times as configured; others begin anew
    since      TEXT NOT NULL
) STRICT, WITHOUT ROWID;
