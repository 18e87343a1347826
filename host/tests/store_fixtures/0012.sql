-- A store of schema 12, as `.dump` writes it, with rows in every table. Generated once; never changed.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE audit (
    seq       INTEGER PRIMARY KEY,
    at        TEXT NOT NULL,
    run       INTEGER NOT NULL,
    mapping   TEXT NOT NULL,
    kind      TEXT NOT NULL,
    id        TEXT NOT NULL,
    target_id TEXT,
    situation TEXT NOT NULL,
    effects   TEXT NOT NULL,
    detail    TEXT NOT NULL,               -- JSON
    triggers  TEXT NOT NULL
) STRICT;
INSERT INTO "audit" VALUES(1,'2026-03-01T08:00:00.000Z',1,'people','user','1','t-1','absent','create','{"attributes":["userName","externalId"]}','sweep');
INSERT INTO "audit" VALUES(2,'2026-03-04T08:00:00.000Z',4,'people','user','8','t-8','source-missing','delete','{"attributes":[]}','sweep');
CREATE TABLE changed (
    mapping TEXT NOT NULL,
    kind    TEXT NOT NULL,
    id      TEXT NOT NULL,
    seq     INTEGER NOT NULL,              -- the order of changes; a further change of the same object moves it to the end
    causes  TEXT NOT NULL,                 -- the set of: changed, echo (by the site behind the mapping's target)
    PRIMARY KEY (mapping, kind, id)
) STRICT, WITHOUT ROWID;
INSERT INTO "changed" VALUES('people','user','1',1,'changed');
INSERT INTO "changed" VALUES('people','user','2',3,'echo changed');
CREATE TABLE claim (
    target        TEXT NOT NULL,
    resource_type TEXT NOT NULL,
    attribute     TEXT NOT NULL,
    value         TEXT NOT NULL,           -- case-folded
    mapping       TEXT NOT NULL,
    kind          TEXT NOT NULL,
    id            TEXT NOT NULL,
    PRIMARY KEY (target, resource_type, attribute, value)
) STRICT, WITHOUT ROWID;
INSERT INTO "claim" VALUES('wiki','User','userName','ann','people','user','1');
INSERT INTO "claim" VALUES('wiki','User','userName','strasse','people','user','2');
INSERT INTO "claim" VALUES('wiki','User','userName','cleo','people','user','3');
INSERT INTO "claim" VALUES('wiki','User','userName','dan','people','user','4');
INSERT INTO "claim" VALUES('wiki','User','userName','gus','people','user','7');
CREATE TABLE edge_have (
    mapping          TEXT NOT NULL,
    group_kind       TEXT NOT NULL,
    group_id         TEXT NOT NULL,
    member_kind      TEXT NOT NULL,
    member_id        TEXT NOT NULL,
    member_target_id TEXT NOT NULL,
    origin           TEXT NOT NULL,        -- adding (begun, unanswered) | added (ours) | found (was there; kind '', id the target's)
    PRIMARY KEY (mapping, group_kind, group_id, member_kind, member_id)
) STRICT, WITHOUT ROWID;
INSERT INTO "edge_have" VALUES('people','role','editor','','t-99','t-99','found');
INSERT INTO "edge_have" VALUES('people','role','editor','user','1','t-1','added');
INSERT INTO "edge_have" VALUES('people','role','editor','user','2','t-2','adding');
CREATE TABLE edge_stage (
    run         INTEGER NOT NULL,
    writer_kind TEXT NOT NULL,
    writer_id   TEXT NOT NULL,
    group_kind  TEXT NOT NULL,
    group_id    TEXT NOT NULL,
    member_kind TEXT NOT NULL,
    member_id   TEXT NOT NULL,
    PRIMARY KEY (run, group_kind, group_id, member_kind, member_id, writer_kind, writer_id)
) STRICT, WITHOUT ROWID;
INSERT INTO "edge_stage" VALUES(3,'user','1','role','editor','user','1');
CREATE TABLE edge_stage_writer (
    run   INTEGER NOT NULL,
    kind  TEXT NOT NULL,
    id    TEXT NOT NULL,
    input TEXT, reevaluate_at TEXT,                            -- the new input digest of an object in step
    PRIMARY KEY (run, kind, id)
) STRICT, WITHOUT ROWID;
INSERT INTO "edge_stage_writer" VALUES(3,'user','1','4cd9b7672d7fbee8fb51fb1e049f690342035f543a8efe734b7b5ffb0c154a45',NULL);
CREATE TABLE edge_want (
    mapping     TEXT NOT NULL,
    writer_kind TEXT NOT NULL,
    writer_id   TEXT NOT NULL,
    group_kind  TEXT NOT NULL,
    group_id    TEXT NOT NULL,
    member_kind TEXT NOT NULL,
    member_id   TEXT NOT NULL,
    PRIMARY KEY (mapping, writer_kind, writer_id, group_kind, group_id, member_kind, member_id)
) STRICT, WITHOUT ROWID;
INSERT INTO "edge_want" VALUES('people','user','1','role','editor','user','1');
INSERT INTO "edge_want" VALUES('people','user','2','role','editor','user','2');
CREATE TABLE entry (
    entry    INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant   INTEGER NOT NULL REFERENCES tenant,
    type     TEXT NOT NULL,                -- the resource type's name
    id       TEXT NOT NULL,
    version  INTEGER NOT NULL,             -- 1, and one more with every change of what is shown
    created  TEXT NOT NULL,
    modified TEXT NOT NULL,
    display  TEXT NOT NULL,                -- what it is called where others refer to it
    document TEXT NOT NULL                 -- without meta, groups, members and secrets
) STRICT;
INSERT INTO "entry" VALUES(1,1,'User','2819c223-7f76-453a-919d-413861904646',2,'2026-11-23T09:30:00.000Z','2026-11-23T09:30:00.000Z','ann','{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"2819c223-7f76-453a-919d-413861904646","userName":"ann"}');
INSERT INTO "entry" VALUES(2,1,'Group','e9e30dba-f08f-4109-8486-d5c6a331660a',1,'2026-11-23T09:30:00.000Z','2026-11-23T09:30:00.000Z','Editors','{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"id":"e9e30dba-f08f-4109-8486-d5c6a331660a","displayName":"Editors"}');
CREATE TABLE entry_count (
    tenant  INTEGER NOT NULL,
    type    TEXT NOT NULL,
    entries INTEGER NOT NULL,
    PRIMARY KEY (tenant, type)
) STRICT, WITHOUT ROWID;
INSERT INTO "entry_count" VALUES(1,'Group',1);
INSERT INTO "entry_count" VALUES(1,'User',1);
CREATE TABLE entry_index (
    tenant     INTEGER NOT NULL,
    type       TEXT NOT NULL,
    attributes TEXT NOT NULL,
    PRIMARY KEY (tenant, type)
) STRICT, WITHOUT ROWID;
INSERT INTO "entry_index" VALUES(1,'User','username');
CREATE TABLE entry_member (
    container INTEGER NOT NULL REFERENCES entry,
    member    INTEGER NOT NULL REFERENCES entry,
    PRIMARY KEY (container, member)
) STRICT, WITHOUT ROWID;
INSERT INTO "entry_member" VALUES(2,1);
CREATE TABLE entry_stranger (
    container INTEGER NOT NULL REFERENCES entry,
    value     TEXT NOT NULL,
    PRIMARY KEY (container, value)
) STRICT, WITHOUT ROWID;
INSERT INTO "entry_stranger" VALUES(2,'f1b2');
CREATE TABLE entry_value (
    tenant    INTEGER NOT NULL,
    type      TEXT NOT NULL,
    attribute TEXT NOT NULL,
    value     TEXT NOT NULL,               -- case-folded unless the attribute is caseExact
    entry     INTEGER NOT NULL,
    PRIMARY KEY (tenant, type, attribute, value, entry)
) STRICT, WITHOUT ROWID;
INSERT INTO "entry_value" VALUES(1,'Group','displayname','editors',2);
INSERT INTO "entry_value" VALUES(1,'User','username','ann',1);
CREATE TABLE fence (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    last INTEGER NOT NULL                  -- the number given out last
) STRICT;
INSERT INTO "fence" VALUES(1,5);
CREATE TABLE held (
    mapping TEXT NOT NULL,
    kind    TEXT NOT NULL,
    id      TEXT NOT NULL,
    granted TEXT NOT NULL,                 -- JSON: object, effects, delta digest
    effects TEXT NOT NULL,                 -- for people
    reason  TEXT NOT NULL,
    since   TEXT NOT NULL,
    run     INTEGER NOT NULL,
    PRIMARY KEY (mapping, kind, id)
) STRICT, WITHOUT ROWID;
INSERT INTO "held" VALUES('people','user','4','{"object": {"kind": "user", "id": "4"}, "effects": ["deactivate"], "delta": "18ac3e7343f016890c510e93f935261169d9e3f565436429830faf0934f4f8e4"}','deactivate','more than 25 deactivations','2026-03-04T08:00:00.000Z',4);
CREATE TABLE intent (
    mapping    TEXT NOT NULL,
    kind       TEXT NOT NULL,
    id         TEXT NOT NULL,
    run        INTEGER NOT NULL,           -- a listing of a later run has seen its outcome
    projection TEXT NOT NULL,              -- digest
    keys       TEXT NOT NULL,              -- JSON: by what its resource is found again
    attempt    INTEGER NOT NULL,
    begun_at   TEXT NOT NULL, lost_at TEXT,
    PRIMARY KEY (mapping, kind, id)
) STRICT, WITHOUT ROWID;
INSERT INTO "intent" VALUES('people','user','7',4,'0510eddd781102030eb8860671503a28e6a37f5346de429bdd47c0a37c77cc7d','[["externalId", "7"], ["userName", "gus"]]',1,'2026-03-04T08:00:00.000Z','2026-03-04T08:00:02.000Z');
CREATE TABLE job (
    mapping    TEXT NOT NULL,
    kind       TEXT NOT NULL,
    id         TEXT NOT NULL,
    task       TEXT NOT NULL,              -- object | members
    run        INTEGER NOT NULL,
    class      INTEGER NOT NULL,           -- order: 0 deactivate, 1 users, 2 groups, 3 members, 4 delete
    position   INTEGER NOT NULL,
    triggers   TEXT NOT NULL,              -- the set of what asked for it: sweep manual woken, separated by spaces
    state      TEXT NOT NULL,              -- queued | running
    again      INTEGER NOT NULL,           -- 1: asked for once more while it was running
    attempt    INTEGER NOT NULL,
    not_before TEXT NOT NULL,
    last_error TEXT, fence INTEGER NOT NULL DEFAULT 0, leased_until TEXT NOT NULL DEFAULT '', verify INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (mapping, kind, id, task)
) STRICT, WITHOUT ROWID;
INSERT INTO "job" VALUES('people','role','editor','members',4,3,0,'sweep','queued',0,0,'2026-03-04T08:00:00.000Z',NULL,0,'',0);
INSERT INTO "job" VALUES('people','user','7','object',4,1,7,'sweep woken','running',1,2,'2026-03-04T08:00:00.000Z','POST /Users answered 503',5,'2026-03-04T08:02:00.000Z',1);
CREATE TABLE link (
    mapping       TEXT NOT NULL,
    kind          TEXT NOT NULL,
    id            TEXT NOT NULL,
    target        TEXT NOT NULL,
    resource_type TEXT NOT NULL,
    target_id     TEXT NOT NULL,
    origin        TEXT NOT NULL,           -- created | adopted
    state         TEXT NOT NULL,           -- live | leaving (approved, not yet done) | left (absent or out of scope, deactivated) | ended (deleted)
    gone          INTEGER NOT NULL,        -- 1: the target answered 404, or a complete listing lacks it
    observed      TEXT,                    -- digest of the target's own form (baseline `observed`)
    drifted       INTEGER NOT NULL,        -- 1: the last listing differs from `observed`
    input         TEXT,                    -- digest of all that the projection was made of; NULL: map again
    seen_run      INTEGER NOT NULL, reevaluate_at TEXT, linked_at TEXT NOT NULL DEFAULT '', keys INTEGER, place INTEGER, imprint BLOB,        -- the last run whose listing held it
    PRIMARY KEY (mapping, kind, id)
) STRICT, WITHOUT ROWID;
INSERT INTO "link" VALUES('people','role','editor','wiki','Group','t-e','created','live',0,'3ab80789f271e9870121d65c28808d23c3ee2f4d1498e9ce0b7cd1aad6e8a5b9',0,'292c1980ba2805512acfef5d0cf8f43fba5c7b9b73a5a7afad1c37cfacad3c98',4,NULL,'2026-03-01T08:00:00.000Z',1279217863542064977,NULL,NULL);
INSERT INTO "link" VALUES('people','user','1','wiki','User','t-1','created','live',0,'2352da7280f1decc3acf1ba84eb945c9fc2b7b541094e1d0992dbffd1b6664cc',0,'4cd9b7672d7fbee8fb51fb1e049f690342035f543a8efe734b7b5ffb0c154a45',4,'2026-11-30T23:00:00.000Z','2026-03-01T08:00:00.000Z',-1740600657200414446,2,X'0F0E0D0C0B0A09080706050403020100');
INSERT INTO "link" VALUES('people','user','2','wiki','User','t-2','adopted','live',0,'9250b9912ee91d6b46e23299459ecd6eb8154451d62558a3a0a708a77926ad04',1,'420fce314175df402adbeae3cfbbb85665b72d8b9bc2346f463e32a82f64b114',4,NULL,'',6533076953262589121,NULL,NULL);
INSERT INTO "link" VALUES('people','user','3','wiki','User','t-3','created','left',0,NULL,0,NULL,4,NULL,'2026-03-01T08:00:00.000Z',-7454452082689863625,NULL,NULL);
INSERT INTO "link" VALUES('people','user','4','wiki','User','t-4','created','leaving',1,'1b2501a20fe1bcd82b48c8db1e0f9dd2da9de58d6b618fa04a81c51c3a86cea2',0,NULL,1,NULL,'2026-03-01T08:00:00.000Z',NULL,NULL,NULL);
INSERT INTO "link" VALUES('people','user','8','wiki','User','t-8','created','ended',1,'ba7e7eb1ae6a87992c7bbc82796af7214f21576aeb4e4088053980a8ece0f4bc',0,NULL,1,NULL,'2026-03-01T08:00:00.000Z',NULL,NULL,NULL);
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
INSERT INTO "link_key" VALUES('wiki','Group','displayName','editors','people','role','editor');
INSERT INTO "link_key" VALUES('wiki','Group','externalId','role_editor','people','role','editor');
INSERT INTO "link_key" VALUES('wiki','User','externalId','1','people','user','1');
INSERT INTO "link_key" VALUES('wiki','User','externalId','2','people','user','2');
INSERT INTO "link_key" VALUES('wiki','User','externalId','3','people','user','3');
CREATE TABLE link_written (
    mapping TEXT NOT NULL,
    kind    TEXT NOT NULL,
    id      TEXT NOT NULL,
    written TEXT NOT NULL,
    PRIMARY KEY (mapping, kind, id)
) STRICT, WITHOUT ROWID;
INSERT INTO "link_written" VALUES('people','role','editor','{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Editors"}');
INSERT INTO "link_written" VALUES('people','user','1','{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ann","externalId":"1","active":true}');
INSERT INTO "link_written" VALUES('people','user','2','{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"Straße","externalId":"2","active":true}');
INSERT INTO "link_written" VALUES('people','user','3','{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"cleo","externalId":"3","active":false}');
INSERT INTO "link_written" VALUES('people','user','4','{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"dan","externalId":"4","active":true}');
INSERT INTO "link_written" VALUES('people','user','8','{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"hal","externalId":"8","active":true}');
CREATE TABLE listed (
    target        TEXT NOT NULL,
    resource_type TEXT NOT NULL,
    target_id     TEXT NOT NULL,
    run           INTEGER NOT NULL,
    body          TEXT NOT NULL,
    PRIMARY KEY (target, resource_type, target_id)
) STRICT, WITHOUT ROWID;
INSERT INTO "listed" VALUES('wiki','User','t-50',4,'{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"zoe","externalId":"50","active":true}');
CREATE TABLE listed_key (
    target        TEXT NOT NULL,
    resource_type TEXT NOT NULL,
    attribute     TEXT NOT NULL,
    value         TEXT NOT NULL,           -- case-folded
    target_id     TEXT NOT NULL,
    PRIMARY KEY (target, resource_type, attribute, value, target_id)
) STRICT, WITHOUT ROWID;
INSERT INTO "listed_key" VALUES('wiki','User','userName','zoe','t-50');
CREATE TABLE parked (
    mapping   TEXT NOT NULL,
    kind      TEXT NOT NULL,
    id        TEXT NOT NULL,
    position  INTEGER NOT NULL,
    situation TEXT NOT NULL,
    reason    TEXT NOT NULL,
    since     TEXT NOT NULL,
    run       INTEGER NOT NULL,            -- the last run that found it so
    PRIMARY KEY (mapping, kind, id)
) STRICT, WITHOUT ROWID;
INSERT INTO "parked" VALUES('people','user','5',5,'linked','line 5: the attribute `status` is missing','2026-03-02T08:00:00.000Z',4);
INSERT INTO "parked" VALUES('people','user','6',6,'found-already-linked','its userName is taken by user 1; waits until it is free','2026-03-02T08:00:00.000Z',4);
CREATE TABLE plan_row (
    run       INTEGER NOT NULL,
    kind      TEXT NOT NULL,
    id        TEXT NOT NULL,
    position  INTEGER NOT NULL,
    class     INTEGER NOT NULL,
    granted   TEXT NOT NULL,
    leaving   INTEGER NOT NULL,            -- 1: the object is absent or out of scope
    creating  INTEGER NOT NULL,            -- 1: there will be a link afterwards
    PRIMARY KEY (run, kind, id)
) STRICT, WITHOUT ROWID;
INSERT INTO "plan_row" VALUES(3,'user','1',1,1,'{"object": {"kind": "user", "id": "1"}, "effects": ["deactivate"], "delta": "18ac3e7343f016890c510e93f935261169d9e3f565436429830faf0934f4f8e4"}',0,0);
CREATE TABLE reference (
    mapping TEXT NOT NULL,
    kind    TEXT NOT NULL,
    id      TEXT NOT NULL,
    to_kind TEXT NOT NULL,
    to_id   TEXT NOT NULL,
    PRIMARY KEY (mapping, kind, id, to_kind, to_id)
) STRICT, WITHOUT ROWID;
INSERT INTO "reference" VALUES('people','user','2','user','1');
CREATE TABLE run (
    id         INTEGER PRIMARY KEY,
    mapping    TEXT NOT NULL,
    mode       TEXT NOT NULL,              -- plan | run | sync
    state      TEXT NOT NULL,              -- running | done | interrupted | failed
    started_at TEXT NOT NULL,
    ended_at   TEXT,
    summary    TEXT                        -- JSON, written at the end
, asked_by TEXT NOT NULL DEFAULT 'manual') STRICT;
INSERT INTO "run" VALUES(1,'people','run','done','2026-03-01T08:00:00.000Z','2026-03-01T08:00:00.000Z','{"planned": {"objects": 6}}','manual');
INSERT INTO "run" VALUES(2,'people','run','interrupted','2026-03-02T08:00:00.000Z','2026-03-03T08:00:00.000Z',NULL,'manual');
INSERT INTO "run" VALUES(3,'people','plan','done','2026-03-03T08:00:00.000Z','2026-03-03T08:00:00.000Z','{"planned": {"objects": 6}}','manual');
INSERT INTO "run" VALUES(4,'people','run','failed','2026-03-04T08:00:00.000Z','2026-03-04T08:00:00.000Z','{"planned": {"objects": 6}}','scheduled');
CREATE TABLE schedule (
    mapping    TEXT PRIMARY KEY,
    expression TEXT NOT NULL,              -- its times as configured; others begin anew
    since      TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "schedule" VALUES('people','0 3 * * * Europe/Zurich','2026-03-01T08:00:00.000Z');
CREATE TABLE source_document (
    source   TEXT NOT NULL,
    kind     TEXT NOT NULL,
    id       TEXT NOT NULL,
    document TEXT,                         -- the object; NULL where its content is broken
    problem  TEXT,                         -- why its content is broken
    PRIMARY KEY (source, kind, id)
) STRICT, WITHOUT ROWID;
INSERT INTO "source_document" VALUES('hr','role','editor','{"key":{"kind":"role","id":"editor"},"resource_type":"Group","active":true,"roles":[],"attributes":{"rid":"editor","label":"Editors"}}',NULL);
INSERT INTO "source_document" VALUES('hr','user','1','{"key":{"kind":"user","id":"1"},"resource_type":"User","active":true,"roles":["editor"],"attributes":{"uid":"1","name":"ann","given":"Ann","roles":["editor"]}}',NULL);
INSERT INTO "source_document" VALUES('hr','user','2','{"key":{"kind":"user","id":"2"},"resource_type":"User","active":true,"roles":["editor"],"attributes":{"uid":"2","name":"Straße","given":"Bob","roles":["editor"]}}',NULL);
INSERT INTO "source_document" VALUES('hr','user','3','{"key":{"kind":"user","id":"3"},"resource_type":"User","active":false,"roles":[],"attributes":{"uid":"3","name":"cleo","given":"Cléo","roles":[]}}',NULL);
INSERT INTO "source_document" VALUES('hr','user','4','{"key":{"kind":"user","id":"4"},"resource_type":"User","active":true,"roles":[],"attributes":{"uid":"4","name":"dan","given":"Dan","roles":[]}}',NULL);
INSERT INTO "source_document" VALUES('hr','user','5',NULL,'the attribute `status` is missing');
INSERT INTO "source_document" VALUES('hr','user','6','{"key":{"kind":"user","id":"6"},"resource_type":"User","active":true,"roles":[],"attributes":{"uid":"6","name":"ann","given":"Fay","roles":[]}}',NULL);
INSERT INTO "source_document" VALUES('hr','user','7','{"key":{"kind":"user","id":"7"},"resource_type":"User","active":true,"roles":[],"attributes":{"uid":"7","name":"gus","given":"Gus"}}',NULL);
CREATE TABLE source_object (
    source        TEXT NOT NULL,
    kind          TEXT NOT NULL,
    id            TEXT NOT NULL,
    position      INTEGER NOT NULL,        -- order of objects: the line in a file
    resource_type TEXT NOT NULL,
    digest        TEXT NOT NULL,           -- of document or problem
    seen_run      INTEGER NOT NULL, imprint BLOB,
    PRIMARY KEY (source, kind, id)
) STRICT, WITHOUT ROWID;
INSERT INTO "source_object" VALUES('hr','role','editor',1,'Group','3f79bb7b435b05321651daefd374cdc681dc06faa65e374e38337b88ca046dea',4,NULL);
INSERT INTO "source_object" VALUES('hr','user','1',1,'User','1de146f6221a7616b6250409edafc235eaeecb1a42dd9b8205e02e12c58b89ff',4,NULL);
INSERT INTO "source_object" VALUES('hr','user','2',2,'User','1a55d693269aefcaf29cb6a0c0f981aab7b2afa0a8cd83a6a7ec69d6ea8843ec',4,X'000102030405060708090A0B0C0D0E0F');
INSERT INTO "source_object" VALUES('hr','user','3',3,'User','3823bc2fb31660eeb505e85645fef02f3c303eec206a03a4cf88d3e23e6f0c6f',4,NULL);
INSERT INTO "source_object" VALUES('hr','user','4',4,'User','747f4bb140c9d8cdd27cb955ad2c1fbd92419754e514bb1e003f39e7fd065d4c',4,NULL);
INSERT INTO "source_object" VALUES('hr','user','5',5,'User','148de9c5a7a44d19e56cd9ae1a554bf67847afb0c58f6e12fa29ac7ddfca9940',4,NULL);
INSERT INTO "source_object" VALUES('hr','user','6',5,'User','d93a72f3728d22e894662aaa113c6398007249b861edcabfb4dddaaa89abbc31',4,NULL);
INSERT INTO "source_object" VALUES('hr','user','7',7,'User','7902699be42c8a8e46fbbb4501726517e86b22c56a189f7625a6da49081b2451',1,NULL);
CREATE TABLE source_sweep (
    source TEXT NOT NULL,
    kind   TEXT NOT NULL,
    since  INTEGER NOT NULL,
    until  INTEGER NOT NULL,
    PRIMARY KEY (source, kind)
) STRICT, WITHOUT ROWID;
INSERT INTO "source_sweep" VALUES('hr','role',4,4);
INSERT INTO "source_sweep" VALUES('hr','user',4,4);
CREATE TABLE suspension (
    mapping   TEXT NOT NULL PRIMARY KEY,
    component TEXT NOT NULL,               -- digest of its file and settings; of another, the row says nothing
    failures  INTEGER NOT NULL,            -- bad batches in a row
    since     TEXT NOT NULL,               -- when the first of them was
    until     TEXT,                        -- not asked before; NULL: asked on
    reason    TEXT NOT NULL                -- of the latest; nothing of a person
) STRICT, WITHOUT ROWID;
INSERT INTO "suspension" VALUES('people','5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef',3,'2026-11-23T09:30:00.000Z','2026-11-23T09:35:00.000Z','the plugin stopped: it gave up (a panic or an uncaught exception)');
CREATE TABLE tenant (
    tenant INTEGER PRIMARY KEY,
    name   TEXT NOT NULL UNIQUE
) STRICT;
INSERT INTO "tenant" VALUES(1,'people');
CREATE TABLE token (
    token   INTEGER PRIMARY KEY,
    tenant  INTEGER NOT NULL REFERENCES tenant,
    name    TEXT NOT NULL,                 -- for people
    scope   TEXT NOT NULL,                 -- scim, events or manage
    digest  BLOB NOT NULL UNIQUE,          -- SHA-256
    created TEXT NOT NULL,
    expires TEXT NOT NULL,
    revoked TEXT,                          -- NULL: it is valid until it expires
    used    TEXT                           -- the last time, to the minute; NULL: never
, site TEXT, mapping TEXT) STRICT;
INSERT INTO "token" VALUES(1,1,'wordpress','scim',X'ABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABAB','2026-11-23T09:30:00.000Z','2027-11-23T09:30:00.000Z',NULL,NULL,NULL,NULL);
INSERT INTO "token" VALUES(2,1,'drupal','events',X'CDCDCDCDCDCDCDCDCDCDCDCDCDCDCDCDCDCDCDCDCDCDCDCDCDCDCDCDCDCDCDCD','2026-11-23T09:30:00.000Z','2027-11-23T09:30:00.000Z',NULL,NULL,NULL,'people');
CREATE TABLE waiter (
    target        TEXT NOT NULL,
    resource_type TEXT NOT NULL,
    attribute     TEXT NOT NULL,
    value         TEXT NOT NULL,
    mapping       TEXT NOT NULL,
    kind          TEXT NOT NULL,
    id            TEXT NOT NULL,
    PRIMARY KEY (target, resource_type, attribute, value, mapping, kind, id)
) STRICT, WITHOUT ROWID;
INSERT INTO "waiter" VALUES('wiki','User','userName','ann','people','user','6');
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
INSERT INTO "waiting" VALUES('people','user','2',1,'User',2,'"update"',NULL,'{"feeds":[],"keys":[]}',3,NULL,NULL,'2026-03-04T08:00:00.000Z');
CREATE UNIQUE INDEX link_owner ON link (target, resource_type, target_id);
CREATE INDEX claim_holder ON claim (mapping, kind, id);
CREATE INDEX waiter_object ON waiter (mapping, kind, id);
CREATE INDEX reference_to ON reference (mapping, to_kind, to_id);
CREATE INDEX edge_want_group ON edge_want (mapping, group_kind, group_id, member_kind, member_id);
CREATE INDEX edge_want_member ON edge_want (mapping, member_kind, member_id);
CREATE INDEX edge_have_member ON edge_have (mapping, member_kind, member_id);
CREATE INDEX job_order ON job (run, state, class, position);
CREATE INDEX link_due ON link (mapping, reevaluate_at) WHERE reevaluate_at IS NOT NULL;
CREATE INDEX link_key_link ON link_key (mapping, kind, id);
CREATE INDEX listed_key_resource ON listed_key (target, resource_type, target_id);
CREATE INDEX source_order ON source_object (source, kind, position, seen_run, imprint);
CREATE INDEX link_place ON link (target, resource_type, place, imprint) WHERE place IS NOT NULL;
CREATE UNIQUE INDEX entry_by_id ON entry (tenant, id);
CREATE INDEX entry_in_order ON entry (tenant, type, entry);
CREATE INDEX entry_member_of ON entry_member (member, container);
CREATE INDEX token_of ON token (tenant, token);
CREATE UNIQUE INDEX changed_in_order ON changed (mapping, seq);
CREATE INDEX audit_closed ON audit (mapping, at)
    WHERE (instr(triggers, 'changed') > 0 OR instr(triggers, 'echo') > 0)
      AND (instr(effects, 'deactivate') > 0 OR instr(effects, 'delete') > 0);
CREATE INDEX waiting_by_external_id ON waiting (tenant, type, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX waiting_since ON waiting (since);
CREATE INDEX waiting_entry ON waiting (entry);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('entry',2);
COMMIT;
PRAGMA user_version = 12;
