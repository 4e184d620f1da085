package store

import (
	"context"
	"encoding/json"
	"strings"

	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/roster"
)

// EntryOf implements [operator.Directories].
func (s *Store) EntryOf(ctx context.Context, person id.ID) (operator.KnownEntry, error) {
	e, _, err := one(ctx, s.db.reader(), func(row scanner) (e operator.KnownEntry, err error) {
		var items, shown string
		if err := row.Scan(&items, &shown); err != nil {
			return e, err
		}
		for name := range strings.FieldsSeq(items) {
			if item, err := id.Parse(name); err == nil {
				e.Items = append(e.Items, item)
			}
		}
		e.Shown, err = unpackShown(shown)
		return e, err
	}, `SELECT items, shown FROM origin WHERE person_id = $1`, int64(person))
	return e, err
}

// unpackShown reads what packShown wrote.
func unpackShown(text string) (roster.Shown, error) {
	var row shownRow
	if text == "" {
		return roster.Shown{}, nil
	}
	err := json.Unmarshal([]byte(text), &row)
	return roster.Shown(row), err
}
