-- A second name of people of Active Directory, which need not be like the first.

-- +goose Up

-- userPrincipalName as compared; empty: none.
ALTER TABLE origin ADD COLUMN principal TEXT NOT NULL DEFAULT '';
CREATE INDEX origin_by_principal ON origin (principal) WHERE principal <> '';
-- What has not changed is read again too: its principal is not known yet.
DELETE FROM sync_cursor;

-- +goose Down
DROP INDEX origin_by_principal;
ALTER TABLE origin DROP COLUMN principal;
