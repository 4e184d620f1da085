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

-- +goose Down
DROP TABLE job_run;
DROP TABLE leader;
