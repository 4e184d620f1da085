-- +goose Up

-- What a company tells its people about signing in, by language.
CREATE TABLE instructions (
    language     TEXT    PRIMARY KEY,
    draft        TEXT    NOT NULL,
    published    TEXT    NOT NULL, -- what everybody reads; empty: nothing
    changed_at   BIGINT  NOT NULL,
    changed_by   TEXT    NOT NULL,
    published_at BIGINT  NOT NULL, -- 0: nothing is
    published_by TEXT    NOT NULL
);

-- +goose Down
DROP TABLE instructions;
