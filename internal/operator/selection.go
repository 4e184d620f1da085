package operator

import (
	"context"
	"strconv"
	"strings"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/problem"
)

// atOnce is how many people are read and written in one go: a processor is
// taken for a millisecond or two, while somebody may want to sign in.
const atOnce = 100

// Selection says whom an act on many is for. One field is set.
type Selection struct {
	All   bool
	Group string
	Names []string     // as typed
	Query *PeopleQuery // whom a list shows, on all its pages
	// Period means those of whom a period requires something. What is done to
	// them counts for whoever joins it later, too.
	Period id.ID
}

// The words of Selection.Describe.
const (
	describedAll    = "everybody"
	describedGroup  = "group "
	describedPeriod = "period "
	describedList   = "a list"
	describedMany   = " users"
)

// Describe says in a few words who is chosen.
func (s Selection) Describe() string {
	switch {
	case s.All:
		return describedAll
	case s.Group != "":
		return describedGroup + s.Group
	case s.Period != 0:
		return describedPeriod + s.Period.String()
	case s.Query != nil:
		return describedList
	case len(s.Names) == 1:
		return s.Names[0]
	default:
		return strconv.Itoa(len(s.Names)) + describedMany
	}
}

// DescribesOne reports whether a description is the name of one person.
func DescribesOne(described string) bool {
	return described != describedAll && described != describedList &&
		!strings.HasPrefix(described, describedGroup) && !strings.HasPrefix(described, describedPeriod) &&
		!strings.HasPrefix(described, enrollment.ChosenByItem) && !strings.HasSuffix(described, describedMany)
}

// single reports whether one person is named: what is done to them alone does
// not take the place of the last act on many.
func (s Selection) single() bool { return len(s.Names) == 1 }

func (s Selection) check() error {
	n := 0
	for _, set := range []bool{s.All, s.Group != "", len(s.Names) > 0, s.Query != nil, s.Period != 0} {
		if set {
			n++
		}
	}
	if n != 1 {
		return refuse(RefusedNobody, problem.Invalid, "it is not clear who is meant").
			WithHint("choose everybody, a group, or users by name")
	}
	return nil
}

// each reads all who are chosen, some at a time, ordered by name, and calls fn
// with them. Names that nobody has are given to missing.
func (o *Operator) each(ctx context.Context, s Selection, missing func(name string, err error), fn func(rows []Row) error) error {
	if err := s.check(); err != nil {
		return err
	}
	if len(s.Names) > 0 {
		return o.eachNamed(ctx, s.Names, missing, fn)
	}
	q := PeopleQuery{Group: s.Group, Period: s.Period}
	if s.Query != nil {
		q = *s.Query
	}
	q.Limit, q.Now, q.After = atOnce, o.Now(), ""
	return o.eachFound(ctx, q, fn)
}

func (o *Operator) eachNamed(ctx context.Context, names []string, missing func(name string, err error), fn func(rows []Row) error) error {
	typed := map[string]string{}
	var keys []string
	for _, name := range names {
		key, err := o.key(ctx, name)
		if err != nil {
			missing(name, err)
			continue
		}
		if typed[key] == "" {
			typed[key] = name
			keys = append(keys, key)
		}
	}
	for len(keys) > 0 {
		some := keys[:min(atOnce, len(keys))]
		keys = keys[len(some):]
		rows, err := o.Store.FindPeople(ctx, PeopleQuery{Keys: some, Now: o.Now()})
		if err != nil {
			return unavailable(err)
		}
		found := map[string]bool{}
		for _, r := range rows {
			found[r.Person.Key] = true
		}
		for _, key := range some {
			if !found[key] {
				missing(typed[key], refuse(RefusedGone, problem.NotFound, "no user is named %s", shown(typed[key])))
			}
		}
		if len(rows) > 0 {
			if err := fn(rows); err != nil {
				return err
			}
		}
	}
	return nil
}

// BulkResult is what became of an act on many.
type BulkResult struct {
	Act      id.ID // its name where it is written down; zero: it is not
	Chosen   int
	Done     int
	Silent   int           // of Done: nothing they have still to do has changed, so that they are told nothing
	Skipped  []BulkFailure // there was nothing to do for them
	Failures []BulkFailure
	Later    []LaterChange // what changes for whoever joins a period later
	Dry      bool          // nothing was done: it says what would be
	Mail     Mailing       // if Dry, and of a start: who would hear of it

	TakesBack *Bulk // of an undo: the act that it takes back
}

// BulkFailure is somebody for whom an act was not done, and why.
type BulkFailure struct {
	Username string
	Refusal  Refusal
	Text     string
}

func failure(name string, err error) BulkFailure {
	said, _ := problem.Public(err)
	return BulkFailure{Username: name, Refusal: RefusalOf(err), Text: said}
}
