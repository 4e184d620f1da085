package operator

import (
	"context"
	"encoding/csv"
	"io"
	"strings"
	"time"

	"example.com/muster/internal/audit"
)

// guarded is what the first character of a cell makes a spreadsheet compute,
// and what a tab or a line break in front of it hides.
const guarded = "=+-@\t\r\n"

// guard puts an apostrophe before a cell that a spreadsheet would take for a
// formula.
func guard(cell string) string {
	if cell != "" && strings.IndexByte(guarded, cell[0]) >= 0 {
		return "'" + cell
	}
	return cell
}

// unguard takes away what guard has put there, so that what was exported can
// be imported.
func unguard(cell string) string {
	if len(cell) > 1 && cell[0] == '\'' && strings.IndexByte(guarded, cell[1]) >= 0 {
		return cell[1:]
	}
	return cell
}

// table writes rows as CSV (RFC 4180), guarded.
type table struct{ csv *csv.Writer }

func newTable(w io.Writer, header ...string) (*table, error) {
	t := &table{csv.NewWriter(w)}
	t.csv.UseCRLF = true
	return t, t.csv.Write(header)
}

func (t *table) row(cells ...string) error {
	for i := range cells {
		cells[i] = guard(cells[i])
	}
	return t.csv.Write(cells)
}

func (t *table) flush() error {
	t.csv.Flush()
	return t.csv.Error()
}

// ExportUsers writes the people that q selects, all pages, as CSV. What it
// writes can be imported again, as far as an import has these columns.
func (o *Operator) ExportUsers(ctx context.Context, by audit.Actor, w io.Writer, q PeopleQuery) error {
	t, err := newTable(w, "username", "display_name", "email", "phone", "groups",
		"role", "disabled", "status", "factors", "locked_until", "created_at")
	if err != nil {
		return err
	}
	q.Limit = LargestPage
	for {
		page, err := o.Users(ctx, by, q)
		if err != nil {
			return err
		}
		for _, u := range page {
			if err := t.row(userCells(u)...); err != nil {
				return err
			}
		}
		if err := t.flush(); err != nil {
			return err
		}
		if len(page) < q.Limit {
			return nil
		}
		q.After = page[len(page)-1].Person.Key
	}
}

func userCells(u ListedUser) []string {
	p := u.Person
	kinds := make([]string, 0, len(u.Factors))
	for _, f := range u.Factors {
		kinds = append(kinds, string(f.Kind))
	}
	locked := ""
	switch {
	case u.UntilReset:
		locked = "until reset"
	case u.Locked:
		locked = stamp(u.LockedUntil)
	}
	disabled := "no"
	if p.Disabled {
		disabled = "yes"
	}
	return []string{
		p.Username, p.DisplayName, p.Email, p.Phone, strings.Join(p.Groups, ";"),
		string(p.Role), disabled, string(u.Status), strings.Join(kinds, ";"), locked, stamp(p.CreatedAt),
	}
}

// ExportSignIns writes the decisions that q selects, all pages, as CSV.
func (o *Operator) ExportSignIns(ctx context.Context, by audit.Actor, w io.Writer, q SignInQuery) error {
	t, err := newTable(w, "id", "at", "user", "door", "client", "source", "result", "reason", "method", "trace")
	if err != nil {
		return err
	}
	q.Limit = LargestPage
	for {
		page, err := o.SignIns(ctx, by, q)
		if err != nil {
			return err
		}
		for _, s := range page {
			err := t.row(s.ID.String(), stamp(s.At()), s.Username, s.Door, s.Client, s.Source,
				string(s.Result), s.Reason, s.Method, s.Trace)
			if err != nil {
				return err
			}
		}
		if err := t.flush(); err != nil {
			return err
		}
		if len(page) < q.Limit {
			return nil
		}
		q.Before = page[len(page)-1].ID
	}
}

// stamp writes an instant for machines; "" for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
