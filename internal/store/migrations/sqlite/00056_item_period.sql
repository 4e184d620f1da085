-- What an import item requires is one period, of everybody whom it brings.

-- +goose Up

-- The import item whose people it is for, later ones too; 0: none.
ALTER TABLE period ADD COLUMN item_id INTEGER NOT NULL DEFAULT 0;
CREATE INDEX period_of_item ON period (item_id) WHERE item_id <> 0;

-- It begins with whoever comes from now on. What was required of others when
-- they came stays their own.
INSERT INTO period (id, state, duty, factor, place, members, chosen, length, until, postpone, running_at, over_at,
        by_name, reason, paused_at, closed_at, item_id)
    SELECT id, 'running', CASE WHEN period > 0 THEN 'in-period' ELSE 'required' END,
        CASE WHEN method = '' THEN 'any' ELSE method END, '', '', 'item ' || name, period, 0,
        CASE WHEN period > 0 THEN -1 ELSE 0 END, (id / 4194304 + 1767225600000) * 1000, 0, '', '', 0, 0, id
    FROM sync_item WHERE required;

-- An item requires something if it has a period that people join.
ALTER TABLE sync_item DROP COLUMN required;

-- +goose Down
ALTER TABLE sync_item ADD COLUMN required INTEGER NOT NULL DEFAULT 0;
UPDATE sync_item SET required = EXISTS (SELECT 1 FROM period p WHERE p.item_id = sync_item.id AND p.state = 'running' AND p.closed_at = 0);
DROP INDEX period_of_item;
ALTER TABLE period DROP COLUMN item_id;
