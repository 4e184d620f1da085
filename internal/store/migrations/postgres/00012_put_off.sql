-- What is required of somebody may be put off, once in each browser.

-- +goose Up

ALTER TABLE session ADD COLUMN put_off_at BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE session DROP COLUMN put_off_at;
