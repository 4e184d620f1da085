package storetest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/lockout"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/store"
)

// crowd is people in every situation, drawn by lot.
type crowd struct {
	*store.Store
	t       *testing.T
	lot     *rand.Rand
	clock   clockAt
	forest  directory.Source
	periods []enrollment.Period // the last one is starting

	undelivered map[id.ID]bool
}

const crowded = 120

func newCrowd(t *testing.T, d Database) *crowd {
	c := &crowd{t: t, lot: rand.New(rand.NewPCG(3, 9)), forest: Forest(), undelivered: map[id.ID]bool{}}
	c.clock.set(Start.Add(time.Hour))
	c.Store = d.Open(t, func(o *store.Options) { o.Now = c.clock.now })
	must(t, c.AddDirectory(t.Context(), c.forest, Entry("directory.add", c.forest.Name)))
	for _, kind := range policy.Wants() {
		p := starting("")
		p.Factor = kind
		c.periods = append(c.periods, p)
		must(t, c.BeginPeriod(t.Context(), p, Entry("period.begin", "")))
	}
	for i := range crowded {
		c.somebody(i)
	}
	for _, p := range c.periods[:len(c.periods)-1] {
		must(t, c.RunPeriod(t.Context(), p.ID, c.clock.now(), Entry("period.start", "")))
	}
	c.clock.set(Start.Add(2 * time.Hour))
	return c
}

// one reports true once in n times.
func (c *crowd) one(n int) bool { return c.lot.IntN(n) == 0 }

func (c *crowd) somebody(i int) {
	t := c.t
	p := Somebody(fmt.Sprintf("user%03d", i))
	if c.one(2) {
		p.Factors = nil
	}
	if c.one(4) {
		p.Factors = append(p.Factors, aPasskey(p.Person.ID, Start))
	}
	if c.one(8) {
		p.Factors = append(p.Factors, factor.Factor{ID: NextID(), Person: p.Person.ID, Kind: factor.Recovery, Sealed: []byte("sealed"), CreatedAt: Start})
	}
	for j := range p.Factors {
		p.Factors[j].Suspended = c.one(6)
	}
	p.Person.Groups = [][]string{nil, {"staff"}, {"staff", `a "quoted" one`}, {"guests"}}[c.lot.IntN(4)]
	p.Person.Disabled = c.one(6)
	if c.one(5) {
		p.Person.Email = ""
	}
	if c.one(8) {
		p.Person.Role = directory.Auditor
	}
	if c.one(4) {
		p.Person.Origin = put(c.forest, i, p.Person.Key).Person.Origin
		p.Person.Origin.Barred = []directory.Barred{"", directory.BarredDisabled, directory.BarredLocked}[c.lot.IntN(3)]
	}
	r := Add(t, c.Store, p)
	for _, period := range c.periods {
		if c.one(2) {
			required := period.For(c.clock.now())
			required.Due = c.end()
			_, err := c.AddToPeriod(t.Context(), []operator.NewDuty{{Person: r.Person.ID, Requirement: required}})
			must(t, err)
		}
	}
	c.own(r.Person.ID, p.Person.Key)
	if len(p.Factors) > 0 && c.one(3) {
		c.signIn(p.Person.Key)
	}
	if c.one(9) {
		m := queue(t, c.Store, notify.FactorAdded, r.Person.ID, nil)
		claims, err := c.Claim(t.Context(), c.clock.now(), c.clock.now().Add(time.Hour), 100)
		must(t, err)
		for _, claim := range claims {
			must(t, c.Settle(t.Context(), notify.Settlement{ID: claim.Message.ID, Attempt: claim.Attempt, State: notify.Bounced, At: c.clock.now()}))
			c.undelivered[r.Person.ID] = c.undelivered[r.Person.ID] || claim.Message.ID == m.ID
		}
	}
}

// end is an instant before, at or after now.
func (c *crowd) end() time.Time {
	return Start.Add(2 * time.Hour).Add(time.Duration(c.lot.IntN(3)-1) * time.Minute)
}

// own gives somebody requirements of their own.
func (c *crowd) own(person id.ID, key string) {
	var puts []operator.DutyPut
	add := func(duty policy.Duty, due, paused time.Time) {
		puts = append(puts, operator.DutyPut{Requirement: policy.Requirement{
			Period: NextID(), Own: true, Duty: duty, Factor: policy.Wants()[c.lot.IntN(3)], Since: Start, Due: due, PausedAt: paused,
		}})
	}
	if c.one(6) {
		add(policy.RequiredNow, time.Time{}, time.Time{})
	}
	if c.one(6) {
		add(policy.InPeriod, c.end(), time.Time{})
	}
	if c.one(6) {
		add(policy.InPeriod, c.end(), Start.Add(2*time.Hour))
	}
	if c.one(8) {
		add(policy.Exempt, []time.Time{{}, c.end()}[c.lot.IntN(2)], time.Time{})
	}
	if c.one(8) {
		add(policy.Bypass, c.end(), time.Time{})
	}
	if len(puts) == 0 {
		return
	}
	r := Find(c.t, c.Store, key)
	must(c.t, c.Amend(c.t.Context(), operator.Amendment{
		Person: person, Version: r.Standing.Version, PutDuties: puts, Log: Entry("require", key),
	}))
}

