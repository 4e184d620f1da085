-- All who are in a period from the beginning have their clocks from one instant.

-- +goose Up

-- That instant.
ALTER TABLE period ADD COLUMN starts_at BIGINT NOT NULL DEFAULT 0;
UPDATE period SET starts_at = CASE WHEN running_at <> 0 THEN running_at ELSE (id / 4194304 + 1767225600000) * 1000 END;

-- +goose Down
ALTER TABLE period DROP COLUMN starts_at;
