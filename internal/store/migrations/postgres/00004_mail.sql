-- +goose Up

-- Who leads the cluster: one row.
CREATE TABLE leader (
    id       BIGINT  PRIMARY KEY CHECK (id = 1),
    term     BIGINT  NOT NULL UNIQUE, -- the fence: rises with every leadership
    beat     BIGINT  NOT NULL,        -- rises with every sign of life
    node     TEXT    NOT NULL,        -- empty: nobody leads
    since    BIGINT  NOT NULL,
    alive_at BIGINT  NOT NULL
);

-- The last runs of each job.
CREATE TABLE job_run (
    id         BIGINT  PRIMARY KEY,
    job        TEXT    NOT NULL,
    node       TEXT    NOT NULL,
    term       BIGINT  NOT NULL,
    started_at BIGINT  NOT NULL,
    ended_at   BIGINT  NOT NULL,
    next_at    BIGINT  NOT NULL,
    problem    TEXT    NOT NULL -- empty: it did what it should
);
CREATE INDEX job_run_of_job ON job_run (job, id);

-- +goose Down
DROP TABLE job_run;
DROP TABLE leader;
