-- Targets may show a resource some time after they made it (invariant 9).

-- The request of an intent was not sent later than this: its answer was lost
-- then, or a later run began. NULL: it may be on its way.
ALTER TABLE intent ADD COLUMN lost_at TEXT;

-- Since when a link is to its resource: what does not show one that is young
-- proves nothing. Links from before count as old.
ALTER TABLE link ADD COLUMN linked_at TEXT NOT NULL DEFAULT '';
