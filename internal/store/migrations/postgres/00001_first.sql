-- Instants are Unix microseconds UTC, 0 is none. Identifiers rise with time.
-- What is called sealed is encrypted and bound to its table, row and column.

-- +goose Up

CREATE TABLE person (
    id                     BIGINT  PRIMARY KEY,
    key                    TEXT    NOT NULL UNIQUE, -- the user name as compared
    username               TEXT    NOT NULL,
    display_name           TEXT    NOT NULL,
    email                  TEXT    NOT NULL,
    phone                  TEXT    NOT NULL,
    language               TEXT    NOT NULL,
    memberships            TEXT    NOT NULL, -- names of groups, a JSON array; empty: none
    role                   TEXT    NOT NULL,
    disabled               BOOLEAN NOT NULL,
    password               BYTEA,             -- sealed hash
    password_enrolls_until BIGINT  NOT NULL,
    link_mailed_at         BIGINT  NOT NULL,
    duty                   TEXT    NOT NULL, -- the person's own requirement
    due                    BIGINT  NOT NULL,
    may_postpone           BOOLEAN NOT NULL,
    postpone_left          BIGINT  NOT NULL,
    enrolled               BOOLEAN NOT NULL, -- a usable factor exists; follows table factor
    sought                 TEXT    NOT NULL, -- what a search looks through, in lower case
    created_at             BIGINT  NOT NULL
);

CREATE INDEX person_with_role ON person (role) WHERE role <> '';

-- What changes with every decision: one narrow row a person.
CREATE TABLE standing (
    person_id    BIGINT  PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE,
    version      BIGINT  NOT NULL, -- rises with every write to the person or what hangs on them
    sign_in      BIGINT  NOT NULL, -- their last row in signin
    wrong        BIGINT  NOT NULL, -- wrong codes, see lockout.Codes
    since        BIGINT  NOT NULL,
    locked_until BIGINT  NOT NULL,
    locks        BIGINT  NOT NULL,
    streak       BIGINT  NOT NULL,
    passwords    TEXT    NOT NULL, -- wrong passwords by source, JSON; empty: none
    spent        BYTEA   NOT NULL  -- the last used step of each factor
) WITH (fillfactor = 50); -- room for updates in place

CREATE TABLE factor (
    id          BIGINT  PRIMARY KEY,
    person_id   BIGINT  NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    kind        TEXT    NOT NULL,
    label       TEXT    NOT NULL,
    code_digits BIGINT  NOT NULL,
    secret      BYTEA   NOT NULL, -- sealed
    suspended   BOOLEAN NOT NULL,
    created_at  BIGINT  NOT NULL
);
CREATE INDEX factor_of_person ON factor (person_id);
CREATE INDEX factor_suspended ON factor (person_id) WHERE suspended;

-- Open questions only; an answer removes the row.
CREATE TABLE challenge (
    hash       BYTEA   PRIMARY KEY,
    attempt    BIGINT  NOT NULL,
    person_id  BIGINT  REFERENCES person (id) ON DELETE CASCADE, -- NULL: nobody is behind it
    purpose    TEXT    NOT NULL,
    door       TEXT    NOT NULL,
    client     TEXT    NOT NULL,
    username   TEXT    NOT NULL,
    key        TEXT    NOT NULL,
    source     TEXT    NOT NULL,
    round      BIGINT  NOT NULL,
    wrong      BIGINT  NOT NULL,
    password   BOOLEAN NOT NULL, -- the password was right
    expires_at BIGINT  NOT NULL,
    once       BYTEA   NOT NULL,
    invitation BIGINT  NOT NULL -- that the person enrolls with; 0: none
);
CREATE INDEX challenge_of_person ON challenge (person_id) WHERE person_id IS NOT NULL;

CREATE TABLE invitation (
    id         BIGINT  PRIMARY KEY,
    code       BYTEA   NOT NULL UNIQUE,
    person_id  BIGINT  NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    origin     TEXT    NOT NULL,
    attempt    BIGINT  NOT NULL,
    client     TEXT    NOT NULL,
    source     TEXT    NOT NULL,
    created_at BIGINT  NOT NULL,
    expires_at BIGINT  NOT NULL,
    spent_at   BIGINT  NOT NULL
);
CREATE INDEX invitation_of_person ON invitation (person_id);

