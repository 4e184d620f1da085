package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/store"
)

// objectOfOne is the entry of user1 in the directory.
const objectOfOne = "0b0d5e7c-1f9a-4a53-9f0e-2d6a8e1c7b55"

// campaign is a period of seven days of seven people, of whom each has come
// one stage further than the one before.
type campaign struct {
	*store.Store
	t      *testing.T
	period enrollment.Period
	forest id.ID
	clock  clockAt
}

func newCampaign(t *testing.T, d Database) *campaign {
	c := &campaign{t: t}
	c.clock.set(Start.Add(time.Hour))
	c.Store = d.Open(t, func(o *store.Options) { o.Now = c.clock.now })
	forest := Forest()
	c.forest = forest.ID
	must(t, c.AddDirectory(t.Context(), forest, Entry("directory.add", forest.Name)))
	c.period = starting("")
	c.period.StartsAt = c.clock.now()
	must(t, c.BeginPeriod(t.Context(), c.period, Entry("period.begin", "")))
	var duties []operator.NewDuty
	for i := range reached() {
		p := Somebody(fmt.Sprintf("user%d", i))
		p.Factors = nil
		if i%2 == 0 {
			p.Person.Groups = []string{"even"}
		}
		if i == 0 {
			p.Factors = []factor.Factor{aPasskey(p.Person.ID, Start)}
		}
		if i == 1 {
			p.Person.Email = ""
			p.Person.Origin.Directory, p.Person.Origin.Object = c.forest, objectOfOne
			p.Person.Origin.DN, p.Person.Origin.Barred = "cn=One,dc=example,dc=com", "none"
		}
		Add(t, c.Store, p)
		duties = append(duties, operator.NewDuty{Person: p.Person.ID, Requirement: c.period.For(c.clock.now())})
	}
	Add(t, c.Store, Somebody("zoe")) // of whom nothing is required
	_, err := c.AddToPeriod(t.Context(), duties)
	must(t, err)
	must(t, c.RunPeriod(t.Context(), c.period.ID, c.clock.now(), Entry("period.start", "")))
	c.clock.set(Start.Add(2 * time.Hour))
	return c
}

// reached are the stages of those who are let in.
func reached() []enrollment.Stage {
	return slices.DeleteFunc(enrollment.Stages(), func(s enrollment.Stage) bool { return s == enrollment.KeptOut })
}

func aPasskey(person id.ID, at time.Time) factor.Factor {
	return factor.Factor{ID: NextID(), Person: person, Kind: factor.Passkey, Label: "laptop", Sealed: []byte("sealed"), CreatedAt: at}
}

// goOn takes everybody to their stage.
func (c *campaign) goOn() {
	t := c.t
	c.tell("user2", "user3", "user4", "user5")
	for i, key := range []string{"user3", "user4", "user5", "user6"} {
		r := Find(t, c.Store, key)
		if i < 3 {
			must(t, c.NoteOpened(t.Context(), r.Person.ID, c.clock.now()))
		}
		if i > 0 {
			must(t, c.PutPending(t.Context(), enrollment.Pending{
				Person: r.Person.ID, Factor: NextID(), Kind: factor.Passkey, Sealed: []byte("sealed"), StartedAt: c.clock.now(),
			}))
		}
		if i > 1 {
			c.enroll(key)
		}
	}
	r := Find(t, c.Store, "user6")
	change := Allowed(r, 1)
	change.SignIn.ID = id.At(c.clock.now().Add(time.Minute))
	commit(t, c.Store, change)
}

func (c *campaign) tell(keys ...string) {
	due, err := c.DueDuties(c.t.Context(), c.clock.now(), 100)
	must(c.t, err)
	var told []enrollment.ToldDuty
	for _, d := range due {
		for _, key := range keys {
			if Find(c.t, c.Store, key).Person.ID == d.Person {
				told = append(told, enrollment.ToldDuty{
					Was: d, Told: enrollment.Notices{Begin: true}, NextAt: d.Requirement.Due,
					Mail: []notify.Message{{ID: NextID(), Kind: notify.PeriodStarted, Person: d.Person}},
				})
			}
		}
	}
	noted, err := c.NoteTold(c.t.Context(), told)
	must(c.t, err)
	if noted != len(keys) {
		c.t.Fatalf("%d of %d are told", noted, len(keys))
	}
}

