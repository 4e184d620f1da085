-- What a directory says its domains are called.

-- +goose Up

-- NetBIOS names, lower case, separated by blanks.
ALTER TABLE directory ADD COLUMN learned TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE directory DROP COLUMN learned;
