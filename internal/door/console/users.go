package console

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/text"
	"example.com/muster/internal/web"
)

// The filters of people beside their status.
const (
	onlyDisabled  = "disabled"
	onlyLocked    = "locked"
	onlySuspended = "suspended"
	onlyRole      = "role"
)

func onlyNames() []string { return []string{onlyDisabled, onlyLocked, onlySuspended, onlyRole} }

func statusNames() []string {
	names := make([]string, 0, len(enrollment.Statuses()))
	for _, s := range enrollment.Statuses() {
		names = append(names, strings.ReplaceAll(string(s), " ", "-"))
	}
	return names
}

// peopleQuery reads the filters from the address.
func (v *visit) peopleQuery() operator.PeopleQuery {
	q := operator.PeopleQuery{Search: strings.TrimSpace(v.Query("q")), After: v.Query("after"), Limit: pageSize}
	if status := v.Query("status"); slices.Contains(statusNames(), status) {
		q.Status = enrollment.Status(strings.ReplaceAll(status, "-", " "))
	}
	if kind := v.Query("kind"); slices.Contains(wantedNames(), kind) {
		q.Kind = policy.Wanted(kind)
	}
	q.Group = strings.TrimSpace(v.Query("group"))
	if required := v.Query("required"); required == "yes" || required == "no" {
		is := required == "yes"
		q.Required = &is
	}
	disabled := true
	switch v.Query("only") {
	case onlyDisabled:
		q.Disabled = &disabled
	case onlyLocked:
		q.Locked = true
	case onlySuspended:
		q.Suspect = true
	case onlyRole:
		q.WithRole = true
	}
	return q
}

func (d *Door) users(w http.ResponseWriter, v *visit) error {
	q := v.peopleQuery()
	q.Limit++ // one more tells whether there is a next page
	found, err := d.Operator.Users(v.Context(), v.actor(), q)
	if err != nil {
		return err
	}
	view := usersView{
		Search: q.Search, First: v.firstPage(), CSV: v.csvPath("/console/users.csv"), May: v.may(nil),
		Status:   v.options(wordsStatus, v.Query("status"), true, statusNames()...),
		Only:     v.options(wordsOnly, v.Query("only"), true, onlyNames()...),
		Kind:     v.options(wordsWanted, string(q.Kind), true, wantedNames()...),
		Required: v.options("console.required.", v.Query("required"), true, "yes", "no"), Group: q.Group, MatchAll: v.matchAll(),
	}
	if q.Search != "" {
		view.Chips = append(view.Chips, v.chip("console.users.search", q.Search, "q"))
	}
	if q.Status != "" {
		view.Chips = append(view.Chips, v.chip("console.users.status", v.word(wordsStatus, string(q.Status)), "status"))
	}
	if q.Kind != "" {
		view.Chips = append(view.Chips, v.chip("console.users.kind", v.word(wordsWanted, string(q.Kind)), "kind"))
	}
	if q.Required != nil {
		view.Chips = append(view.Chips, v.chip("console.users.required", v.word("console.required.", v.Query("required")), "required"))
	}
	if q.Group != "" {
		view.Chips = append(view.Chips, v.chip("console.users.group", q.Group, "group"))
	}
	if only := v.Query("only"); slices.Contains(onlyNames(), only) {
		view.Chips = append(view.Chips, v.chip("console.users.only", v.word(wordsOnly, only), "only"))
	}
	view.Filtered = len(view.Chips) > 0
	if len(found) > pageSize {
		found = found[:pageSize]
		view.Paging.Next = v.With("after", found[pageSize-1].Person.Key)
	}
	for _, u := range found {
		view.Users = append(view.Users, v.userRow(u))
	}
	if !view.Filtered {
		census, err := d.Operator.Census(v.Context(), v.actor())
		if err != nil {
			return err
		}
		view.Paging.Total = census.All
	}
	return d.show(w, v, web.Page{Name: "users", Section: "users", Data: view})
}

func (v *visit) userRow(u operator.ListedUser) userRow {
	row := userRow{
		Username: u.Person.Username, DisplayName: u.Person.DisplayName, Email: u.Person.Email,
		Status: v.statusBadge(cmp.Or(u.State.Status, u.Status)), Detail: v.stateDetail(u.State), Role: v.roleWord(u.Person.EffectiveRole()),
	}
	var kinds []string
	suspended := false
	for _, f := range u.Factors {
		if f.Usable() {
			kinds = append(kinds, v.word(wordsKind, string(f.Kind)))
		}
		suspended = suspended || f.Suspended
	}
	row.Factors = v.Text.List(kinds)
	row.Flags = v.flags(u.Person.Excluded(v.Began), u.Locked, suspended)
	return row
}

// stateDetail says what is behind a status: what is required, since when and
// until when.
func (v *visit) stateDetail(s enrollment.State) []string {
	var list []string
	if s.Factor != "" && s.Status != enrollment.Enrolled {
		list = append(list, v.Text.T("console.state.wants", "Kind", v.word(wordsWanted, string(s.Factor))))
	}
	if !s.Since.IsZero() {
		list = append(list, v.Text.T("console.state.since", "When", v.Moment(s.Since)))
	}
	switch {
	case s.Paused:
		list = append(list, v.Text.T("console.state.paused", "Count", s.DaysLeft(v.Began)))
	case !s.Until.IsZero():
		list = append(list, v.Text.T("console.state.until", "When", v.Moment(s.Until), "Count", s.DaysLeft(v.Began)))
	}
	return list
}

// matchAll links to the acts on all whom the filters select.
func (v *visit) matchAll() string {
	query := v.URL.Query()
	query.Del("after")
	query.Del("user")
	query.Set("match", "all")
	return "/console/users/period?" + query.Encode()
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
	q := v.peopleQuery()
	q.After, q.Limit = "", operator.LargestPage
	page, err := d.Operator.Users(v.Context(), v.actor(), q)
	if err != nil {
		return err // before anything is sent
	}
	file := web.DownloadCSV(w, "users.csv")
	if err := file.Row("username", "display_name", "email", "phone", "groups", "role", "disabled", "status", "factors", "locked_until"); err != nil {
		return nil //nolint:nilerr // the browser has gone
	}
	for {
		for _, u := range page {
			if err := file.Row(userCells(u, v.Began)...); err != nil {
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

// userCells are for machines: the same in every language, and good for an
// import as far as an import has these columns.
func userCells(u operator.ListedUser, now time.Time) []string {
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
		u.Person.Username, u.Person.DisplayName, u.Person.Email, u.Person.Phone, strings.Join(u.Person.Groups, ";"),
		string(u.Person.EffectiveRole()), disabled, string(u.Status), strings.Join(kinds, ";"), locked,
	}
}

// stamp writes an instant for machines.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
