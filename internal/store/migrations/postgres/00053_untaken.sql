-- +goose Up

-- After how many attempts it is certain that no server has the message.
ALTER TABLE outbox ADD COLUMN untaken BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE outbox DROP COLUMN untaken;
