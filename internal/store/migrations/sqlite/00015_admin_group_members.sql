-- Who is in the groups that give roles, as last read from their directories:
-- it is read again within a minute.

-- +goose Up

CREATE TABLE admin_group_reading (
    group_id INTEGER PRIMARY KEY REFERENCES admin_group (id) ON DELETE CASCADE,
    gone_at  INTEGER NOT NULL, -- since when the directory has no such group; 0: it has
    members  INTEGER NOT NULL, -- how many, in groups within too
    digest   INTEGER NOT NULL  -- of all members
) STRICT;

CREATE TABLE admin_group_member (
    group_id INTEGER NOT NULL REFERENCES admin_group (id) ON DELETE CASCADE,
    object   BLOB    NOT NULL, -- see origin.object
    PRIMARY KEY (group_id, object)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE admin_group_member;
DROP TABLE admin_group_reading;
