-- What lists of people are selected by, in one narrow row each. It follows from
-- the other tables, and is written by whatever changes them.

-- +goose Up

CREATE TABLE roll (
    person_id    BIGINT  PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE,
    key          TEXT    NOT NULL, -- as in table person
    directory_id BIGINT  NOT NULL, -- that the person comes from; 0: none
    disabled     BOOLEAN NOT NULL,
    staff        BOOLEAN NOT NULL, -- has a role of their own
    mailless     BOOLEAN NOT NULL, -- has no address
    -- The kinds of usable factors: 1 an authenticator, 2 a passkey, 4 any.
    has          BIGINT  NOT NULL DEFAULT 0,
    -- What is owed besides what has an end: 1 an authenticator now, 2 one in a period that is
    -- paused; 4 and 8 for a passkey, 16 and 32 for any factor. And what is required, met or not:
    -- 64 an authenticator, 128 a passkey, 256 any factor.
    owes         BIGINT  NOT NULL DEFAULT 0,
    -- The first end of what is owed, by kind; 0: none.
    due_totp     BIGINT  NOT NULL DEFAULT 0,
    due_passkey  BIGINT  NOT NULL DEFAULT 0,
    due_any      BIGINT  NOT NULL DEFAULT 0,
    -- The end of the last exemption; 0: never exempt, the largest number: for good.
    exempt_until BIGINT  NOT NULL DEFAULT 0,
    sought       TEXT    NOT NULL, -- as in table person
    memberships  TEXT    NOT NULL
) WITH (fillfactor = 70, toast_tuple_target = 256); -- room for updates in place; many groups lie apart
INSERT INTO roll (person_id, key, directory_id, disabled, staff, mailless, has, owes, due_totp, due_passkey, due_any,
        exempt_until, sought, memberships)
    SELECT p.id, p.key, coalesce((SELECT o.directory_id FROM origin o WHERE o.person_id = p.id), 0), p.disabled,
        p.role <> '', p.email = '', p.has + CASE WHEN p.enrolled THEN 4 ELSE 0 END, p.owes
        + CASE WHEN EXISTS (SELECT 1 FROM duty d WHERE d.person_id = p.id AND d.duty IN ('required', 'in-period') AND d.factor = 'totp') THEN 64 ELSE 0 END
        + CASE WHEN EXISTS (SELECT 1 FROM duty d WHERE d.person_id = p.id AND d.duty IN ('required', 'in-period') AND d.factor = 'passkey') THEN 128 ELSE 0 END
        + CASE WHEN EXISTS (SELECT 1 FROM duty d WHERE d.person_id = p.id AND d.duty IN ('required', 'in-period') AND d.factor IN ('', 'any')) THEN 256 ELSE 0 END,
        p.due_totp, p.due_passkey, p.due_any, p.exempt_until, p.sought, p.memberships
    FROM person p ORDER BY p.id;
CREATE INDEX roll_listed ON roll (key);

ALTER TABLE person DROP COLUMN exempt_until;
ALTER TABLE person DROP COLUMN due_any;
ALTER TABLE person DROP COLUMN due_passkey;
ALTER TABLE person DROP COLUMN due_totp;
ALTER TABLE person DROP COLUMN owes;
ALTER TABLE person DROP COLUMN has;

-- +goose Down
ALTER TABLE person ADD COLUMN has BIGINT  NOT NULL DEFAULT 0;
ALTER TABLE person ADD COLUMN owes BIGINT  NOT NULL DEFAULT 0;
ALTER TABLE person ADD COLUMN due_totp BIGINT  NOT NULL DEFAULT 0;
ALTER TABLE person ADD COLUMN due_passkey BIGINT  NOT NULL DEFAULT 0;
ALTER TABLE person ADD COLUMN due_any BIGINT  NOT NULL DEFAULT 0;
ALTER TABLE person ADD COLUMN exempt_until BIGINT  NOT NULL DEFAULT 0;
UPDATE person SET has = r.has & 3, owes = r.owes & 63, due_totp = r.due_totp, due_passkey = r.due_passkey, due_any = r.due_any,
    exempt_until = r.exempt_until FROM roll r WHERE r.person_id = person.id;
DROP TABLE roll;
