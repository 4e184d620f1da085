-- Whoever was signed out hears why, in the browser in which they were signed in.

-- +goose Up

-- Why a session was ended before its time; empty: it was not. The row is
-- cleared away with those whose time is over.
ALTER TABLE session ADD COLUMN ended TEXT NOT NULL DEFAULT '';

-- +goose Down
DELETE FROM session WHERE ended <> '';
ALTER TABLE session DROP COLUMN ended;
