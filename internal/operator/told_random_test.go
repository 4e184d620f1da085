package operator_test

import (
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
)

// postman carries mail, and knows what has arrived.
type postman struct {
	*office
	r         *rand.Rand
	away      bool
	about     map[id.ID]map[notify.Kind]int
	reminders map[string]int
	until     map[id.ID]string // the end that somebody was told last
}

// round tells what there is to tell, and carries it if the server is there.
func (p *postman) round() {
	p.t.Helper()
	p.tells()
	if p.away {
		p.refuse(false)
		return
	}
	for {
		claims, err := p.store.Claim(p.t.Context(), p.now, p.now.Add(time.Minute), 1000)
		for _, c := range claims {
			if err == nil {
				err = p.store.Settle(p.t.Context(), notify.Settlement{ID: c.Message.ID, Attempt: c.Attempt, State: notify.Sent, At: p.now})
			}
			if p.about[c.Message.Person] == nil {
				p.about[c.Message.Person] = map[notify.Kind]int{}
			}
			p.about[c.Message.Person][c.Message.Kind]++
			if c.Message.Kind.TellsEnd() {
				p.until[c.Message.Person] = c.Message.Data["until"]
			}
			if c.Message.Kind == notify.PeriodReminder {
				p.reminders[c.Message.Person.String()+" "+c.Message.Data["until"]]++
			}
		}
		if err != nil {
			p.t.Fatal(err)
		}
		if len(claims) == 0 {
			return
		}
	}
}

// act does something at random; that there is nothing to do is no mistake.
func (p *postman) act() {
	p.t.Helper()
	who := []operator.Selection{everybody, helpers, named("bob", "dave"), named("eve")}[p.r.IntN(4)]
	var err error
	switch ctx := p.t.Context(); p.r.IntN(9) {
	case 0:
		_, err = p.Require(ctx, local, who, operator.Order{Factor: policy.WantTOTP, Length: time.Duration(2+p.r.IntN(5)) * day, Postpone: -1}, false)
	case 1:
		_, err = p.Require(ctx, local, who, operator.Order{Factor: policy.WantTOTP, Until: p.now.Add(3 * day), Postpone: -1}, false)
	case 2:
		_, err = p.Pause(ctx, local, who, operator.Change{})
	case 3:
		_, err = p.Resume(ctx, local, who, operator.Change{})
	case 4:
		_, err = p.Cancel(ctx, local, who, operator.Change{})
	case 5:
		_, err = p.Extend(ctx, local, who, operator.Change{Length: day})
	case 6:
		_, err = p.RemoveRequirement(ctx, local, who, operator.Change{})
	default:
		_, err = p.UndoLast(ctx, local, nil)
	}
	if err != nil && operator.RefusalOf(err) == "" {
		p.t.Fatal(err)
	}
}

// TestNobodyOwesWhatTheyNeverHeard, whatever is done in whatever order with the
// mail server there or away; and nobody is reminded twice of one end.
func TestNobodyOwesWhatTheyNeverHeard(t *testing.T) {
	for seed := range uint64(6) {
		p := &postman{
			office: newOffice(t), r: rand.New(rand.NewPCG(seed, 1)),
			about: map[id.ID]map[notify.Kind]int{}, reminders: map[string]int{}, until: map[id.ID]string{},
		}
		for i, name := range []string{"bob", "dave", "eve", "frank"} {
			p.bare(name, []string{"helpers", "others"}[i%2])
		}
		for range 25 {
			p.act()
			p.away = p.r.IntN(3) == 0
			if p.r.IntN(3) > 0 {
				p.round()
			}
			p.now = p.now.Add(time.Duration(p.r.IntN(3)) * 5 * time.Hour).Add(time.Minute)
		}
		p.away = false
		p.round()
		p.now = p.now.Add(time.Hour)
		p.round()
		p.holds("seed " + strconv.FormatUint(seed, 10))
	}
}

// holds looks at where everybody stands, and what they have heard.
func (p *postman) holds(when string) {
	p.t.Helper()
	for _, name := range []string{"bob", "dave", "eve", "frank"} {
		r := p.record(name)
		s := enrollment.StateOf("", r.Factors, r.Requirements, p.now)
		heard := p.about[r.Person.ID]
		if s.Status == enrollment.InPeriod && !s.Paused && heard[notify.PeriodStarted] == 0 {
			p.t.Errorf("%s: %s owes until %v and has heard %v", when, name, s.Until, heard)
		}
		if is := s.Until.UTC().Format(time.RFC3339); s.Status == enrollment.InPeriod && !s.Paused && p.until[r.Person.ID] != is {
			p.t.Errorf("%s: %s owes until %s and was told %s", when, name, is, p.until[r.Person.ID])
		}
		if begun := heard[notify.PeriodStarted] + heard[notify.PeriodReminder] + heard[notify.PeriodExpired]; heard[notify.RequirementLifted] > begun {
			p.t.Errorf("%s: %s has heard %v", when, name, heard)
		}
	}
	for what, n := range p.reminders {
		if n > 1 {
			p.t.Errorf("%s: reminded %d times: %s", when, n, what)
		}
	}
}
