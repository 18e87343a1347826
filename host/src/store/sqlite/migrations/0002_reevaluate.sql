-- A mapping that knows the time says when its answer changes by itself: the last
-- day of a contract. NULL: only when the object, the component or its settings
-- change. It stands on the link and not in a table of its own, because it is
-- written, replaced and ended with the baseline `written`.
ALTER TABLE link ADD COLUMN reevaluate_at TEXT;
CREATE INDEX link_due ON link (mapping, reevaluate_at) WHERE reevaluate_at IS NOT NULL;

-- The new time of an object in step; counts together with `input`.
ALTER TABLE edge_stage_writer ADD COLUMN reevaluate_at TEXT;
