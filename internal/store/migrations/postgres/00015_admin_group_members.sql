-- Who is in the groups that give roles, as last read from their directories:
-- it is read again within a minute.

-- +goose Up

CREATE TABLE admin_group_reading (
    group_id BIGINT  PRIMARY KEY REFERENCES admin_group (id) ON DELETE CASCADE,
    gone_at  BIGINT  NOT NULL, -- since when the directory has no such group; 0: it has
    members  BIGINT  NOT NULL, -- how many, in groups within too
    digest   BIGINT  NOT NULL  -- of all members
);

CREATE TABLE admin_group_member (
    group_id BIGINT  NOT NULL REFERENCES admin_group (id) ON DELETE CASCADE,
    object   BYTEA   NOT NULL, -- see origin.object
    PRIMARY KEY (group_id, object)
);

-- +goose Down
DROP TABLE admin_group_member;
DROP TABLE admin_group_reading;
