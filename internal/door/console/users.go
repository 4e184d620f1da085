package console

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/text"
	"example.com/muster/internal/web"
)

// countedAtMost is how many people a list counts that a filter selects; of more
// it says that there are more.
const countedAtMost = 1000

func (d *Door) users(w http.ResponseWriter, v *visit) error {
	q, err := d.peopleQuery(v)
	if err != nil {
		return err
	}
	found, count, more, err := d.page(v, q)
	if err != nil {
		return err
	}
	kind, _ := v.kind()
	cols := v.columns()
	v.rememberColumns(w, cols)
	view := usersView{
		Columns: cols,
		Column:  v.Text.T("console.users.column", "Kind", v.word(wordsWanted, kind)), Kept: v.kept(),
		First: v.firstPage(), Page: v.Query("after"), All: v.Query("match") == "all", CSV: v.filtered("/console/users.csv", cols.pairs()...), May: v.may(nil), Filtered: v.narrows(),
		Count: count, MoreThan: more,
	}
	var chips []chipped
	if view.Filter, chips, err = d.filters(v, q); err != nil {
		return err
	}
	for _, c := range chips {
		view.Chips = append(view.Chips, v.chip(c.label, c.value, c.parameter))
	}
	if len(found) > pageSize {
		found = found[:pageSize]
		view.Paging.Next = v.With("after", found[pageSize-1].Person.Key)
	}
	names, err := d.directoryNames(v)
	if err != nil {
		return err
	}
	ticked := v.URL.Query()["user"] // by who comes back from an act
	for _, u := range found {
		row := v.userRow(u)
		row.Ticked = slices.Contains(ticked, row.Reference)
		row.Directory = names[u.Person.Origin.Directory]
		view.Users = append(view.Users, row)
	}
	view.Acts = v.manyActs()
	return d.show(w, v, web.Page{Name: "users", Section: "users", Data: view})
}

// directoryNames are the names of directories, where people come from several.
func (d *Door) directoryNames(v *visit) (map[id.ID]string, error) {
	list, err := d.Operator.Directories(v.Context(), v.actor())
	if err != nil || len(list) < 2 {
		return nil, err
	}
	names := make(map[id.ID]string, len(list))
	for _, s := range list {
		names[s.ID] = s.Name
	}
	return names, nil
}

// page finds the people of a page, and one more if there is a next page, and
// counts those on all its pages; more if there are more than that.
func (d *Door) page(v *visit, q operator.PeopleQuery) (found []operator.ListedUser, count int, more bool, err error) {
	q.Limit++
	if v.narrows() {
		found, count, err = d.Operator.UsersCounted(v.Context(), v.actor(), q, countedAtMost+1)
		return found, min(count, countedAtMost), count > countedAtMost, err
	}
	if found, err = d.Operator.Users(v.Context(), v.actor(), q); err != nil {
		return nil, 0, false, err
	}
	const everybody = 1_000_000 // they lie in one index
	count, err = d.Operator.CountUsers(v.Context(), v.actor(), q, everybody+1)
	return found, min(count, everybody), count > everybody, err
}

// field is a value that a form carries along.
type field struct{ Name, Value string }

// kept are the filters of the address, for a form to carry along.
func (v *visit) kept() []field {
	var list []field
	for _, name := range filterNames {
		if value := v.Query(name); value != "" {
			list = append(list, field{name, value})
		}
	}
	return list
}

func (v *visit) userRow(u operator.ListedUser) userRow {
	row := userRow{
		Reference: u.Person.Reference(), Link: userPath(u.Person.Reference()),
		Username: u.Person.QualifiedName(), GoneAt: u.Person.Origin.GoneAt, DisplayName: u.Person.DisplayName, Email: u.Person.Email,
		Phone: u.Person.Phone, Groups: v.Text.List(u.Person.Groups),
		Status: v.statusBadge(u.State.Status), Brief: v.stateBrief(u.State), Detail: v.stateDetail(u.State),
		Role: v.roleWord(u.Person.EffectiveRole()), SignedIn: u.SignedIn,
	}
	if len(row.Detail) == 0 {
		row.Detail = []string{v.Text.T("console.state.nothing")}
	}
	suspended := false
	for _, f := range u.Factors {
		suspended = suspended || f.Suspended
	}
	row.Factors = v.Text.List(v.usableKinds(u.Factors))
	row.Flags = v.flags(u.Person.Excluded(v.Began), u.Locked, suspended)
	return row
}

// usableKinds names the kinds of factors that prove somebody.
func (v *visit) usableKinds(factors []factor.Factor) []string {
	var kinds []string
	for _, f := range factors {
		if f.Usable() {
			kinds = append(kinds, v.word(wordsKind, string(f.Kind)))
		}
	}
	return kinds
}

// stateBrief is what of a status is worth a word in a list: how long it lasts.
func (v *visit) stateBrief(s enrollment.State) string {
	switch {
	case s.Paused:
		return v.Text.T("console.state.stopped")
	case s.Status == enrollment.InPeriod:
		return v.Text.T("console.state.days-left", "Count", s.DaysLeft(v.Began))
	case s.Status == enrollment.ExemptDuty && !s.Until.IsZero():
		return v.Text.T("console.state.days-left", "Count", s.DaysLeft(v.Began))
	default:
		return ""
	}
}

