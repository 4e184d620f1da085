-- The few who are exempt, and the few who may be locked, are found without
-- looking at everybody else.

-- +goose Up

CREATE INDEX roll_exempt ON roll (exempt_until) WHERE exempt_until <> 0;
CREATE INDEX standing_held ON standing (person_id) WHERE locked_until <> 0 OR streak >= 100;

-- +goose Down
DROP INDEX standing_held;
DROP INDEX roll_exempt;
