-- Whoever leaves a group whose period they are in and joins it again goes on
-- where they were.

-- +goose Up

-- Rows of table duty as they were when the person left the group.
CREATE TABLE duty_left (
    person_id     INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    period_id     INTEGER NOT NULL,
    since         INTEGER NOT NULL,
    due           INTEGER NOT NULL,
    paused_at     INTEGER NOT NULL,
    postpone_left INTEGER NOT NULL,
    told          INTEGER NOT NULL,
    reminded      INTEGER NOT NULL,
    left_at       INTEGER NOT NULL,
    PRIMARY KEY (person_id, period_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX duty_left_of_period ON duty_left (period_id);

-- +goose Down
DROP TABLE duty_left;
