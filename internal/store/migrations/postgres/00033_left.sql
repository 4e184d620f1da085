-- Whoever leaves a group whose period they are in and joins it again goes on
-- where they were.

-- +goose Up

-- Rows of table duty as they were when the person left the group.
CREATE TABLE duty_left (
    person_id     BIGINT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    period_id     BIGINT NOT NULL,
    since         BIGINT NOT NULL,
    due           BIGINT NOT NULL,
    paused_at     BIGINT NOT NULL,
    postpone_left BIGINT NOT NULL,
    told          BIGINT NOT NULL,
    reminded      BIGINT NOT NULL,
    left_at       BIGINT NOT NULL,
    PRIMARY KEY (person_id, period_id)
);
CREATE INDEX duty_left_of_period ON duty_left (period_id);

-- +goose Down
DROP TABLE duty_left;
