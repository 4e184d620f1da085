-- +goose Up

-- Who leads the cluster: one row.
CREATE TABLE leader (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    term     INTEGER NOT NULL UNIQUE, -- the fence: rises with every leadership
    beat     INTEGER NOT NULL,        -- rises with every sign of life
    node     TEXT    NOT NULL,        -- empty: nobody leads
    since    INTEGER NOT NULL,
    alive_at INTEGER NOT NULL
) STRICT;

-- The last runs of each job.
CREATE TABLE job_run (
    id         INTEGER PRIMARY KEY,
    job        TEXT    NOT NULL,
    node       TEXT    NOT NULL,
    term       INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at   INTEGER NOT NULL,
    next_at    INTEGER NOT NULL,
    problem    TEXT    NOT NULL -- empty: it did what it should
) STRICT;
CREATE INDEX job_run_of_job ON job_run (job, id);

-- The instant after which a message is of no use; 0: none.
ALTER TABLE outbox ADD COLUMN until INTEGER NOT NULL DEFAULT 0;
-- Those that wait for somebody to act.
CREATE INDEX outbox_troubled ON outbox (id) WHERE state IN ('failed', 'bounced', 'no-address');

-- What mails say instead of the words that are built in.
CREATE TABLE mail_template (
    kind       TEXT    NOT NULL,
    language   TEXT    NOT NULL,
    source     TEXT    NOT NULL,
    changed_at INTEGER NOT NULL,
    changed_by TEXT    NOT NULL,
    PRIMARY KEY (kind, language)
) STRICT;

-- +goose Down
DROP TABLE mail_template;
DROP INDEX outbox_troubled;
ALTER TABLE outbox DROP COLUMN until;
DROP TABLE job_run;
DROP TABLE leader;
