-- The few who are exempt are found without looking at everybody else.

-- +goose Up

CREATE INDEX roll_exempt ON roll (exempt_until) WHERE exempt_until <> 0;

-- +goose Down
DROP INDEX roll_exempt;
