package store

import (
	"context"
	"database/sql"
	"embed"
	"io/fs"

	"github.com/pressly/goose/v3"

	"example.com/muster/internal/problem"
)

// The numbered steps from an empty database to today's. A step that was
// released is never changed; the next one follows.
//
//go:embed migrations
var migrations embed.FS

// migrate brings the database up to date.
func migrate(ctx context.Context, db *sql.DB, dialect goose.Dialect, folder string, options ...goose.ProviderOption) error {
	steps, err := fs.Sub(migrations, "migrations/"+folder)
	if err != nil {
		return err
	}
	options = append(options, goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	provider, err := goose.NewProvider(dialect, db, steps, options...)
	if err != nil {
		return err
	}
	current, newest, err := provider.GetVersions(ctx)
	if err != nil {
		return trouble(err)
	}
	if current > newest {
		return problem.New(problem.Invalid, "the database is of a newer version of Muster (%d, this one knows %d)", current, newest).
			WithHint("use the newer version, or restore a backup")
	}
	if current == newest {
		return nil
	}
	_, err = provider.Up(ctx)
	return trouble(err)
}
