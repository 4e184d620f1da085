package store

import (
	"database/sql"
	"io/fs"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/pressly/goose/v3"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/keyring"
	"example.com/muster/internal/policy"
)

// beforeItemPeriods is the version in which whom an item brought got a
// requirement of their own.
const beforeItemPeriods = 55

// TestItemsOfBefore: an item that required something has a period from now on, and
// what it has required of people stays theirs; and the other way round.
func TestItemsOfBefore(t *testing.T) {
	made := time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC)
	item, free, person := id.At(made), id.At(made)+1, id.At(made)+2
	file := filepath.Join(t.TempDir(), "muster.db")
	db, err := sql.Open("sqlite", sqliteDSN(file, false))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	steps, err := fs.Sub(migrations, "migrations/sqlite")
	if err != nil {
		t.Fatal(err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, steps, goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), beforeItemPeriods); err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{
		`INSERT INTO directory (id, name, preset, servers, start_tls, ca, base, bind_dn, password, domains, attributes, region, created_at)
			VALUES (1, 'corp', 'openldap', '', 0, '', '', '', x'00', '', '', '', 0)`,
		`INSERT INTO sync_item (id, name, directory_id, base, filter, only_group, every, required, period, mail, guard_count, guard_percent,
			grace, position, enabled, method) VALUES ($1, 'vpn', 1, '', '', '', 3600000000, TRUE, 86400000000, 0, 5, 0, 0, 1, 1, 'totp'),
			($2, 'free', 1, '', '', '', 3600000000, FALSE, 0, 0, 5, 0, 0, 2, 1, '')`,
		`INSERT INTO person (id, key, username, display_name, email, phone, language, memberships, role, disabled, password_enrolls_until,
			link_mailed_at, enrolled, sought, created_at) VALUES ($3, 'alice', 'alice', '', '', '', '', '[]', '', 0, 0, 0, 0, '', 0)`,
		`INSERT INTO duty (person_id, period_id, own, duty, factor, place, since, due, paused_at, postpone_left, told, reminded, next_at)
			VALUES ($3, 77, TRUE, 'in-period', 'totp', '', 1, 2, 0, -1, 0, 0, 0)`,
	} {
		if _, err := db.ExecContext(t.Context(), query, int64(item), int64(free), int64(person)); err != nil {
			t.Fatal(err)
		}
	}

	s, err := Open(t.Context(), Options{File: file, Keys: keyring.Ephemeral(made), Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	items, err := s.SyncItems(t.Context())
	if err != nil || len(items) != 2 || !items[0].Defaults.Required || items[1].Defaults.Required {
		t.Errorf("the items: %+v, %v", items, err)
	}
	periods, err := s.Periods(t.Context())
	want := enrollment.OfItem(items[0], item, "", made)
	if err != nil || len(periods) != 1 || periods[0] != want {
		t.Errorf("the periods: %+v, %v\nwant %+v", periods, err, want)
	}
	required, err := s.requirementsFor(t, person)
	if err != nil || len(required) != 1 || !required[0].Own || required[0].Period != 77 || required[0].Duty != policy.InPeriod {
		t.Errorf("of alice: %+v, %v", required, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := provider.DownTo(t.Context(), beforeItemPeriods); err != nil {
		t.Fatal(err)
	}
	var name string
	if err := db.QueryRowContext(t.Context(), `SELECT name FROM sync_item WHERE required`).Scan(&name); err != nil || name != "vpn" {
		t.Errorf("back again %q requires something, %v", name, err)
	}
}

func (s *Store) requirementsFor(t *testing.T, person id.ID) (list []policy.Requirement, err error) {
	err = s.write(t.Context(), func(w *work) error {
		list, err = w.requirementsOf(t.Context(), person)
		return err
	})
	return list, err
}
