package console

import (
	"net/url"
	"slices"
	"strings"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/text"
)

// The filters of people beside their status.
const (
	onlyDisabled    = "disabled"
	onlyLocked      = "locked"
	onlySuspended   = "suspended"
	onlyRole        = "role"
	onlyNoAddress   = "no-address"
	onlyUndelivered = "undelivered"
)

func onlyNames() []string {
	return []string{onlyDisabled, onlyLocked, onlySuspended, onlyRole, onlyNoAddress, onlyUndelivered}
}

func statusNames() []string {
	names := make([]string, 0, len(enrollment.Statuses()))
	for _, s := range enrollment.Statuses() {
		names = append(names, hyphened(s))
	}
	return names
}

// hyphened is a status as addresses have it.
func hyphened(s enrollment.Status) string { return s.Name() }

func seenNames() []string {
	names := make([]string, 0, len(operator.Seens()))
	for _, s := range operator.Seens() {
		names = append(names, string(s))
	}
	return names
}

func stageNames() []string {
	stages := operator.StagesOfQueries()
	names := make([]string, 0, len(stages))
	for _, s := range stages {
		names = append(names, string(s))
	}
	return names
}

// kindOverall is the column that says how people stand with all kinds of
// factors together. The list shows authenticators unless told otherwise.
const kindOverall = "overall"

func columnNames() []string { return append(wantedNames(), kindOverall) }

// kind reads which kind of factor the statuses are about.
func (v *visit) kind() (name string, kind policy.Wanted) {
	switch name = v.Query("kind"); {
	case name == kindOverall:
		return name, ""
	case slices.Contains(wantedNames(), name):
		return name, policy.Wanted(name)
	default:
		return string(policy.WantTOTP), policy.WantTOTP
	}
}

// filterNames are the parameters of an address that say whom a list shows.
var filterNames = []string{"q", "status", "kind", "required", "group", "directory", "seen", "only", "period", "stage"}

// peopleQuery reads the filters from the address. A filter that is not known
// is a wrongFilter: to leave it out would choose more people than were meant.
func (d *Door) peopleQuery(v *visit) (operator.PeopleQuery, error) {
	q := operator.PeopleQuery{Search: strings.TrimSpace(v.Query("q")), After: v.Query("after"), Limit: pageSize}
	if err := v.checkFilters(); err != nil {
		return q, err
	}
	_, q.Kind = v.kind()
	q.Status, _ = enrollment.ParseStatus(v.Query("status"))
	q.Group = strings.TrimSpace(v.Query("group"))
	if required := v.Query("required"); required != "" {
		is := required == "yes"
		q.Required = &is
	}
	q.LastSeen(operator.Seen(v.Query("seen")), v.Began, v.Zone())
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
	case onlyNoAddress:
		q.NoAddress = true
	case onlyUndelivered:
		q.Undelivered = true
	}
	q.Period, _ = periodIn(v.Query("period")) // it was checked
	q.Stage = enrollment.Stage(v.Query("stage"))
	var err error
	if name := v.Query("directory"); name != "" {
		q.Directory, err = d.Operator.DirectoryNamed(v.Context(), v.actor(), name)
	}
	if operator.RefusalOf(err) == operator.RefusedGone {
		err = &wrongFilter{"directory", v.Query("directory")}
	}
	return q, err
}

// filterView is the form above a list of people.
type filterView struct {
	Search, Group                                 string
	Status, Required, Kind, Directory, Seen, Only []option
	Period                                        string // what is kept of a period's page
	Stage                                         []option
	More                                          bool // filters beyond the first row hold
}

// filters makes the form, and a chip for each filter that holds.
func (d *Door) filters(v *visit, q operator.PeopleQuery) (filterView, []chipped, error) {
	kind, _ := v.kind()
	view := filterView{
		Search: q.Search, Group: q.Group, Period: v.Query("period"),
		Status:   v.options(wordsStatus, hyphened(q.Status), true, statusNames()...),
		Required: v.options("console.required.", v.Query("required"), true, "yes", "no"),
		Kind:     v.options(wordsWanted, kind, false, columnNames()...),
		Seen:     v.options("console.seen.", v.Query("seen"), true, seenNames()...),
		Only:     v.options(wordsOnly, v.Query("only"), true, onlyNames()...),
	}
	if q.Period != 0 {
		view.Stage = v.options("console.stage.", v.Query("stage"), true, stageNames()...)
	}
	sources, err := d.Operator.Directories(v.Context(), v.actor())
	if err != nil {
		return view, nil, err
	}
	if len(sources) > 0 {
		chosen := v.Query("directory")
		view.Directory = append(view.Directory,
			option{Label: v.Text.T("console.all"), Chosen: chosen == ""},
			option{Value: operator.LocalName, Label: v.Text.T("console.users.local"), Chosen: chosen == operator.LocalName})
		for _, s := range sources {
			view.Directory = append(view.Directory, option{Value: s.Name, Label: s.Name, Chosen: s.Name == chosen})
		}
	}
	view.More = q.Group != "" || q.Directory != 0 || v.Query("seen") != "" || v.Query("only") != ""
	return view, d.chipsOf(v, q), nil
}

// chipped is one filter that holds.
type chipped struct {
	label     text.Key
	value     string
	parameter string
}

// chipsOf names the filters that hold.
func (d *Door) chipsOf(v *visit, q operator.PeopleQuery) []chipped {
	var list []chipped
	add := func(holds bool, label text.Key, value, parameter string) {
		if holds && value != "" {
			list = append(list, chipped{label, value, parameter})
		}
	}
	word := func(family text.Key, parameter string) string { return v.word(family, v.Query(parameter)) }
	add(q.Search != "", "console.users.search", q.Search, "q")
	add(q.Status != "", "console.users.status", v.word(wordsStatus, hyphened(q.Status)), "status")
	add(q.Required != nil, "console.users.required", word("console.required.", "required"), "required")
	add(q.Group != "", "console.users.group", q.Group, "group")
	directory := v.Query("directory")
	if directory == operator.LocalName {
		directory = v.Text.T("console.users.local")
	}
	add(q.Directory != 0, "console.users.directory", directory, "directory")
	add(slices.Contains(seenNames(), v.Query("seen")), "console.users.seen", word("console.seen.", "seen"), "seen")
	add(slices.Contains(onlyNames(), v.Query("only")), "console.users.only", word(wordsOnly, "only"), "only")
	add(q.Stage != "", "console.users.stage", word("console.stage.", "stage"), "stage")
	add(q.Period > 0, "console.users.period", v.Moment(q.Period.Time()), "period")
	add(q.Period == operator.EveryPeriod, "console.users.in-period", v.Text.T("console.progress.all"), "period")
	return list
}

// filtered is the address of a path with the filters of this one, and what
// else is given.
func (v *visit) filtered(path string, pairs ...string) string {
	query := url.Values{}
	for _, name := range filterNames {
		if value := v.Query(name); value != "" {
			query.Set(name, value)
		}
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		query.Set(pairs[i], pairs[i+1])
	}
	switch {
	case len(query) == 0:
		return path
	case strings.Contains(path, "?"):
		return path + "&" + query.Encode()
	default:
		return path + "?" + query.Encode()
	}
}

// narrows reports whether a query leaves anybody out.
func (v *visit) narrows() bool {
	for _, name := range filterNames {
		if name != "kind" && v.Query(name) != "" {
			return true
		}
	}
	return false
}
