-- Instants are Unix microseconds UTC, 0 is none. Identifiers rise with time.
-- What is called sealed is encrypted and bound to its table, row and column.

-- +goose Up

CREATE TABLE person (
    id                     INTEGER PRIMARY KEY,
    key                    TEXT    NOT NULL UNIQUE, -- the user name as compared
    username               TEXT    NOT NULL,
    display_name           TEXT    NOT NULL,
    email                  TEXT    NOT NULL,
    phone                  TEXT    NOT NULL,
    language               TEXT    NOT NULL,
    memberships            TEXT    NOT NULL, -- names of groups, a JSON array; empty: none
    role                   TEXT    NOT NULL,
    disabled               INTEGER NOT NULL,
    password               BLOB,             -- sealed hash
    password_enrolls_until INTEGER NOT NULL,
    link_mailed_at         INTEGER NOT NULL,
    duty                   TEXT    NOT NULL, -- the person's own requirement
    due                    INTEGER NOT NULL,
    may_postpone           INTEGER NOT NULL,
    postpone_left          INTEGER NOT NULL,
    enrolled               INTEGER NOT NULL, -- a usable factor exists; follows table factor
    sought                 TEXT    NOT NULL, -- what a search looks through, in lower case
    created_at             INTEGER NOT NULL
) STRICT;

CREATE INDEX person_with_role ON person (role) WHERE role <> '';
-- All that lists are selected by, so that a search reads this and nothing else.
CREATE INDEX person_listed ON person (key, sought, enrolled, duty, due, disabled, role);

-- What changes with every decision: one narrow row a person.
CREATE TABLE standing (
    person_id    INTEGER PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE,
    version      INTEGER NOT NULL, -- rises with every write to the person or what hangs on them
    sign_in      INTEGER NOT NULL, -- their last row in signin
    wrong        INTEGER NOT NULL, -- wrong codes, see lockout.Codes
    since        INTEGER NOT NULL,
    locked_until INTEGER NOT NULL,
    locks        INTEGER NOT NULL,
    streak       INTEGER NOT NULL,
    passwords    TEXT    NOT NULL, -- wrong passwords by source, JSON; empty: none
    spent        BLOB    NOT NULL  -- the last used step of each factor
) STRICT;

