-- Whoever is gone from their directory stands in nobody's way any more.

-- +goose Up

UPDATE person SET key = (
    SELECT o.name || '@' || lower(substr(hex(o.object), 1, 8) || '-' || substr(hex(o.object), 9, 4) || '-'
        || substr(hex(o.object), 13, 4) || '-' || substr(hex(o.object), 17, 4) || '-' || substr(hex(o.object), 21))
    FROM origin o WHERE o.person_id = person.id
) WHERE id IN (SELECT person_id FROM origin WHERE gone_at <> 0);
UPDATE origin SET digest = 0 WHERE gone_at <> 0;

-- +goose Down
