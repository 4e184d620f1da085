-- Acts on many people are written down before they begin: by whom, what, for whom, and
-- how far they have come. Whoever leads finishes those whose process died.

-- +goose Up

ALTER TABLE bulk ADD COLUMN by_person INTEGER NOT NULL DEFAULT 0;
ALTER TABLE bulk ADD COLUMN via TEXT NOT NULL DEFAULT '';
ALTER TABLE bulk ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE bulk ADD COLUMN reason TEXT NOT NULL DEFAULT '';
ALTER TABLE bulk ADD COLUMN factor TEXT NOT NULL DEFAULT ''; -- only what requires this kind
ALTER TABLE bulk ADD COLUMN length INTEGER NOT NULL DEFAULT 0; -- microseconds
ALTER TABLE bulk ADD COLUMN until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE bulk ADD COLUMN undoes INTEGER NOT NULL DEFAULT 0; -- the act that it takes back
ALTER TABLE bulk ADD COLUMN rules TEXT NOT NULL DEFAULT ''; -- the periods of groups that it ends or moves, JSON
ALTER TABLE bulk ADD COLUMN state TEXT NOT NULL DEFAULT 'over'; -- choosing, running, over, dropped
ALTER TABLE bulk ADD COLUMN final INTEGER NOT NULL DEFAULT 0; -- it cannot be undone
ALTER TABLE bulk ADD COLUMN ordered_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE bulk ADD COLUMN people INTEGER NOT NULL DEFAULT 0; -- who were chosen
ALTER TABLE bulk ADD COLUMN done INTEGER NOT NULL DEFAULT 0;
ALTER TABLE bulk ADD COLUMN silent INTEGER NOT NULL DEFAULT 0; -- of those: who are told nothing
ALTER TABLE bulk ADD COLUMN skipped INTEGER NOT NULL DEFAULT 0;
ALTER TABLE bulk ADD COLUMN failed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE bulk ADD COLUMN ended_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE bulk ADD COLUMN runner TEXT NOT NULL DEFAULT ''; -- the process that works on it
ALTER TABLE bulk ADD COLUMN fence INTEGER NOT NULL DEFAULT 0; -- rises whenever another process takes over
ALTER TABLE bulk ADD COLUMN beat INTEGER NOT NULL DEFAULT 0; -- rises with every step
CREATE INDEX bulk_unfinished ON bulk (id) WHERE state IN ('choosing', 'running');

-- Whom it is for. Like the log, it outlives the person.
CREATE TABLE bulk_member (
    bulk_id   INTEGER NOT NULL REFERENCES bulk (id) ON DELETE CASCADE,
    person_id INTEGER NOT NULL, -- below zero: nobody has the name
    username  TEXT    NOT NULL,
    outcome   TEXT    NOT NULL, -- done, skipped, failed; empty: waiting
    refusal   TEXT    NOT NULL, -- why not done
    said      TEXT    NOT NULL,
    before    TEXT    NOT NULL, -- the person's rows of table duty, JSON
    after     TEXT    NOT NULL,
    PRIMARY KEY (bulk_id, person_id)
) STRICT, WITHOUT ROWID;
INSERT INTO bulk_member SELECT r.bulk_id, r.person_id, p.username, 'done', '', '', r.before, r.after
    FROM bulk_row r JOIN person p ON p.id = r.person_id;
DROP TABLE bulk_row;
ALTER TABLE bulk_member RENAME TO bulk_row;
CREATE INDEX bulk_row_of ON bulk_row (username, bulk_id);
UPDATE bulk SET done = (SELECT count(*) FROM bulk_row r WHERE r.bulk_id = bulk.id);
UPDATE bulk SET people = done;

-- +goose Down
CREATE TABLE bulk_member (
    bulk_id   INTEGER NOT NULL REFERENCES bulk (id) ON DELETE CASCADE,
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    before    TEXT    NOT NULL,
    after     TEXT    NOT NULL,
    PRIMARY KEY (bulk_id, person_id)
) STRICT, WITHOUT ROWID;
INSERT INTO bulk_member SELECT r.bulk_id, r.person_id, r.before, r.after
    FROM bulk_row r JOIN person p ON p.id = r.person_id WHERE r.outcome = 'done';
DROP TABLE bulk_row;
ALTER TABLE bulk_member RENAME TO bulk_row;
DROP INDEX bulk_unfinished;
ALTER TABLE bulk DROP COLUMN beat;
ALTER TABLE bulk DROP COLUMN fence;
ALTER TABLE bulk DROP COLUMN runner;
ALTER TABLE bulk DROP COLUMN ended_at;
ALTER TABLE bulk DROP COLUMN failed;
ALTER TABLE bulk DROP COLUMN skipped;
ALTER TABLE bulk DROP COLUMN silent;
ALTER TABLE bulk DROP COLUMN done;
ALTER TABLE bulk DROP COLUMN people;
ALTER TABLE bulk DROP COLUMN ordered_at;
ALTER TABLE bulk DROP COLUMN final;
ALTER TABLE bulk DROP COLUMN state;
ALTER TABLE bulk DROP COLUMN rules;
ALTER TABLE bulk DROP COLUMN undoes;
ALTER TABLE bulk DROP COLUMN until;
ALTER TABLE bulk DROP COLUMN length;
ALTER TABLE bulk DROP COLUMN factor;
ALTER TABLE bulk DROP COLUMN reason;
ALTER TABLE bulk DROP COLUMN source;
ALTER TABLE bulk DROP COLUMN via;
ALTER TABLE bulk DROP COLUMN by_person;