// stateDetail says what is behind a status: what is required, since when and
// until when.
func (v *visit) stateDetail(s enrollment.State) []string {
	var list []string
	if s.Factor != "" && s.Status != enrollment.Enrolled {
		list = append(list, v.Text.T("console.state.wants", "Kind", v.word(wordsWanted, string(s.Factor))))
	}
	if !s.Since.IsZero() {
		list = append(list, v.Text.T(sinceKey(s.Status), "When", v.Moment(s.Since)))
	}
	switch {
	case s.Paused:
		list = append(list, v.Text.T("console.state.paused", "Count", s.DaysLeft(v.Began)))
	case !s.Until.IsZero():
		list = append(list, v.Text.T("console.state.until", "When", v.Zoned(s.Until), "Count", s.DaysLeft(v.Began)))
	}
	if s.Status == enrollment.Enrolled {
		list = append(list, v.doneDetail(s.Done))
	}
	return list
}

// doneDetail says of somebody enrolled what was required of them.
func (v *visit) doneDetail(d enrollment.Done) string {
	args := []any{"Kind", v.word(wordsWanted, string(d.Factor)), "Since", v.Moment(d.Since)}
	switch {
	case d.Factor == "":
		return v.Text.T("console.state.nothing")
	case d.Until.IsZero():
		return v.Text.T("console.state.done", args...)
	default:
		return v.Text.T("console.state.done-until", append(args, "Until", v.Zoned(d.Until))...)
	}
}

// sinceKey says of what a status tells the beginning.
func sinceKey(s enrollment.Status) text.Key {
	switch s {
	case enrollment.Enrolled:
		return "console.state.set-up"
	case enrollment.ExpiredDuty:
		return "console.state.over-since"
	default:
		return "console.state.since"
	}
}

func (v *visit) statusBadge(s enrollment.Status) badge {
	tone := web.Info
	switch s {
	case enrollment.Enrolled:
		tone = web.Good
	case enrollment.ExpiredDuty:
		tone = web.Bad
	case enrollment.PendingDuty:
		tone = web.Caution
	default:
	}
	return badge{tone, v.word(wordsStatus, string(s))}
}

// flags are what is out of the ordinary about a person.
func (v *visit) flags(disabled, locked, suspended bool) []badge {
	var list []badge
	for _, f := range []struct {
		holds bool
		key   text.Key
	}{
		{disabled, "console.flag.disabled"},
		{locked, "console.flag.locked"},
		{suspended, "console.flag.suspended"},
	} {
		if f.holds {
			list = append(list, badge{web.Bad, v.Text.T(f.key)})
		}
	}
	return list
}

// csvPath links to the same list as a file.
func (v *visit) csvPath(path string) string {
	query := v.URL.Query()
	query.Del("after")
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// usersCSV sends all people that the filters select, as a file.
func (d *Door) usersCSV(w http.ResponseWriter, v *visit) error {
	q, err := d.peopleQuery(v)
	if err != nil {
		return err
	}
	q.After, q.Limit = "", operator.LargestPage
	page, err := d.Operator.Users(v.Context(), v.actor(), q)
	if err != nil {
		return err // before anything is sent
	}
	kind, _ := v.kind()
	file, shown := web.DownloadCSV(w, "users.csv"), v.askedColumns().fileColumns(userCellNames)
	if err := file.Row(pick(userCellNames, shown)...); err != nil {
		return nil //nolint:nilerr // the browser has gone
	}
	for {
		for _, u := range page {
			if err := file.Row(pick(userCells(u, kind, v.Began), shown)...); err != nil {
				return nil //nolint:nilerr // the browser has gone
			}
		}
		if len(page) < q.Limit {
			return file.Close()
		}
		q.After = page[len(page)-1].Person.Key
		if page, err = d.Operator.Users(v.Context(), v.actor(), q); err != nil {
			panic(http.ErrAbortHandler) // half a file must not look like a whole one
		}
	}
}

var userCellNames = []string{
	"username", "display_name", "email", "phone", "groups", "role", "disabled", "status", "kind", "kind_status", "since", "until",
	"factors", "last_sign_in", "locked_until", "language", "time_zone",
}

// userCells are for machines: the same in every language, and good for an
// import as far as an import has these columns.
func userCells(u operator.ListedUser, kind string, now time.Time) []string {
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
	if u.Person.Excluded(now) {
		disabled = "yes"
	}
	return []string{
		u.Person.Username, u.Person.DisplayName, u.Person.Email, u.Person.Phone, web.CSVList(u.Person.Groups),
		string(u.Person.EffectiveRole()), disabled, u.Status.Name(), kind, u.State.Status.Name(), stampIf(u.State.Since), stampIf(u.State.Until),
		strings.Join(kinds, ";"), stampIf(u.SignedIn), locked, u.Person.Language, u.Person.TimeZone,
	}
}

// stampIf is stamp, or nothing for never.
func stampIf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return stamp(t)
}

// stamp writes an instant for machines.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
