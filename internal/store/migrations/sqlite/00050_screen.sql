-- A browser on a wall shows how far people have come, and nothing else.

-- +goose Up

-- The only thing that a session may read; empty: all that its owner may.
ALTER TABLE session ADD COLUMN scope TEXT NOT NULL DEFAULT '';

-- +goose Down
DELETE FROM session WHERE scope <> '';
ALTER TABLE session DROP COLUMN scope;
