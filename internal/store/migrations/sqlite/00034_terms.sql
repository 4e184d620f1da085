-- What becomes of the period of a group counts for whoever joins the group
-- later, too.

-- +goose Up

-- Since when the clocks of whoever joins stand still, and since when nobody
-- joins any more; 0: they run, and whoever joins the group does.
ALTER TABLE period ADD COLUMN paused_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE period ADD COLUMN closed_at INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE period DROP COLUMN closed_at;
ALTER TABLE period DROP COLUMN paused_at;
