-- What is required of people, each with a clock of their own.

-- +goose Up

ALTER TABLE person DROP COLUMN duty;
ALTER TABLE person DROP COLUMN due;
ALTER TABLE person DROP COLUMN may_postpone;
ALTER TABLE person DROP COLUMN postpone_left;

-- How many rows of table duty are the person's.
ALTER TABLE standing ADD COLUMN duties BIGINT  NOT NULL DEFAULT 0;

-- Where the person stood when they asked.
ALTER TABLE help_request ADD COLUMN status TEXT NOT NULL DEFAULT '';

-- What was required of many at once, or of the members of a group.
CREATE TABLE period (
    id         BIGINT  PRIMARY KEY,
    state      TEXT    NOT NULL, -- starting, running, over
    duty       TEXT    NOT NULL,
    factor     TEXT    NOT NULL,
    place      TEXT    NOT NULL, -- empty: everywhere
    members    TEXT    NOT NULL, -- the group whose members it is for, later ones too; empty: whoever was chosen
    chosen     TEXT    NOT NULL, -- how they were chosen, for people to read
    length     BIGINT  NOT NULL, -- microseconds; 0: until the instant
    until      BIGINT  NOT NULL,
    postpone   BIGINT  NOT NULL,
    running_at BIGINT  NOT NULL, -- nothing is required before
    over_at    BIGINT  NOT NULL,
    by_name    TEXT    NOT NULL,
    reason     TEXT    NOT NULL
);
CREATE INDEX period_of_group ON period (members) WHERE members <> '';

CREATE TABLE duty (
    person_id     BIGINT  NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    period_id     BIGINT  NOT NULL, -- or an identifier of its own
    own           BOOLEAN NOT NULL, -- of no period
    duty          TEXT    NOT NULL,
    factor        TEXT    NOT NULL,
    place         TEXT    NOT NULL,
    since         BIGINT  NOT NULL,
    due           BIGINT  NOT NULL,
    paused_at     BIGINT  NOT NULL,
    postpone_left BIGINT  NOT NULL,
    told          BIGINT  NOT NULL, -- what the person was told of: 1 the beginning, 2 the end
    reminded      BIGINT  NOT NULL, -- how long before the end the last reminder was for, microseconds; 0: none yet
    next_at       BIGINT  NOT NULL, -- when there is something to tell; 0: nothing
    PRIMARY KEY (person_id, period_id)
);
CREATE INDEX duty_next ON duty (next_at) WHERE next_at <> 0;
CREATE INDEX duty_of_period ON duty (period_id);

-- The last acts on many people, and how things were before.
CREATE TABLE bulk (
    id        BIGINT  PRIMARY KEY,
    action    TEXT    NOT NULL,
    chosen    TEXT    NOT NULL,
    period_id BIGINT  NOT NULL, -- that was started; 0: none
    by_name   TEXT    NOT NULL,
    undone_at BIGINT  NOT NULL
);

CREATE TABLE bulk_row (
    bulk_id   BIGINT  NOT NULL REFERENCES bulk (id) ON DELETE CASCADE,
    person_id BIGINT  NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    before    TEXT    NOT NULL, -- the person's rows of table duty, JSON
    after     TEXT    NOT NULL,
    PRIMARY KEY (bulk_id, person_id)
);

-- +goose Down
DROP TABLE bulk_row;
DROP TABLE bulk;
DROP TABLE duty;
DROP TABLE period;
ALTER TABLE help_request DROP COLUMN status;
ALTER TABLE standing DROP COLUMN duties;
ALTER TABLE person ADD COLUMN duty TEXT NOT NULL DEFAULT '';
ALTER TABLE person ADD COLUMN due BIGINT  NOT NULL DEFAULT 0;
ALTER TABLE person ADD COLUMN may_postpone BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE person ADD COLUMN postpone_left BIGINT  NOT NULL DEFAULT 0;