CREATE TABLE pending_enrollment (
    person_id   BIGINT  PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE,
    browser     BYTEA   NOT NULL,
    factor_id   BIGINT  NOT NULL,
    kind        TEXT    NOT NULL,
    secret      BYTEA,             -- sealed as the factor's; NULL: none chosen yet
    password    BYTEA,             -- sealed hash, for the person once they are enrolled
    code_digits BIGINT  NOT NULL,
    invitation  BIGINT  NOT NULL,
    replaces    BIGINT  NOT NULL,
    superseded  BOOLEAN NOT NULL,
    wrong       BIGINT  NOT NULL,
    started_at  BIGINT  NOT NULL
);

-- The log of decisions. A person's rows are chained by previous, so that
-- nothing but the primary key is kept up for each sign-in. It outlives people.
CREATE TABLE signin (
    id        BIGINT  PRIMARY KEY,
    person_id BIGINT  NOT NULL, -- 0: nobody by that name
    previous  BIGINT  NOT NULL,
    username  TEXT    NOT NULL,
    door      TEXT    NOT NULL,
    client    TEXT    NOT NULL,
    source    TEXT    NOT NULL,
    result    TEXT    NOT NULL,
    reason    TEXT    NOT NULL,
    method    TEXT    NOT NULL,
    trace     TEXT    NOT NULL,
    once      BYTEA   NOT NULL
);

-- The log of changes.
CREATE TABLE change (
    id           BIGINT  PRIMARY KEY,
    actor_person BIGINT  NOT NULL,
    actor_name   TEXT    NOT NULL,
    via          TEXT    NOT NULL,
    source       TEXT    NOT NULL,
    action       TEXT    NOT NULL,
    subject      TEXT    NOT NULL,
    reason       TEXT    NOT NULL,
    detail       TEXT    NOT NULL
);

CREATE TABLE session (
    hash      BYTEA   PRIMARY KEY,
    id        BIGINT  NOT NULL UNIQUE,
    person_id BIGINT  NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    methods   TEXT    NOT NULL, -- separated by spaces
    factor_id BIGINT  NOT NULL,
    proven_at BIGINT  NOT NULL,
    seen_at   BIGINT  NOT NULL,
    ends_at   BIGINT  NOT NULL,
    source    TEXT    NOT NULL,
    browser   TEXT    NOT NULL,
    language  TEXT    NOT NULL
);
CREATE INDEX session_of_person ON session (person_id);

CREATE TABLE outbox (
    id          BIGINT  PRIMARY KEY,
    kind        TEXT    NOT NULL,
    person_id   BIGINT  NOT NULL, -- may be gone
    username    TEXT    NOT NULL, -- as it was
    address     TEXT    NOT NULL, -- that it went to
    state       TEXT    NOT NULL,
    body        BYTEA,             -- sealed; NULL once the message is sent or given up
    attempts    BIGINT  NOT NULL, -- also the fence: a late report of an older attempt counts for nothing
    due_at      BIGINT  NOT NULL, -- not before; while it is being sent, when the claim lapses
    problem     TEXT    NOT NULL,
    queued_at   BIGINT  NOT NULL,
    sent_at     BIGINT  NOT NULL
);
CREATE INDEX outbox_due ON outbox (due_at) WHERE state = 'queued';

CREATE TABLE radius_client (
    id                    BIGINT  PRIMARY KEY,
    name                  TEXT    NOT NULL UNIQUE,
    address               TEXT    NOT NULL UNIQUE, -- a prefix, as in 192.0.2.0/24
    secret                BYTEA   NOT NULL,        -- sealed
    first_factor          TEXT    NOT NULL,
    code                  TEXT    NOT NULL,
    unenrolled            TEXT    NOT NULL,
    message_authenticator TEXT    NOT NULL,
    created_at            BIGINT  NOT NULL
);

CREATE TABLE help_request (
    id          BIGINT  PRIMARY KEY,
    person_id   BIGINT  NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    door        TEXT    NOT NULL,
    source      TEXT    NOT NULL,
    new_source  BOOLEAN NOT NULL, -- nobody succeeded from there before
    created_at  BIGINT  NOT NULL,
    closed_at   BIGINT  NOT NULL, -- 0: open
    closed_by   TEXT    NOT NULL
);
CREATE INDEX help_request_of_person ON help_request (person_id);
CREATE UNIQUE INDEX help_request_open ON help_request (person_id) WHERE closed_at = 0;

-- Counters that rise when something all nodes remember has changed.
CREATE TABLE revision (
    name   TEXT    PRIMARY KEY,
    number BIGINT  NOT NULL
);

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
