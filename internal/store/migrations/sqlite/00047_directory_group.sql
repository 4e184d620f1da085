-- The groups of directories as they were last read: by its object a group is
-- known when it has another name.

-- +goose Up
CREATE TABLE directory_group (
    directory_id INTEGER NOT NULL REFERENCES directory (id) ON DELETE CASCADE,
    object       BLOB    NOT NULL,
    dn           TEXT    NOT NULL,
    PRIMARY KEY (directory_id, object)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE directory_group;