// signIn lets somebody in, some time ago, and sometimes locks them after.
func (c *crowd) signIn(key string) {
	change := Allowed(Find(c.t, c.Store, key), 1)
	change.SignIn.ID = id.At(Start.Add(time.Duration(c.lot.IntN(3)-1) * 24 * time.Hour))
	change.SignIn.ID += id.ID(c.lot.IntN(1 << 20))
	if c.one(3) {
		change.Standing.Codes = lockout.Codes{LockedUntil: c.end()}
	}
	commit(c.t, c.Store, change)
}

// choice is a filter, and whom it means. Of those about the same thing one is
// chosen.
type choice struct {
	about, name string
	set         func(q *operator.PeopleQuery)
	meant       func(r operator.Row, q *operator.PeopleQuery) bool
	ofKind      bool // it means others for another kind of factor
}

// choices are all filters.
func (c *crowd) choices() []choice {
	now, yes, no := c.clock.now(), true, false
	var list []choice
	add := func(about, name string, set func(q *operator.PeopleQuery), meant func(r operator.Row) bool) {
		list = append(list, choice{about: about, name: name, set: set, meant: func(r operator.Row, _ *operator.PeopleQuery) bool { return meant(r) }})
	}
	add("search", "r01", func(q *operator.PeopleQuery) { q.Search = "R01" }, func(r operator.Row) bool { return strings.Contains(r.Person.Key, "r01") })
	add("search", "3@", func(q *operator.PeopleQuery) { q.Search = "3@example.com" }, func(r operator.Row) bool {
		return strings.HasSuffix(r.Person.Email, "3@example.com")
	})
	add("address", "none", func(q *operator.PeopleQuery) { q.NoAddress = true }, func(r operator.Row) bool { return r.Person.Email == "" })
	add("mail", "undelivered", func(q *operator.PeopleQuery) { q.Undelivered = true }, func(r operator.Row) bool { return c.undelivered[r.Person.ID] })
	add("disabled", "yes", func(q *operator.PeopleQuery) { q.Disabled = &yes }, func(r operator.Row) bool { return r.Person.Excluded(now) })
	add("disabled", "no", func(q *operator.PeopleQuery) { q.Disabled = &no }, func(r operator.Row) bool { return !r.Person.Excluded(now) })
	add("locked", "yes", func(q *operator.PeopleQuery) { q.Locked = true }, func(r operator.Row) bool { return now.Before(r.LockedUntil) })
	add("role", "any", func(q *operator.PeopleQuery) { q.WithRole = true }, func(r operator.Row) bool { return r.Person.EffectiveRole() != directory.NoRole })
	add("suspended", "yes", func(q *operator.PeopleQuery) { q.Suspect = true }, func(r operator.Row) bool {
		return slices.ContainsFunc(r.Factors, func(f factor.Factor) bool { return f.Suspended })
	})
	add("directory", "forest", func(q *operator.PeopleQuery) { q.Directory = c.forest.ID }, func(r operator.Row) bool { return !r.Person.Origin.Local() })
	add("directory", "none", func(q *operator.PeopleQuery) { q.Directory = operator.LocalPeople }, func(r operator.Row) bool { return r.Person.Origin.Local() })
	add("seen", "never", func(q *operator.PeopleQuery) { q.NeverSignedIn = true }, func(r operator.Row) bool { return r.SignedIn.IsZero() })
	add("seen", "since", func(q *operator.PeopleQuery) { q.SignedInSince = Start }, func(r operator.Row) bool { return !r.SignedIn.Before(Start) })
	add("seen", "before", func(q *operator.PeopleQuery) { q.SignedInBefore = Start }, func(r operator.Row) bool {
		return !r.SignedIn.IsZero() && r.SignedIn.Before(Start)
	})
	for _, group := range []string{"staff", `a "quoted" one`, "nobody"} {
		add("group", group, func(q *operator.PeopleQuery) { q.Group = group }, func(r operator.Row) bool { return slices.Contains(r.Person.Groups, group) })
	}
	for i, p := range c.periods {
		list = append(list, choice{"period", fmt.Sprint(i), func(q *operator.PeopleQuery) { q.Period = p.ID }, func(r operator.Row, q *operator.PeopleQuery) bool {
			return slices.ContainsFunc(r.Requirements, func(required policy.Requirement) bool {
				counts := q.Status == "" || !r.Person.Excluded(now) || required.MetBy(r.Factors)
				return required.Period == p.ID && counts
			})
		}, false})
	}
	for _, is := range []*bool{&yes, &no} {
		list = append(list, choice{"required", fmt.Sprint(*is), func(q *operator.PeopleQuery) { q.Required = is }, func(r operator.Row, q *operator.PeopleQuery) bool {
			return isRequired(r, q) == *is
		}, true})
	}
	for _, status := range enrollment.Statuses() {
		list = append(list, choice{"status", string(status), func(q *operator.PeopleQuery) { q.Status = status }, func(r operator.Row, q *operator.PeopleQuery) bool {
			return enrollment.StateOf(q.Kind, r.Factors, r.Requirements, now).Status == status
		}, true})
	}
	return list
}