// exempt lets somebody be until then, and gives them another end.
func (c *campaign) exempt(key string, until, due time.Time) {
	r := Find(c.t, c.Store, key)
	a := operator.Amendment{Person: r.Person.ID, Version: r.Standing.Version, Log: Entry("exempt", key)}
	for _, d := range r.Requirements {
		if d.Duty == policy.Exempt {
			a.DropDuties = append(a.DropDuties, d.Period)
			continue
		}
		d.Due = due
		a.PutDuties = append(a.PutDuties, operator.DutyPut{Requirement: d})
	}
	a.PutDuties = append(a.PutDuties, operator.DutyPut{Requirement: policy.Requirement{
		Period: NextID(), Own: true, Duty: policy.Exempt, Since: c.clock.now(), Due: until,
	}})
	must(c.t, c.Amend(c.t.Context(), a))
}

func (c *campaign) enroll(key string) {
	r := Find(c.t, c.Store, key)
	must(c.t, c.Amend(c.t.Context(), operator.Amendment{
		Person: r.Person.ID, Version: r.Standing.Version, Log: Entry("enroll", key),
		AddFactors: []factor.Factor{aPasskey(r.Person.ID, c.clock.now())}, EndPending: true,
	}))
}

// names are those whom a query selects, in order.
func (c *campaign) names(q operator.PeopleQuery) []string {
	c.t.Helper()
	q.Now = c.clock.now()
	list, err := c.FindPeople(c.t.Context(), q)
	must(c.t, err)
	count, err := c.CountFound(c.t.Context(), q, 100)
	must(c.t, err)
	if count != len(list) {
		c.t.Errorf("%+v: %d counted, %d listed", q, count, len(list))
	}
	q.Limit = 100
	page, count, err := c.FindCounted(c.t.Context(), q, 100)
	must(c.t, err)
	if count != len(list) || len(page) != len(list) {
		c.t.Errorf("%+v: %d counted with a page of %d, %d listed", q, count, len(page), len(list))
	}
	names := make([]string, len(list))
	for i, r := range list {
		names[i] = r.Person.Key
	}
	return names
}

