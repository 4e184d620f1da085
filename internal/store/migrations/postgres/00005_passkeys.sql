-- By what a passkey is found that comes without a user name.

-- +goose Up

CREATE TABLE passkey (
    lookup    BYTEA PRIMARY KEY, -- SHA-256 of the credential's identifier
    factor_id BIGINT NOT NULL UNIQUE REFERENCES factor (id) ON DELETE CASCADE,
    person_id BIGINT NOT NULL REFERENCES person (id) ON DELETE CASCADE
);
CREATE INDEX passkey_of_person ON passkey (person_id);

-- +goose Down
DROP TABLE passkey;
