-- Whoever leaves a group goes on with what was required of them there, also if
-- that is nothing.

-- +goose Up

-- As in table duty.
ALTER TABLE duty_left ADD COLUMN duty TEXT NOT NULL DEFAULT 'in-period';
UPDATE duty_left SET duty = (SELECT p.duty FROM period p WHERE p.id = duty_left.period_id)
    WHERE period_id IN (SELECT id FROM period);

-- +goose Down
ALTER TABLE duty_left DROP COLUMN duty;
