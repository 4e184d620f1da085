package authn

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"example.com/muster/internal/audit"
)

const (
	unansweredAgain = time.Minute // before the same sign-in without an answer is written down once more
	mostUnanswered  = 256         // sign-ins that are remembered for that, on a node
	unansweredIn    = time.Second // for writing one down
)

// unanswered knows which sign-ins that were given no answer stand in the log, so
// that whoever asks again and again does not fill it; and keeps those that the
// database did not take until it does.
type unanswered struct {
	mu      sync.Mutex
	noted   map[unansweredKey]time.Time
	kept    []unansweredEntry
	writing bool
	full    time.Time // when it was last said that there is no room
}

// unansweredKey tells one sign-in from others, however often it is repeated.
type unansweredKey struct{ door, client, username, source string }

// unansweredEntry is what is written down. Of the facts it has what tells who,
// where and by which door; never the key of the request: a retransmission must
// find no answer in the log, and be decided anew.
type unansweredEntry struct {
	facts  Facts
	reason Reason
	at     time.Time
}

// first reports whether an entry is to be written down now.
func (u *unanswered) first(entry unansweredEntry) (first, full bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	f, now := &entry.facts, entry.at
	key := unansweredKey{f.Door, f.Client.Name, strings.ToLower(f.Username), f.Source.String()}
	recent := func(at time.Time) bool { return now.Sub(at) < unansweredAgain && !now.Before(at) }
	if at, known := u.noted[key]; known && recent(at) {
		return false, false
	}
	if len(u.noted) >= mostUnanswered {
		for k, at := range u.noted {
			if !recent(at) {
				delete(u.noted, k)
			}
		}
	}
	if len(u.noted) >= mostUnanswered {
		full = !recent(u.full)
		if full {
			u.full = now
		}
		return false, full
	}
	if u.noted == nil {
		u.noted = map[unansweredKey]time.Time{}
	}
	u.noted[key] = now
	return true, false
}

// keep keeps an entry for later.
func (u *unanswered) keep(entry unansweredEntry) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.kept) < mostUnanswered {
		u.kept = append(u.kept, entry)
	}
}

// take hands out what was kept, to one at a time.
func (u *unanswered) take() []unansweredEntry {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.writing || len(u.kept) == 0 {
		return nil
	}
	kept := u.kept
	u.kept, u.writing = nil, true
	return kept
}

func (u *unanswered) taken() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.writing = false
}

// noted passes on what an attempt ended with, and has one that was given no
// answer written down, unless its decision stands in the log already.
func (e *Engine) noted(ctx context.Context, f *Facts, d Decision, err error) (Decision, error) {
	if err == nil {
		if kept := e.unanswered.take(); kept != nil {
			go e.writeKept(context.WithoutCancel(ctx), kept)
		}
		return d, nil
	}
	if d.SignIn == 0 && ctx.Err() == nil { // else whoever asked has gone
		e.noteUnanswered(ctx, f, err)
	}
	return Decision{}, err
}

func (e *Engine) noteUnanswered(ctx context.Context, f *Facts, err error) {
	entry := unansweredEntry{
		facts:  Facts{Door: f.Door, Client: f.Client, Username: f.Username, Key: f.Key, Source: f.Source},
		reason: ReasonUndecided, at: e.Now(),
	}
	silent := errors.Is(err, errSilent)
	if silent {
		entry.reason = ReasonDirectorySilent
	}
	first, full := e.unanswered.first(entry)
	switch {
	case full:
		e.Log.Warn("more sign-ins than the log has room for are given no answer", "room", mostUnanswered, "in", unansweredAgain)
		return
	case !first:
		return
	}
	if !silent || e.writeUnanswered(ctx, entry) != nil {
		e.unanswered.keep(entry)
	}
}

// writeKept writes down what the database did not take before.
func (e *Engine) writeKept(ctx context.Context, kept []unansweredEntry) {
	defer e.unanswered.taken()
	for _, entry := range kept {
		if e.writeUnanswered(ctx, entry) != nil {
			e.unanswered.keep(entry)
		}
	}
}

// writeUnanswered puts an entry into the log, and into the chain of the person
// whom it is about.
func (e *Engine) writeUnanswered(ctx context.Context, entry unansweredEntry) error {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), unansweredIn)
	defer stop()
	f := entry.facts
	var err error
	if f.Key == "" && f.Username != "" { // perhaps the database could not say whom the name means
		if f.Key, _, _, err = e.meaning(ctx, f.Username); err != nil {
			return err
		}
	}
	leave, err := e.turns.enter(ctx, f.Key)
	if err != nil {
		return err
	}
	defer leave()
	for range 3 { // other nodes may be quicker
		if f.Record, _, err = e.person(ctx, f.Key, true); err != nil {
			return err
		}
		now := e.Now()
		s := e.signIn(f, Decision{Reason: entry.reason}, now)
		s.Result = audit.Unanswered
		if entry.reason == ReasonDirectorySilent {
			s.Trace = string(RuleDirectorySilent)
		}
		change := Change{Record: f.Record, SignIn: &s}
		if f.Record != nil {
			change.Standing = f.Record.Standing
			change.Standing.SignIn = s.ID
		}
		if err = e.Store.Commit(ctx, change); !errors.Is(err, ErrConflict) {
			return err
		}
	}
	return err
}
