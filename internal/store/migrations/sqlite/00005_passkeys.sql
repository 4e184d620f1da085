-- By what a passkey is found that comes without a user name.

-- +goose Up

CREATE TABLE passkey (
    lookup    BLOB PRIMARY KEY, -- SHA-256 of the credential's identifier
    factor_id INTEGER NOT NULL UNIQUE REFERENCES factor (id) ON DELETE CASCADE,
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX passkey_of_person ON passkey (person_id);

-- +goose Down
DROP TABLE passkey;
