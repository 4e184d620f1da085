-- Directories that people come from, what of them is kept in step, and what
-- became of each run.

-- +goose Up

CREATE TABLE directory (
    id         BIGINT  PRIMARY KEY,
    name       TEXT    NOT NULL UNIQUE,
    preset     TEXT    NOT NULL,
    servers    TEXT    NOT NULL, -- URLs, separated by blanks, in order
    start_tls  BOOLEAN NOT NULL,
    ca         TEXT    NOT NULL, -- PEM; empty: the system's
    base       TEXT    NOT NULL,
    bind_dn    TEXT    NOT NULL,
    password   BYTEA   NOT NULL, -- sealed
    domains    TEXT    NOT NULL, -- separated by blanks
    attributes TEXT    NOT NULL, -- which tells what, a JSON object
    region     TEXT    NOT NULL,
    created_at BIGINT  NOT NULL
);

-- What is known of the changes in a directory. It belongs to running servers.
CREATE TABLE directory_poll (
    directory_id BIGINT  PRIMARY KEY REFERENCES directory (id) ON DELETE CASCADE,
    cursor       BYTEA   NOT NULL,
    current_at   BIGINT  NOT NULL, -- the instant as of which changes are known
    problem      TEXT    NOT NULL, -- of the last try; empty: none
    since        BIGINT  NOT NULL  -- when that began
);

-- Who comes from where. Local people have no row.
CREATE TABLE origin (
    person_id    BIGINT  PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE,
    directory_id BIGINT  NOT NULL REFERENCES directory (id),
    object       BYTEA   NOT NULL, -- objectGUID or entryUUID, 16 octets
    name         TEXT    NOT NULL, -- the user name as compared, without a domain
    dn           TEXT    NOT NULL,
    barred       TEXT    NOT NULL,
    expires_at   BIGINT  NOT NULL,
    gone_at      BIGINT  NOT NULL,
    seen_at      BIGINT  NOT NULL,
    keep_phone   BOOLEAN NOT NULL,
    items        TEXT    NOT NULL, -- identifiers of the items that cover the entry, separated by blanks
    shown        TEXT    NOT NULL, -- attributes for people to look at, a JSON object
    digest       BIGINT  NOT NULL, -- of the entry as last taken over; 0: none was
    UNIQUE (directory_id, object)
);
CREATE INDEX origin_by_name ON origin (name);
CREATE INDEX origin_gone ON origin (gone_at) WHERE gone_at <> 0;
CREATE INDEX origin_expires ON origin (expires_at) WHERE expires_at <> 0;

CREATE TABLE sync_item (
    id            BIGINT  PRIMARY KEY,
    name          TEXT    NOT NULL UNIQUE,
    directory_id  BIGINT  NOT NULL REFERENCES directory (id),
    base          TEXT    NOT NULL,
    filter        TEXT    NOT NULL,
    only_group    TEXT    NOT NULL,
    every         BIGINT  NOT NULL, -- microseconds
    required      BOOLEAN NOT NULL, -- of somebody new
    period        BIGINT  NOT NULL, -- microseconds until then; 0: at once
    mail          BOOLEAN NOT NULL, -- a link to somebody new
    guard_count   BIGINT  NOT NULL,
    guard_percent BIGINT  NOT NULL,
    grace         BIGINT  NOT NULL, -- microseconds
    position      BIGINT  NOT NULL,
    enabled       BOOLEAN NOT NULL
);

-- How far an item has come. It belongs to running servers.
CREATE TABLE sync_cursor (
    item_id BIGINT  PRIMARY KEY REFERENCES sync_item (id) ON DELETE CASCADE,
    cursor  BYTEA   NOT NULL,
    full_at BIGINT  NOT NULL  -- when the last full run began that came to its end
);

CREATE TABLE sync_run (
    id         BIGINT  PRIMARY KEY,
    item_id    BIGINT  NOT NULL, -- may be gone
    item       TEXT    NOT NULL, -- its name, as it was
    whole      BOOLEAN NOT NULL, -- everything was read, not only changes
    state      TEXT    NOT NULL,
    alive_at   BIGINT  NOT NULL, -- the last sign of life
    ended_at   BIGINT  NOT NULL, -- 0: it runs
    added      BIGINT  NOT NULL,
    changed    BIGINT  NOT NULL,
    disabled   BIGINT  NOT NULL,
    removed    BIGINT  NOT NULL,
    back       BIGINT  NOT NULL,
    unchanged  BIGINT  NOT NULL,
    refused    BIGINT  NOT NULL,
    problem    TEXT    NOT NULL,
    decided_by TEXT    NOT NULL
);
CREATE INDEX sync_run_of_item ON sync_run (item_id, id);

-- What a run has to say about single entries.
CREATE TABLE sync_row (
    run_id   BIGINT  NOT NULL REFERENCES sync_run (id) ON DELETE CASCADE,
    n        BIGINT  NOT NULL,
    kind     TEXT    NOT NULL,
    object   BYTEA   NOT NULL,
    username TEXT    NOT NULL,
    dn       TEXT    NOT NULL,
    reason   TEXT    NOT NULL,
    PRIMARY KEY (run_id, n)
);

-- +goose Down
DROP TABLE sync_row;
DROP TABLE sync_run;
DROP TABLE sync_cursor;
DROP TABLE sync_item;
DROP TABLE origin;
DROP TABLE directory_poll;
DROP TABLE directory;
