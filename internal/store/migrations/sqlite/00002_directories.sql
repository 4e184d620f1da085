-- Directories that people come from, what of them is kept in step, and what
-- became of each run.

-- +goose Up

CREATE TABLE directory (
    id         INTEGER PRIMARY KEY,
    name       TEXT    NOT NULL UNIQUE,
    preset     TEXT    NOT NULL,
    servers    TEXT    NOT NULL, -- URLs, separated by blanks, in order
    start_tls  INTEGER NOT NULL,
    ca         TEXT    NOT NULL, -- PEM; empty: the system's
    base       TEXT    NOT NULL,
    bind_dn    TEXT    NOT NULL,
    password   BLOB    NOT NULL, -- sealed
    domains    TEXT    NOT NULL, -- separated by blanks
    attributes TEXT    NOT NULL, -- which tells what, a JSON object
    region     TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- What is known of the changes in a directory. It belongs to running servers.
CREATE TABLE directory_poll (
    directory_id INTEGER PRIMARY KEY REFERENCES directory (id) ON DELETE CASCADE,
    cursor       BLOB    NOT NULL,
    current_at   INTEGER NOT NULL, -- the instant as of which changes are known
    problem      TEXT    NOT NULL, -- of the last try; empty: none
    since        INTEGER NOT NULL  -- when that began
) STRICT;

-- Who comes from where. Local people have no row.
CREATE TABLE origin (
    person_id    INTEGER PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE,
    directory_id INTEGER NOT NULL REFERENCES directory (id),
    object       BLOB    NOT NULL, -- objectGUID or entryUUID, 16 octets
    name         TEXT    NOT NULL, -- the user name as compared, without a domain
    dn           TEXT    NOT NULL,
    barred       TEXT    NOT NULL,
    expires_at   INTEGER NOT NULL,
    gone_at      INTEGER NOT NULL,
    seen_at      INTEGER NOT NULL,
    keep_phone   INTEGER NOT NULL,
    items        TEXT    NOT NULL, -- identifiers of the items that cover the entry, separated by blanks
    shown        TEXT    NOT NULL, -- attributes for people to look at, a JSON object
    digest       INTEGER NOT NULL, -- of the entry as last taken over; 0: none was
    UNIQUE (directory_id, object)
) STRICT;
CREATE INDEX origin_by_name ON origin (name);
CREATE INDEX origin_gone ON origin (gone_at) WHERE gone_at <> 0;
CREATE INDEX origin_expires ON origin (expires_at) WHERE expires_at <> 0;

CREATE TABLE sync_item (
    id            INTEGER PRIMARY KEY,
    name          TEXT    NOT NULL UNIQUE,
    directory_id  INTEGER NOT NULL REFERENCES directory (id),
    base          TEXT    NOT NULL,
    filter        TEXT    NOT NULL,
    only_group    TEXT    NOT NULL,
    every         INTEGER NOT NULL, -- microseconds
    required      INTEGER NOT NULL, -- of somebody new
    period        INTEGER NOT NULL, -- microseconds until then; 0: at once
    mail          INTEGER NOT NULL, -- a link to somebody new
    guard_count   INTEGER NOT NULL,
    guard_percent INTEGER NOT NULL,
    grace         INTEGER NOT NULL, -- microseconds
    position      INTEGER NOT NULL,
    enabled       INTEGER NOT NULL
) STRICT;

-- How far an item has come. It belongs to running servers.
CREATE TABLE sync_cursor (
    item_id INTEGER PRIMARY KEY REFERENCES sync_item (id) ON DELETE CASCADE,
    cursor  BLOB    NOT NULL,
    full_at INTEGER NOT NULL  -- when the last full run began that came to its end
) STRICT;

CREATE TABLE sync_run (
    id         INTEGER PRIMARY KEY,
    item_id    INTEGER NOT NULL, -- may be gone
    item       TEXT    NOT NULL, -- its name, as it was
    whole      INTEGER NOT NULL, -- everything was read, not only changes
    state      TEXT    NOT NULL,
    alive_at   INTEGER NOT NULL, -- the last sign of life
    ended_at   INTEGER NOT NULL, -- 0: it runs
    added      INTEGER NOT NULL,
    changed    INTEGER NOT NULL,
    disabled   INTEGER NOT NULL,
    removed    INTEGER NOT NULL,
    back       INTEGER NOT NULL,
    unchanged  INTEGER NOT NULL,
    refused    INTEGER NOT NULL,
    problem    TEXT    NOT NULL,
    decided_by TEXT    NOT NULL
) STRICT;
CREATE INDEX sync_run_of_item ON sync_run (item_id, id);

-- What a run has to say about single entries.
CREATE TABLE sync_row (
    run_id   INTEGER NOT NULL REFERENCES sync_run (id) ON DELETE CASCADE,
    n        INTEGER NOT NULL,
    kind     TEXT    NOT NULL,
    object   BLOB    NOT NULL,
    username TEXT    NOT NULL,
    dn       TEXT    NOT NULL,
    reason   TEXT    NOT NULL,
    PRIMARY KEY (run_id, n)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE sync_row;
DROP TABLE sync_run;
DROP TABLE sync_cursor;
DROP TABLE sync_item;
DROP TABLE origin;
DROP TABLE directory_poll;
DROP TABLE directory;
