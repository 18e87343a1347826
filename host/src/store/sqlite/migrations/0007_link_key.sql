-- By what the resources of links are found. A source object whose resource is
-- somebody else's already is told so before it is created once more.

-- What a link claims stands in `claim` and not here. Narrow and in the order in
-- which sources mostly are, so that a create hardly writes another page for it.
CREATE TABLE link_key (
    target        TEXT NOT NULL,
    resource_type TEXT NOT NULL,
    attribute     TEXT NOT NULL,
    value         TEXT NOT NULL,           -- case-folded
    mapping       TEXT NOT NULL,
    kind          TEXT NOT NULL,
    id            TEXT NOT NULL,
    PRIMARY KEY (target, resource_type, attribute, value, mapping, kind, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX link_key_link ON link_key (mapping, kind, id);

-- All keys of the link as one number, those that it claims as well: a run that
-- changes nothing compares it and writes nothing. NULL: the next listing writes
-- them, as this schema is new to the link, or it claims less than before.
ALTER TABLE link ADD COLUMN keys INTEGER;

-- What is listed anew loses the keys that it had.
CREATE INDEX listed_key_resource ON listed_key (target, resource_type, target_id);
