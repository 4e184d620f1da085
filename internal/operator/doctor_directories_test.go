package operator_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/roster"
	"example.com/muster/internal/store/storetest"
	"example.com/muster/internal/text"
)

// probe is what a test of a directory finds, and how often it was made.
type probe struct {
	ends  time.Time
	fails string // the step that fails
	out   []string
	made  int
}

func (p *probe) Probe(context.Context, directory.Source) (steps []operator.DirectoryStep, _ error) {
	p.made++
	for _, name := range []string{"name", "tcp", "tls", "bind", "search base", "paging"} {
		step := operator.DirectoryStep{Server: "ldaps://dc1.example.com", Name: name, OK: true}
		if name == "tls" {
			step.CertificateEnds = p.ends
		}
		if name == p.fails {
			step.OK, step.Said, step.Hint = false, "connection refused", text.Message{Key: "directory.probe.no-connection.hint"}
			return append(steps, step), nil
		}
		steps = append(steps, step)
	}
	return steps, nil
}

func (p *probe) Try(context.Context, directory.Source) ([]operator.DirectoryStep, error) {
	return nil, nil
}

func (p *probe) OutOfUse(directory.Source) []string { return p.out }

func (p *probe) CheckFilter(text string) error {
	if strings.Count(text, "(") != strings.Count(text, ")") {
		return errors.New("unbalanced")
	}
	return nil
}

// TestChecksOfDirectories: each fault is named with what to do, and an account
// that is refused is not tried once more.
func TestChecksOfDirectories(t *testing.T) {
	o := newOffice(t)
	source := storetest.Forest()
	if err := o.store.AddDirectory(t.Context(), source, o.entry()); err != nil {
		t.Fatal(err)
	}
	p := &probe{}
	o.Operator.Prober = p
	o.Operator.Roster = roster.New(roster.Config{Store: o.store, IDs: o.IDs, Now: func() time.Time { return o.now }, Log: slog.New(slog.DiscardHandler)})
	item := directory.Item{
		ID: o.IDs.Next(o.now), Name: "everybody", Source: source.ID, Interval: time.Hour, Guard: directory.DefaultGuard,
		Grace: directory.DefaultGrace, Enabled: true,
	}
	if err := o.store.AddSyncItem(t.Context(), item, o.entry()); err != nil {
		t.Fatal(err)
	}
	check := func(name string, ok bool, says ...string) {
		t.Helper()
		list, err := o.Checks(t.Context(), local)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range list {
			if c.Name != name {
				continue
			}
			if c.OK != ok || c.Finding == "" || !ok && c.Hint == "" {
				t.Errorf("%+v", c)
			}
			for _, part := range says {
				if !strings.Contains(c.Finding+" | "+c.Hint, part) {
					t.Errorf("%+v does not say %q", c, part)
				}
			}
			return
		}
		t.Errorf("no check is named %s", name)
	}
	poll := func(state roster.Poll) {
		t.Helper()
		if err := o.store.SetPoll(t.Context(), source.ID, state, nil); err != nil {
			t.Fatal(err)
		}
	}
	ran := func(state roster.RunState, problem string) {
		t.Helper()
		r := roster.Run{ID: o.IDs.Next(o.now), Item: item.ID, Name: item.Name, State: roster.Running}
		if err := o.store.BeginRun(t.Context(), r, o.now.Add(-time.Hour)); err != nil {
			t.Fatal(err)
		}
		r.State, r.Problem, r.Ended = state, problem, o.now
		if err := o.store.EndRun(t.Context(), r, nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	name := "directory " + source.Name
	p.ends = o.now.Add(30 * 24 * time.Hour)
	check(name, true, "good for 30 days")
	p.ends = o.now.Add(13*24*time.Hour + time.Hour)
	check(name, false, "good for 13 days", "renew")
	p.ends, p.fails = o.now.Add(30*24*time.Hour), "tcp"
	check(name, false, "ldaps://dc1.example.com: tcp", "connection refused")
	p.fails, p.out = "", []string{"ldaps://dc1.example.com"}
	check(name, false, "out of use", "ldaps://dc1.example.com")
	p.out = nil
	poll(roster.Poll{Current: o.now.Add(-time.Minute)})
	check(name, true)
	poll(roster.Poll{Current: o.now.Add(-time.Hour)})
	check(name, false, "last asked for at")
	poll(roster.Poll{Problem: "time-out", Since: o.now})
	check(name, false, "time-out", "muster directory test "+source.Name)
	made := p.made
	poll(roster.Poll{Problem: "account locked", Since: o.now, Refused: true})
	check(name, false, "account locked", source.BindDN, "--bind-password-file")
	if p.made != made {
		t.Error("an account that is refused was tried again")
	}
	poll(roster.Poll{Current: o.now})

	check("sync everybody", true, "never")
	ran(roster.Done, "")
	check("sync everybody", true, "was last read at")
	o.now = o.now.Add(time.Hour)
	ran(roster.Failed, "no server answers")
	check("sync everybody", false, "no server answers", "muster sync run everybody")
	ran(roster.Waiting, "")
	check("sync everybody", false, "waits", "approve")
	ran(roster.Done, "")
	o.now = o.now.Add(2*time.Hour + time.Minute)
	poll(roster.Poll{Current: o.now})
	check("sync everybody", false, "should be every 1h0m0s")
	check(name, true)
}
