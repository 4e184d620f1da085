-- The few who have a role, and where there is a directory the few who have a
-- password here, are found without looking at everybody else.

-- +goose Up

CREATE INDEX roll_staff ON roll (person_id) WHERE staff;
CREATE INDEX person_with_password ON person (id) WHERE password IS NOT NULL;
