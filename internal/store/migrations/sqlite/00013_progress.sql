-- What lists of people and the figures of a period are read from: facts about
-- single rows, written by whatever changes what they follow from.

-- +goose Up

-- When the first factor was set up that does what is required; 0: none does.
ALTER TABLE duty ADD COLUMN met_at INTEGER NOT NULL DEFAULT 0;
-- When the person first saw the page to enroll on, and first began there.
ALTER TABLE duty ADD COLUMN opened_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE duty ADD COLUMN began_at INTEGER NOT NULL DEFAULT 0;
UPDATE duty SET met_at = coalesce((SELECT min(f.created_at) FROM factor f WHERE f.person_id = duty.person_id
    AND NOT f.suspended AND f.kind <> 'recovery'
    AND (duty.duty = 'exempt' OR duty.factor IN ('', 'any') OR f.kind = duty.factor)), 0);
DROP INDEX duty_of_period;
-- All that the figures of a period are counted from.
CREATE INDEX duty_of_period ON duty (period_id, met_at, opened_at, began_at, since, due, told, duty, person_id);

-- The last entry in table signin that let the person in; 0: none did.
ALTER TABLE standing ADD COLUMN allowed INTEGER NOT NULL DEFAULT 0;
UPDATE standing SET allowed = a.id
    FROM (SELECT person_id, max(id) AS id FROM signin WHERE result = 'allowed' GROUP BY person_id) AS a
    WHERE a.person_id = standing.person_id;

-- The kinds of usable factors: 1 an authenticator, 2 a passkey.
ALTER TABLE person ADD COLUMN has INTEGER NOT NULL DEFAULT 0;
-- What is owed besides what has an end: 1 an authenticator now, 2 one in a period that is
-- paused; 4 and 8 for a passkey, 16 and 32 for any factor.
ALTER TABLE person ADD COLUMN owes INTEGER NOT NULL DEFAULT 0;
-- The first end of what is owed, by kind; 0: none.
ALTER TABLE person ADD COLUMN due_totp INTEGER NOT NULL DEFAULT 0;
ALTER TABLE person ADD COLUMN due_passkey INTEGER NOT NULL DEFAULT 0;
ALTER TABLE person ADD COLUMN due_any INTEGER NOT NULL DEFAULT 0;
-- The end of the last exemption; 0: never exempt, the largest number: for good.
ALTER TABLE person ADD COLUMN exempt_until INTEGER NOT NULL DEFAULT 0;
UPDATE person SET
    has = CASE WHEN EXISTS (SELECT 1 FROM factor f WHERE f.person_id = person.id AND NOT f.suspended AND f.kind = 'totp') THEN 1 ELSE 0 END
        + CASE WHEN EXISTS (SELECT 1 FROM factor f WHERE f.person_id = person.id AND NOT f.suspended AND f.kind = 'passkey') THEN 2 ELSE 0 END;
UPDATE person SET (owes, due_totp, due_passkey, due_any, exempt_until) = (SELECT
    1 * coalesce(max(CASE WHEN d.duty = 'required' AND d.met_at = 0 AND d.factor = 'totp' THEN 1 ELSE 0 END), 0)
        + 2 * coalesce(max(CASE WHEN d.duty = 'in-period' AND d.met_at = 0 AND d.paused_at <> 0 AND d.due > d.paused_at AND d.factor = 'totp' THEN 1 ELSE 0 END), 0)
        + 4 * coalesce(max(CASE WHEN d.duty = 'required' AND d.met_at = 0 AND d.factor = 'passkey' THEN 1 ELSE 0 END), 0)
        + 8 * coalesce(max(CASE WHEN d.duty = 'in-period' AND d.met_at = 0 AND d.paused_at <> 0 AND d.due > d.paused_at AND d.factor = 'passkey' THEN 1 ELSE 0 END), 0)
        + 16 * coalesce(max(CASE WHEN d.duty = 'required' AND d.met_at = 0 AND d.factor IN ('', 'any') THEN 1 ELSE 0 END), 0)
        + 32 * coalesce(max(CASE WHEN d.duty = 'in-period' AND d.met_at = 0 AND d.paused_at <> 0 AND d.due > d.paused_at AND d.factor IN ('', 'any') THEN 1 ELSE 0 END), 0),
    coalesce(min(CASE WHEN d.duty = 'in-period' AND d.met_at = 0 AND d.factor = 'totp' AND (d.paused_at = 0 OR d.due <= d.paused_at)
        THEN CASE WHEN d.paused_at <> 0 OR d.due < 1 THEN 1 ELSE d.due END END), 0),
    coalesce(min(CASE WHEN d.duty = 'in-period' AND d.met_at = 0 AND d.factor = 'passkey' AND (d.paused_at = 0 OR d.due <= d.paused_at)
        THEN CASE WHEN d.paused_at <> 0 OR d.due < 1 THEN 1 ELSE d.due END END), 0),
    coalesce(min(CASE WHEN d.duty = 'in-period' AND d.met_at = 0 AND d.factor IN ('', 'any') AND (d.paused_at = 0 OR d.due <= d.paused_at)
        THEN CASE WHEN d.paused_at <> 0 OR d.due < 1 THEN 1 ELSE d.due END END), 0),
    coalesce(max(CASE WHEN d.duty = 'exempt' THEN CASE WHEN d.due = 0 THEN 9223372036854775807 ELSE d.due END END), 0)
    FROM duty d WHERE d.person_id = person.id);

DROP INDEX person_listed;
CREATE INDEX person_listed ON person (key, sought, enrolled, disabled, role, has, owes, due_totp, due_passkey, due_any, exempt_until);

-- +goose Down
DROP INDEX person_listed;
ALTER TABLE person DROP COLUMN exempt_until;
ALTER TABLE person DROP COLUMN due_any;
ALTER TABLE person DROP COLUMN due_passkey;
ALTER TABLE person DROP COLUMN due_totp;
ALTER TABLE person DROP COLUMN owes;
ALTER TABLE person DROP COLUMN has;
CREATE INDEX person_listed ON person (key, sought, enrolled, disabled, role);
ALTER TABLE standing DROP COLUMN allowed;
DROP INDEX duty_of_period;
ALTER TABLE duty DROP COLUMN began_at;
ALTER TABLE duty DROP COLUMN opened_at;
ALTER TABLE duty DROP COLUMN met_at;
CREATE INDEX duty_of_period ON duty (period_id);