CREATE TABLE factor (
    id          INTEGER PRIMARY KEY,
    person_id   INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    kind        TEXT    NOT NULL,
    label       TEXT    NOT NULL,
    code_digits INTEGER NOT NULL,
    secret      BLOB    NOT NULL, -- sealed
    suspended   INTEGER NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX factor_of_person ON factor (person_id);
CREATE INDEX factor_suspended ON factor (person_id) WHERE suspended;

-- Open questions only; an answer removes the row.
CREATE TABLE challenge (
    hash       BLOB    PRIMARY KEY,
    attempt    INTEGER NOT NULL,
    person_id  INTEGER REFERENCES person (id) ON DELETE CASCADE, -- NULL: nobody is behind it
    purpose    TEXT    NOT NULL,
    door       TEXT    NOT NULL,
    client     TEXT    NOT NULL,
    username   TEXT    NOT NULL,
    key        TEXT    NOT NULL,
    source     TEXT    NOT NULL,
    round      INTEGER NOT NULL,
    wrong      INTEGER NOT NULL,
    password   INTEGER NOT NULL, -- the password was right
    expires_at INTEGER NOT NULL,
    once       BLOB    NOT NULL,
    invitation INTEGER NOT NULL -- that the person enrolls with; 0: none
) STRICT, WITHOUT ROWID;
CREATE INDEX challenge_of_person ON challenge (person_id) WHERE person_id IS NOT NULL;

CREATE TABLE invitation (
    id         INTEGER PRIMARY KEY,
    code       BLOB    NOT NULL UNIQUE,
    person_id  INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    origin     TEXT    NOT NULL,
    attempt    INTEGER NOT NULL,
    client     TEXT    NOT NULL,
    source     TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    spent_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX invitation_of_person ON invitation (person_id);

CREATE TABLE pending_enrollment (
    person_id   INTEGER PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE,
    browser     BLOB    NOT NULL,
    factor_id   INTEGER NOT NULL,
    kind        TEXT    NOT NULL,
    secret      BLOB,             -- sealed as the factor's; NULL: none chosen yet
    password    BLOB,             -- sealed hash, for the person once they are enrolled
    code_digits INTEGER NOT NULL,
    invitation  INTEGER NOT NULL,
    replaces    INTEGER NOT NULL,
    superseded  INTEGER NOT NULL,
    wrong       INTEGER NOT NULL,
    started_at  INTEGER NOT NULL
) STRICT;

-- The log of decisions. A person's rows are chained by previous, so that
-- nothing but the primary key is kept up for each sign-in. It outlives people.
CREATE TABLE signin (
    id        INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL, -- 0: nobody by that name
    previous  INTEGER NOT NULL,
    username  TEXT    NOT NULL,
    door      TEXT    NOT NULL,
    client    TEXT    NOT NULL,
    source    TEXT    NOT NULL,
    result    TEXT    NOT NULL,
    reason    TEXT    NOT NULL,
    method    TEXT    NOT NULL,
    trace     TEXT    NOT NULL,
    once      BLOB    NOT NULL
) STRICT;

-- The log of changes.
CREATE TABLE change (
    id           INTEGER PRIMARY KEY,
    actor_person INTEGER NOT NULL,
    actor_name   TEXT    NOT NULL,
    via          TEXT    NOT NULL,
    source       TEXT    NOT NULL,
    action       TEXT    NOT NULL,
    subject      TEXT    NOT NULL,
    reason       TEXT    NOT NULL,
    detail       TEXT    NOT NULL
) STRICT;

CREATE TABLE session (
    hash      BLOB    PRIMARY KEY,
    id        INTEGER NOT NULL UNIQUE,
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    methods   TEXT    NOT NULL, -- separated by spaces
    factor_id INTEGER NOT NULL,
    proven_at INTEGER NOT NULL,
    seen_at   INTEGER NOT NULL,
    ends_at   INTEGER NOT NULL,
    source    TEXT    NOT NULL,
    browser   TEXT    NOT NULL,
    language  TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_of_person ON session (person_id);

CREATE TABLE outbox (
    id          INTEGER PRIMARY KEY,
    kind        TEXT    NOT NULL,
    person_id   INTEGER NOT NULL, -- may be gone
    username    TEXT    NOT NULL, -- as it was
    address     TEXT    NOT NULL, -- that it went to
    state       TEXT    NOT NULL,
    body        BLOB,             -- sealed; NULL once the message is sent or given up
    attempts    INTEGER NOT NULL, -- also the fence: a late report of an older attempt counts for nothing
    due_at      INTEGER NOT NULL, -- not before; while it is being sent, when the claim lapses
    problem     TEXT    NOT NULL,
    queued_at   INTEGER NOT NULL,
    sent_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX outbox_due ON outbox (due_at) WHERE state = 'queued';

CREATE TABLE radius_client (
    id                    INTEGER PRIMARY KEY,
    name                  TEXT    NOT NULL UNIQUE,
    address               TEXT    NOT NULL UNIQUE, -- a prefix, as in 192.0.2.0/24
    secret                BLOB    NOT NULL,        -- sealed
    first_factor          TEXT    NOT NULL,
    code                  TEXT    NOT NULL,
    unenrolled            TEXT    NOT NULL,
    message_authenticator TEXT    NOT NULL,
    created_at            INTEGER NOT NULL
) STRICT;

CREATE TABLE help_request (
    id          INTEGER PRIMARY KEY,
    person_id   INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    door        TEXT    NOT NULL,
    source      TEXT    NOT NULL,
    new_source  INTEGER NOT NULL, -- nobody succeeded from there before
    created_at  INTEGER NOT NULL,
    closed_at   INTEGER NOT NULL, -- 0: open
    closed_by   TEXT    NOT NULL
) STRICT;
CREATE INDEX help_request_of_person ON help_request (person_id);
CREATE UNIQUE INDEX help_request_open ON help_request (person_id) WHERE closed_at = 0;

-- Counters that rise when something all nodes remember has changed.
CREATE TABLE revision (
    name   TEXT    PRIMARY KEY,
    number INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE revision;
DROP TABLE help_request;
DROP TABLE radius_client;
DROP TABLE outbox;
DROP TABLE session;
DROP TABLE change;
DROP TABLE signin;
DROP TABLE pending_enrollment;
DROP TABLE invitation;
DROP TABLE challenge;
DROP TABLE factor;
DROP TABLE standing;
DROP TABLE person;
