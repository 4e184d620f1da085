-- A mail that waits gives way to a newer one about the same thing.

-- +goose Up

-- What a message tells the present state of; empty: it stands for itself.
ALTER TABLE outbox ADD COLUMN topic TEXT NOT NULL DEFAULT '';
-- Until when somebody is sending it; 0: nobody is.
ALTER TABLE outbox ADD COLUMN claimed BIGINT NOT NULL DEFAULT 0;
CREATE INDEX outbox_topic ON outbox (person_id, topic, id) WHERE topic <> '';

-- +goose Down
DROP INDEX outbox_topic;
ALTER TABLE outbox DROP COLUMN claimed;
ALTER TABLE outbox DROP COLUMN topic;
