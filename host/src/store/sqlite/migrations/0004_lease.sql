-- Jobs are taken under a lease. `fence` is the number of the claim that took the
-- job last; it is never used again, so that a worker which lost its lease cannot
-- speak for the job any more.
CREATE TABLE fence (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    last INTEGER NOT NULL                  -- the number given out last
) STRICT;
INSERT INTO fence (one, last) VALUES (1, 0);

ALTER TABLE job ADD COLUMN fence INTEGER NOT NULL DEFAULT 0;
-- Of a running job: until when it is its worker's.
ALTER TABLE job ADD COLUMN leased_until TEXT NOT NULL DEFAULT '';
-- 1: what stands at the target may not be what we remember: read it first.
ALTER TABLE job ADD COLUMN verify INTEGER NOT NULL DEFAULT 0;
