package console

import (
	"encoding/csv"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/muster/internal/operator"
)

// TestColumns: which columns the list of people has is in its address and
// remembered, and its file has the same.
func TestColumns(t *testing.T) {
	_, b := staffed(t, "bob")
	heads := func(body string) []string {
		var list []string
		_, head, _ := strings.Cut(body, "<thead>")
		head, _, _ = strings.Cut(head, "</thead>")
		for _, label := range []string{"User name", ">Name<", "E-mail", "Telephone", "Groups", "MFA: ", "Second step", "Last sign-in", "Role"} {
			if strings.Contains(head, label) {
				list = append(list, strings.Trim(label, "<>: "))
			}
		}
		return list
	}
	wants := func(path string, want ...string) string {
		t.Helper()
		a := b.get(path)
		if got := heads(a.body); a.status != http.StatusOK || !slices.Equal(got, want) {
			t.Errorf("%s shows %q, want %q", path, got, want)
		}
		return a.body
	}
	usual := []string{"User name", "Name", "E-mail", "MFA", "Second step", "Last sign-in", "Role"}
	wants("/console/users", usual...)
	body := wants("/console/users?q=b&columns=name&columns=groups&columns=mfa&columns=nonsense", "User name", "Groups", "MFA")
	wants("/console/users?q=bob", "User name", "Groups", "MFA") // remembered
	for _, link := range []string{"/console/users.csv?columns=name%2Cgroups%2Cmfa&amp;q=b", "columns=usual&amp;q=b"} {
		if !strings.Contains(body, link) {
			t.Errorf("no link to %q", link)
		}
	}
	rows, err := csv.NewReader(strings.NewReader(b.get("/console/users.csv?columns=name%2Cgroups&q=bob").body)).ReadAll()
	if err != nil || len(rows) != 2 || !slices.Equal(rows[0], []string{"username", "groups"}) || !slices.Equal(rows[1], []string{"bob", "staff"}) {
		t.Errorf("the file has %q, %v", rows, err)
	}
	whole, _, _ := strings.Cut(b.get("/console/users.csv").body, "\n")
	if strings.Count(whole, ",") != len(userCellNames)-1 {
		t.Errorf("a plain link is short of columns: %s", whole)
	}
	wants("/console/users?columns=name", "User name")
	wants("/console/users?columns=usual", usual...)
	wants("/console/users", usual...)
}

// TestEveryCellHasAName keeps a file's head and rows in step, and its columns
// among those that there are.
func TestEveryCellHasAName(t *testing.T) {
	o, _ := staffed(t, "bob")
	list, err := o.Users(t.Context(), local, operator.PeopleQuery{Limit: 1})
	if err != nil || len(userCells(list[0], "totp", time.Time{})) != len(userCellNames) {
		t.Errorf("the head has %d cells, %v", len(userCellNames), err)
	}
	for _, c := range columns {
		for _, cell := range c.cells {
			if !slices.Contains(userCellNames, cell) {
				t.Errorf("%s: there is no %q", c.name, cell)
			}
		}
	}
}