// isRequired is operator.PeopleQuery.Required, read off the requirements.
func isRequired(r operator.Row, q *operator.PeopleQuery) bool {
	return policy.Exemption(r.Requirements, q.Now).Duty != policy.Exempt &&
		slices.ContainsFunc(r.Requirements, func(r policy.Requirement) bool {
			asks := !r.Held && (r.Duty == policy.RequiredNow || r.Duty == policy.InPeriod)
			return asks && (q.Kind == "" || q.Kind == r.Factor)
		})
}

// agree compares every filter, and each two of them, with what the people's own
// facts say: who is listed, page by page, and how many they are.
func (c *crowd) agree(when string, pairs bool) {
	t := c.t
	t.Helper()
	now := c.clock.now()
	everybody, err := c.FindPeople(t.Context(), operator.PeopleQuery{Now: now})
	must(t, err)
	if len(everybody) != crowded {
		t.Fatalf("%s: %d people", when, len(everybody))
	}
	choices := c.choices()
	for i, kind := range append(policy.Wants(), "") {
		for j, one := range choices {
			if i == 0 || one.ofKind {
				c.listed(when, kind, everybody, one)
			}
			for _, other := range choices[j+1:] {
				if pairs && one.about != other.about && (i == 0 || one.ofKind || other.ofKind) {
					c.listed(when, kind, everybody, one, other)
				}
			}
		}
		c.counted(when, kind, everybody)
	}
}

// listed compares a list, whole and page by page, with whom the filters mean.
func (c *crowd) listed(when string, kind policy.Wanted, everybody []operator.Row, filters ...choice) {
	t := c.t
	t.Helper()
	q := operator.PeopleQuery{Kind: kind, Now: c.clock.now()}
	names := []string{when, string(kind)}
	for _, f := range filters {
		f.set(&q)
		names = append(names, f.about+" "+f.name)
	}
	name := strings.Join(names, ", ")
	var want []string
	for _, r := range everybody {
		if !slices.ContainsFunc(filters, func(f choice) bool { return !f.meant(r, &q) }) {
			want = append(want, r.Person.Key)
		}
	}
	keysOf := func(list []operator.Row) (keys []string) {
		for _, r := range list {
			keys = append(keys, r.Person.Key)
		}
		return keys
	}
	whole, err := c.FindPeople(t.Context(), q)
	must(t, err)
	if got := keysOf(whole); !slices.Equal(got, want) {
		t.Errorf("%s: %v, want %v", name, got, want)
		return
	}
	if len(filters) > 1 {
		return
	}
	if count, err := c.CountFound(t.Context(), q, crowded); err != nil || count != len(want) {
		t.Errorf("%s: %d counted, want %d: %v", name, count, len(want), err)
	}
	q.Limit = 30
	for _, most := range []int{7, 2 * crowded} {
		var got []string
		for q.After = ""; ; q.After = got[len(got)-1] {
			page, count, err := c.FindCounted(t.Context(), q, most)
			must(t, err)
			if count != min(most, len(want)) {
				t.Errorf("%s: %d counted, want %d of at most %d", name, count, len(want), most)
			}
			if got = append(got, keysOf(page)...); len(page) < q.Limit {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s, counted to %d: page by page %v, want %v", name, most, got, want)
		}
	}
}

// counted compares the census with everybody's own state.
func (c *crowd) counted(when string, kind policy.Wanted, everybody []operator.Row) {
	now := c.clock.now()
	want := map[enrollment.Status]int{}
	for _, r := range everybody {
		want[enrollment.StateOf(kind, r.Factors, r.Requirements, now).Status]++
	}
	census, err := c.CountPeople(c.t.Context(), kind, now)
	must(c.t, err)
	maps.DeleteFunc(census.ByStatus, func(_ enrollment.Status, n int) bool { return n == 0 })
	same(c.t, fmt.Sprintf("%s, census of %q", when, kind), want, census.ByStatus)
}

// testLists: lists of people by any two filters are what the people's own
// requirements and factors say, while a period starts, when all are in force,
// and while one that is over is cleared away.
func testLists(t *testing.T, d Database) {
	c := newCrowd(t, d)
	c.agree("while one starts", true)
	last := c.periods[len(c.periods)-1].ID
	must(t, c.RunPeriod(t.Context(), last, Start, Entry("period.start", "")))
	c.clock.set(Start.Add(2*time.Hour + time.Minute))
	c.agree("in force", true)
	must(t, c.EndPeriod(t.Context(), c.periods[0].ID, c.clock.now(), Entry("period.end", "")))
	c.agree("one is over", false)
	for {
		removed, err := c.ClearPeriod(t.Context(), c.periods[0].ID, 20)
		must(t, err)
		if removed == 0 {
			break
		}
	}
	c.agree("one is cleared away", false)
}
