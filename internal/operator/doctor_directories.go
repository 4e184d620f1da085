package operator

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/roster"
	"example.com/muster/internal/text"
)

const (
	// certificateDays is how long before its end a directory's certificate
	// should have been renewed.
	certificateDays = 14
	// silentFor is how old what is known of a directory's changes may be: they
	// are asked for every 20 seconds.
	silentFor = 3 * time.Minute
	// runsLookedAt is how far back a good run is looked for.
	runsLookedAt = 50
)

// checkDirectories tries every server of every directory, all directories at
// the same time, and looks at how they are kept in step.
func (o *Operator) checkDirectories(ctx context.Context, by audit.Actor) ([]Check, error) {
	sources, err := o.Store.Directories(ctx)
	if err != nil {
		return nil, unavailable(err)
	}
	checks := make([]Check, len(sources))
	errs := make([]error, len(sources))
	var all sync.WaitGroup
	for i := range sources {
		all.Go(func() { checks[i], errs[i] = o.examineDirectory(ctx, sources[i]) })
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	items, err := o.SyncItems(ctx, by)
	if err != nil {
		return nil, err
	}
	kept := make([]Check, len(items))
	for n, i := range items {
		if kept[n], err = o.checkItem(ctx, i); err != nil {
			return nil, err
		}
	}
	return slices.Concat(checks, kept), nil
}

// examineDirectory does not try an account that the directory refuses: each try
// counts there.
func (o *Operator) examineDirectory(ctx context.Context, s directory.Source) (Check, error) {
	c := Check{Name: "directory " + s.Name, OK: true}
	poll, err := o.Roster.Polled(ctx, s.ID)
	if err != nil {
		return c, unavailable(err)
	}
	if poll.Refused {
		c.OK = false
		c.Finding = "the account " + s.BindDN + " is refused since " + poll.Since.UTC().Format(time.RFC3339) + ": " + poll.Problem
		c.Hint = "unlock it or give it a new password there, then: muster directory set " + s.Name + " --bind-password-file FILE"
		return c, nil
	}
	steps, err := o.Prober.Probe(ctx, s)
	if err != nil {
		return c, err
	}
	var findings, hints []string
	found := func(finding, hint string) {
		c.OK = false
		findings, hints = append(findings, finding), append(hints, hint)
	}
	good := o.probed(steps, found)
	findings = append(findings, good...)
	out := o.Prober.OutOfUse(s)
	if len(out) > 0 && c.OK {
		found("out of use since it did not answer, though it does now: "+strings.Join(out, ", "), "it is used again within a minute; look at the network if it comes back")
	}
	now := o.Now()
	switch {
	case poll.Problem != "":
		found("its changes are not known since "+poll.Since.UTC().Format(time.RFC3339)+": "+poll.Problem,
			"sessions of its people end in an outage page until it answers; see muster directory test "+s.Name)
	case !poll.Current.IsZero() && now.Sub(poll.Current) > silentFor:
		found("its changes were last asked for at "+poll.Current.UTC().Format(time.RFC3339), "does a server run? muster serve asks every 20 seconds")
	}
	if len(findings) == 0 {
		findings = append(findings, "every server answers")
	}
	c.Finding, c.Hint = strings.Join(findings, "; "), strings.Join(slices.Compact(hints), "; ")
	return c, nil
}

// probed says what the test of the servers found: what is wrong to found, and
// else how long their certificates are good for.
func (o *Operator) probed(steps []DirectoryStep, found func(finding, hint string)) (good []string) {
	english := text.Default().For("en")
	for _, step := range steps {
		switch {
		case !step.OK && !step.Skipped:
			words := step.Server + ": " + step.Name + ": " + step.Words(english)
			if step.Said != "" {
				words += " (" + step.Said + ")"
			}
			found(words, step.HintWords(english))
		case step.OK && !step.CertificateEnds.IsZero():
			days := int(step.CertificateEnds.Sub(o.Now()) / (24 * time.Hour))
			words := step.Server + ": its certificate is good for " + HowMany(days, "day", "days")
			if days < certificateDays {
				found(words, "renew it there; without it nobody of this directory gets in")
			} else {
				good = append(good, words)
			}
		}
	}
	return good
}

// checkItem looks at the last good run of what is kept in step.
func (o *Operator) checkItem(ctx context.Context, i SyncItem) (Check, error) {
	c := Check{Name: "sync " + i.Name, OK: true}
	runs, err := o.Store.FindRuns(ctx, roster.RunQuery{Item: i.ID, Limit: runsLookedAt})
	if err != nil {
		return c, unavailable(err)
	}
	at := slices.IndexFunc(runs, func(r roster.Run) bool {
		return r.State != roster.Running && r.State != roster.Failed && r.State != roster.Interrupted
	})
	last := i.ID.Time() // it was made
	c.Finding = "has never been read"
	if at >= 0 {
		last = runs[at].Ended
		c.Finding = "was last read at " + last.UTC().Format(time.RFC3339)
	}
	if i.Last != nil && i.Last.State == roster.Failed {
		c.OK = false
		c.Finding += "; the last run failed: " + i.Last.Problem
		c.Hint = "muster directory test " + i.Directory + ", then muster sync run " + i.Name
	}
	switch overdue := i.Enabled && o.Now().Sub(last) > 2*i.Interval; {
	case overdue && c.OK:
		c.OK = false
		c.Finding += ", and should be every " + i.Interval.String()
		c.Hint = "does a server run? muster sync runs " + i.Name + " tells what became of it"
	case i.Last != nil && i.Last.State == roster.Waiting:
		c.OK = false
		c.Finding += "; a run waits for an administrator"
		c.Hint = "muster sync show " + i.Last.ID.String() + ", then muster sync approve or reject it"
	case !i.Enabled && c.OK:
		c.Finding += "; it does not run by itself"
	}
	return c, nil
}
