-- When a person last said "this was not me".

-- +goose Up

-- Microseconds since 1970; 0: never. What a mail of before tells is stopped by it
-- already.
ALTER TABLE person ADD COLUMN not_me_at BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE person DROP COLUMN not_me_at;