// testProgress: how far people have come is told of each and of all, and
// lists find them by it.
func testProgress(t *testing.T, d Database) {
	c := newCampaign(t, d)
	c.goOn()
	for i, stage := range reached() {
		same(t, string(stage), []string{fmt.Sprintf("user%d", i)}, c.names(operator.PeopleQuery{Period: c.period.ID, Stage: stage}))
	}
	got, err := c.Progress(t.Context(), c.period.ID, c.period.Factor, c.clock.now())
	must(t, err)
	if got.People != 7 || got.Already != 1 || got.Told != 5 || got.Opened != 4 || got.Begun != 3 || got.Verified != 2 || got.SignedIn != 1 {
		t.Errorf("%+v", got)
	}
	same(t, "statuses", map[enrollment.Status]int{
		enrollment.InPeriod: 4, enrollment.Enrolled: 3, enrollment.NotRequired: 0, enrollment.PendingDuty: 0,
		enrollment.ExpiredDuty: 0, enrollment.ExemptDuty: 0,
	}, got.ByStatus)
	same(t, "groups", []operator.Part{
		{Name: "even", People: 4, Done: 2}, {Name: "staff", People: 3, Done: 1}, {Name: "vpn", People: 3, Done: 1},
	}, got.Groups)
	same(t, "troubles", operator.Troubles{NoAddress: 1}, got.Troubles)
	last := len(got.Open) - 1
	if got.Open[0].Open != 6 || got.Open[last].Open != 4 || !got.Open[last].At.Equal(c.clock.now()) {
		t.Errorf("open over time: %+v", got.Open)
	}
	if want := Start.Add(time.Hour + 7*24*time.Hour); !got.Ends.Equal(want) {
		t.Errorf("it ends %v", got.Ends)
	}
	c.tell("user1") // whom no mail reaches
	same(t, "nobody has told user1", []string{"user1"}, c.names(operator.PeopleQuery{Period: c.period.ID, Stage: enrollment.Untold}))
	c.exempt("user2", got.Ends.Add(24*time.Hour), got.Ends.Add(48*time.Hour))
	later, err := c.Progress(t.Context(), c.period.ID, c.period.Factor, c.clock.now())
	must(t, err)
	sums, err := c.PeriodSums(t.Context(), c.clock.now())
	must(t, err)
	if later.Told != 5 || !later.Ends.Equal(got.Ends) || !sums[c.period.ID].Ends.Equal(got.Ends) {
		t.Errorf("with somebody exempt: %d told, the end is %v, in the list %v", later.Told, later.Ends, sums[c.period.ID].Ends)
	}
	c.exempt("user2", c.clock.now(), got.Ends)
	// What takes a factor away takes the person back.
	r := Find(t, c.Store, "user6")
	must(t, c.SuspendFactors(t.Context(), enrollment.Suspension{
		Person: r.Person.ID, Version: r.Standing.Version, Change: Entry("not-me", "user6"),
		Message: notify.Message{Kind: notify.FactorsPaused},
	}))
	same(t, "after a suspension", []string{"user4", "user6"}, c.names(operator.PeopleQuery{Period: c.period.ID, Stage: enrollment.Begun}))
	c.clock.set(got.Ends)
	same(t, "at the end", []string{"user1", "user2", "user3", "user4", "user6"}, c.names(operator.PeopleQuery{Status: enrollment.ExpiredDuty, Kind: policy.WantPasskey}))
}

// testProgressOfAll: over all periods everybody counts once, with what they are
// furthest behind in, and lists find them by it.
func testProgressOfAll(t *testing.T, d Database) {
	c := newCampaign(t, d)
	c.goOn()
	now := c.clock.now()
	alone, err := c.Progress(t.Context(), c.period.ID, c.period.Factor, now)
	must(t, err)
	of := func() operator.Figures {
		t.Helper()
		got, err := c.Progress(t.Context(), operator.EveryPeriod, c.period.Factor, now)
		must(t, err)
		for _, stage := range enrollment.Stages() {
			if found := c.names(operator.PeopleQuery{Period: operator.EveryPeriod, Stage: stage}); len(found) != got.Stages[stage] {
				t.Errorf("%s: %d counted, found are %v", stage, got.Stages[stage], found)
			}
		}
		if found := c.names(operator.PeopleQuery{Period: operator.EveryPeriod}); len(found) != got.People+got.Troubles.Disabled {
			t.Errorf("%d people and %d disabled, found are %v", got.People, got.Troubles.Disabled, found)
		}
		return got
	}
	same(t, "one period", alone, of())

	other := starting("")
	other.Factor = policy.WantTOTP
	must(t, c.BeginPeriod(t.Context(), other, Entry("period.begin", "")))
	var duties []operator.NewDuty
	for _, key := range []string{"user5", "zoe"} {
		duties = append(duties, operator.NewDuty{Person: Find(t, c.Store, key).Person.ID, Requirement: other.For(now)})
	}
	_, err = c.AddToPeriod(t.Context(), duties)
	must(t, err)
	same(t, "while another one starts", alone, of())
	must(t, c.RunPeriod(t.Context(), other.ID, now, Entry("period.start", "")))
	now = now.Add(time.Minute)
	c.clock.set(now)
	got := of()
	if got.People != 8 || got.Stages[enrollment.Untold] != 2 || got.Stages[enrollment.Verified] != 0 || got.Already != 2 {
		t.Errorf("two periods: %+v", got)
	}
	same(t, "who has both to do", []string{"user1", "user5"}, c.names(operator.PeopleQuery{Period: operator.EveryPeriod, Stage: enrollment.Untold}))
	must(t, c.EndPeriod(t.Context(), other.ID, now, Entry("period.end", "")))
	same(t, "when the other one is over", alone.Stages, of().Stages)
	must(t, c.EndPeriod(t.Context(), c.period.ID, now, Entry("period.end", "")))
	if got := of(); got.People != 0 || got.Open != nil {
		t.Errorf("none in force: %+v", got)
	}
}

