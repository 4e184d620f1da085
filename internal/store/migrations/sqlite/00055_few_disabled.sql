-- The few who are disabled here are found without looking at everybody else.

-- +goose Up

CREATE INDEX roll_disabled ON roll (person_id) WHERE disabled;
