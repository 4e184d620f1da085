-- Whoever is gone from their directory stands in nobody's way any more.

-- +goose Up

UPDATE person p SET key = o.name || '@' || encode(o.object, 'hex')::uuid::text
FROM origin o WHERE o.person_id = p.id AND o.gone_at <> 0;
UPDATE origin SET digest = 0 WHERE gone_at <> 0;

-- +goose Down
