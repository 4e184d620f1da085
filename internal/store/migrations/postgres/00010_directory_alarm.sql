-- What somebody new is to enroll, and who has been told that a directory
-- refuses the account that reads it.

-- +goose Up

ALTER TABLE sync_item ADD COLUMN method TEXT NOT NULL DEFAULT ''; -- that somebody new must set up; empty: any

ALTER TABLE directory_poll ADD COLUMN refused BOOLEAN NOT NULL DEFAULT FALSE; -- it refuses the account that reads
ALTER TABLE directory_poll ADD COLUMN alarmed_at BIGINT NOT NULL DEFAULT 0; -- when administrators were told of that last

CREATE INDEX origin_barred ON origin (person_id) WHERE barred <> '';

-- +goose Down
DROP INDEX origin_barred;
ALTER TABLE directory_poll DROP COLUMN alarmed_at;
ALTER TABLE directory_poll DROP COLUMN refused;
ALTER TABLE sync_item DROP COLUMN method;
