package console

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"example.com/muster/internal/text"
)

// columnsParameter names the columns of the list of people in an address, and
// the cookie that remembers them.
const columnsParameter = "columns"

// columnsKept is for how long a browser remembers which columns somebody chose.
const columnsKept = 365 * 24 * time.Hour

// nameColumn is always shown.
const nameColumn = "name"

// column is one of the list of people.
type column struct {
	name  string
	label text.Key
	usual bool     // shown unless something else is chosen
	cells []string // of the file
}

var columns = []column{
	{nameColumn, "console.users.name", true, []string{"username"}},
	{"display-name", "console.users.display-name", true, []string{"display_name"}},
	{"email", "console.users.email", true, []string{"email"}},
	{"phone", "console.user.phone", false, []string{"phone"}},
	{"groups", "console.users.groups", false, []string{"groups"}},
	{"mfa", "console.users.mfa", true, []string{"disabled", "status", "kind", "kind_status", "since", "until", "locked_until"}},
	{"factors", "console.users.factors", true, []string{"factors"}},
	{"signed-in", "console.users.signed-in", true, []string{"last_sign_in"}},
	{"role", "console.users.role", true, []string{"role"}},
}

// columnChoice is which columns somebody sees.
type columnChoice struct {
	Shown   map[string]bool
	Options []option
	Address string // for addresses; empty: the usual ones, nobody chose
	Asked   bool   // by the address itself
	Usual   string // where the usual ones are shown again
}

// columns reads which columns are shown: from the address, or as this browser
// remembers.
func (v *visit) columns() columnChoice {
	chosen, asked := v.URL.Query()[columnsParameter]
	if !asked {
		chosen = []string{v.Cookie(columnsParameter)}
	}
	names := strings.Split(strings.Join(chosen, ","), ",")
	c := columnChoice{Shown: make(map[string]bool, len(columns)), Asked: asked, Usual: v.filtered("/console/users", columnsParameter, "usual")}
	known := slices.ContainsFunc(columns, func(c column) bool { return slices.Contains(names, c.name) })
	var list []string
	for _, col := range columns {
		shown := col.name == nameColumn || known && slices.Contains(names, col.name) || !known && col.usual
		c.Shown[col.name] = shown
		if shown {
			list = append(list, col.name)
		}
		if col.name != nameColumn {
			c.Options = append(c.Options, option{Value: col.name, Label: v.Text.T(col.label), Chosen: shown})
		}
	}
	if known {
		c.Address = strings.Join(list, ",")
	}
	return c
}

// askedColumns reads them from the address alone: a file is the same whoever
// opens its link.
func (v *visit) askedColumns() columnChoice {
	c := v.columns()
	if !c.Asked {
		c.Address = ""
	}
	return c
}

// pairs are for an address; none where nobody chose.
func (c columnChoice) pairs() []string {
	if c.Address == "" {
		return nil
	}
	return []string{columnsParameter, c.Address}
}

// rememberColumns keeps a choice that the address makes.
func (v *visit) rememberColumns(w http.ResponseWriter, c columnChoice) {
	if !c.Asked {
		return
	}
	if c.Address == "" {
		v.ClearCookie(w, columnsParameter)
		return
	}
	v.SetCookie(w, columnsParameter, c.Address, columnsKept)
}

// fileColumns returns the indices of the cells of a file that has what a list
// shows, by the names of all of them; all where nobody chose.
func (c columnChoice) fileColumns(all []string) []int {
	var list []int
	for i, name := range all {
		shown := c.Address == ""
		for _, col := range columns {
			shown = shown || c.Shown[col.name] && slices.Contains(col.cells, name)
		}
		if shown {
			list = append(list, i)
		}
	}
	return list
}

func pick(cells []string, which []int) []string {
	picked := make([]string, len(which))
	for i, n := range which {
		picked[i] = cells[n]
	}
	return picked
}
