-- Roles by membership in a group of a directory.

-- +goose Up

CREATE TABLE admin_group (
    id           INTEGER PRIMARY KEY,
    directory_id INTEGER NOT NULL REFERENCES directory (id) ON DELETE CASCADE,
    dn           TEXT    NOT NULL,
    role         TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    UNIQUE (directory_id, dn)
) STRICT;

-- Who has a role by a group, as last read. What was given to them by hand is
-- in person.role; the higher one counts.
CREATE TABLE group_role (
    person_id INTEGER PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE,
    role      TEXT    NOT NULL
) STRICT;

-- +goose Down
DROP TABLE group_role;
DROP TABLE admin_group;