// testFilters: lists are selected by where people come from and when they were
// last let in; and statuses stay what they are while a period starts.
func testFilters(t *testing.T, d Database) {
	c := newCampaign(t, d)
	c.goOn()
	now := c.clock.now()
	yes, no := true, false
	required := []string{"user0", "user1", "user2", "user3", "user4", "user5", "user6"} // done or not
	others := []string{"user0", "user2", "user3", "user4", "user5", "user6", "zoe"}
	unseen := []string{"user0", "user1", "user2", "user3", "user4", "user5", "zoe"}
	check := func() {
		t.Helper()
		same(t, "from a directory", []string{"user1"}, c.names(operator.PeopleQuery{Directory: c.forest}))
		same(t, "from none", others, c.names(operator.PeopleQuery{Directory: operator.LocalPeople}))
		same(t, "never signed in", unseen, c.names(operator.PeopleQuery{NeverSignedIn: true}))
		same(t, "signed in lately", []string{"user6"}, c.names(operator.PeopleQuery{SignedInSince: now}))
		same(t, "not since", []string{}, c.names(operator.PeopleQuery{SignedInBefore: now}))
		same(t, "long ago", []string{"user6"}, c.names(operator.PeopleQuery{SignedInBefore: now.Add(time.Hour)}))
		same(t, "no address", []string{"user1"}, c.names(operator.PeopleQuery{NoAddress: true}))
		same(t, "something is required", required, c.names(operator.PeopleQuery{Required: &yes}))
		same(t, "of one kind", required, c.names(operator.PeopleQuery{Required: &yes, Kind: policy.WantPasskey}))
		same(t, "of another", []string{}, c.names(operator.PeopleQuery{Required: &yes, Kind: policy.WantTOTP}))
		same(t, "required and done", []string{"user0", "user5", "user6"}, c.names(operator.PeopleQuery{Required: &yes, Status: enrollment.Enrolled}))
		same(t, "nothing is", []string{"zoe"}, c.names(operator.PeopleQuery{Required: &no}))
		same(t, "several at once", []string{"user2", "user4"}, c.names(operator.PeopleQuery{
			Group: "even", Status: enrollment.InPeriod, Kind: policy.WantPasskey, NeverSignedIn: true, Directory: operator.LocalPeople,
		}))
		same(t, "enrolled", []string{"user0", "user5", "user6", "zoe"}, c.names(operator.PeopleQuery{Status: enrollment.Enrolled}))
	}
	check()
	list, err := c.FindPeople(t.Context(), operator.PeopleQuery{Search: "user6", Now: now})
	must(t, err)
	if len(list) != 1 || list[0].SignedIn.Before(now) {
		t.Errorf("%+v", list)
	}
	next := starting("")
	must(t, c.BeginPeriod(t.Context(), next, Entry("period.begin", "")))
	zoe := Find(t, c.Store, "zoe")
	_, err = c.AddToPeriod(t.Context(), []operator.NewDuty{{Person: zoe.Person.ID, Requirement: next.For(now)}})
	must(t, err)
	check()
	must(t, c.RunPeriod(t.Context(), next.ID, now, Entry("period.start", "")))
	c.clock.set(now.Add(time.Minute))
	same(t, "when it runs", append(slices.Clone(required), "zoe"), c.names(operator.PeopleQuery{Required: &yes}))
	c.clock.set(now)
	must(t, c.EndPeriod(t.Context(), next.ID, now, Entry("period.end", "")))
	check()
	_, err = c.ClearPeriod(t.Context(), next.ID, 10)
	must(t, err)
	check()
}
