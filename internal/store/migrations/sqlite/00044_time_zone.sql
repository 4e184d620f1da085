-- A person's own time zone.

-- +goose Up

-- The IANA name; empty: not known, times are told in that of the server.
ALTER TABLE person ADD COLUMN time_zone TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE person DROP COLUMN time_zone;
