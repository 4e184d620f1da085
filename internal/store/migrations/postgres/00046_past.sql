-- Who was required something by an act on many, and is not any more: what the
-- log of changes says of a person stays.

-- +goose Up
CREATE TABLE duty_past (
    person_id BIGINT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    period_id BIGINT NOT NULL,
    PRIMARY KEY (person_id, period_id)
);

-- +goose Down
DROP TABLE duty_past;
