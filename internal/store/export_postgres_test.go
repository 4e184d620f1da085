package store

import (
	"log/slog"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Tidy looks once for tables of which much has changed, as a process does that
// has just begun, and returns those that were tidied.
func Tidy(t *testing.T, o Options) []string {
	t.Helper()
	config, err := pgx.ParseConfig(o.Postgres)
	if err != nil {
		t.Fatal(err)
	}
	tidier := tidier{config: config, log: slog.New(slog.DiscardHandler)}
	tables, err := tidier.tidy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return tables
}
