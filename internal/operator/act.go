package operator

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/problem"
)

// attempts is how often an act is worked out anew because the person changed
// meanwhile: somebody may be signing in all the time.
const attempts = 8

// maxReason is how long a reason may be, in octets.
const maxReason = 500

// deed is one act on one person.
type deed struct {
	act    Act
	action string // as the log names it
	name   string // of the person, as typed
	reason string
	// needsReason refuses the deed without one.
	needsReason bool
	// identity says how it was checked who the person is; with asksIdentity it
	// must, as long as the person's request for help is open.
	identity     string
	asksIdentity bool
}

// amend loads the person, asks the table, lets work say what changes, and
// writes that. It starts afresh if the person changed meanwhile.
func (o *Operator) amend(ctx context.Context, by audit.Actor, d deed, work func(r *authn.Record, a *Amendment) error) error {
	reason, err := checkReason(d.reason, d.needsReason)
	if err != nil {
		return err
	}
	identity, err := checkReason(d.identity, false)
	if err != nil {
		return problem.Wrap(problem.Invalid, RefusedIdentity, "how the identity was checked is not a line of text up to %d octets", maxReason)
	}
	for range attempts {
		r, err := o.find(ctx, d.name)
		if err != nil {
			return err
		}
		if err := o.may(ctx, by, d.act, r.Person); err != nil {
			return err
		}
		if d.asksIdentity && identity == "" {
			if err := o.notFromHelp(ctx, r.Person); err != nil {
				return err
			}
		}
		a := Amendment{
			Person: r.Person.ID, Version: r.Standing.Version,
			Log: o.entry(by, d.action, r.Person.QualifiedName(), reason),
		}
		if err := work(r, &a); err != nil {
			return err
		}
		if identity != "" {
			a.Log.Detail = strings.TrimSpace(a.Log.Detail + " identity checked: " + identity)
		}
		switch err := o.Store.Amend(ctx, a); {
		case err == nil:
			return nil
		case !errors.Is(err, ErrChangedMeanwhile):
			return told(err)
		}
	}
	return refuse(RefusedChangedMeanwhile, problem.Conflict, "%s changed at the same time", d.name).WithHint("try again")
}

// newKey returns the key that somebody new by this name gets.
func (o *Operator) newKey(name string) (string, error) {
	key, err := o.Names.Key(name)
	return key, nameProblem(name, err)
}

func nameProblem(name string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, authn.ErrAmbiguousName):
		return refuse(RefusedAmbiguous, problem.Conflict, "several people are named %s", shown(name)).
			WithHint(`say which: DOMAIN\user or user@domain`)
	case errors.Is(err, directory.ErrForeignDomain):
		return refuse(RefusedDomain, problem.Invalid, "the domain of %s is not one of ours", shown(name)).
			WithHint("list it under domains in the configuration, or leave it out")
	case errors.Is(err, directory.ErrMalformedName):
		return refuse(RefusedName, problem.Invalid, "%s is not a user name", shown(name)).
			WithHint(`up to %d octets, without spaces, @ and \`, directory.MaxUsername)
	}
	return unavailable(err)
}

// entry begins an entry for the log of changes.
func (o *Operator) entry(by audit.Actor, action, subject, reason string) audit.Change {
	return audit.Change{ID: o.IDs.Next(o.Now()), Actor: by, Action: action, Subject: subject, Reason: reason}
}

// message begins a message to the person.
func (o *Operator) message(kind notify.Kind, p *directory.Person, by audit.Actor, data map[string]string) notify.Message {
	now := o.Now()
	if data == nil {
		data = map[string]string{}
	}
	data["at"] = now.UTC().Format(time.RFC3339)
	data["by"] = by.Name
	return notify.Message{ID: o.IDs.Next(now), Kind: kind, Person: p.ID, Data: data}
}

func checkReason(reason string, needed bool) (string, error) {
	reason = strings.TrimSpace(reason)
	switch {
	case needed && reason == "":
		return "", refuse(RefusedNoReason, problem.Invalid, "a reason is missing").WithHint("say in a few words why; the audit log keeps it")
	case len(reason) > maxReason:
		return "", refuse(RefusedReason, problem.Invalid, "the reason is longer than %d octets", maxReason)
	case !utf8.ValidString(reason) || strings.ContainsFunc(reason, unicode.IsControl):
		return "", refuse(RefusedReason, problem.Invalid, "the reason has characters that cannot be shown").WithHint("write it on one line")
	}
	return reason, nil
}

// told gives the errors of a store their public face; nil stays nil.
func told(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrLastAdministrator):
		return problem.Wrap(problem.Conflict, err, "nobody else would be left who can administer").
			WithHint("invite another administrator first")
	case errors.Is(err, ErrChangedMeanwhile):
		return problem.Wrap(problem.Conflict, err, "it changed at the same time").WithHint("try again")
	case errors.Is(err, ErrRequiredTwice):
		return problem.Wrap(problem.Conflict, err, "the same is required of all of them by now").WithHint("put it away")
	case errors.Is(err, ErrNameTaken):
		return problem.Wrap(problem.Conflict, err, "the name is taken")
	case errors.Is(err, ErrAddressTaken):
		return problem.Wrap(problem.Conflict, err, "another client has the same address").
			WithHint("a longer prefix for one of the two makes them different")
	case errors.Is(err, ErrGone):
		return problem.Wrap(problem.NotFound, err, "it is not there any more")
	}
	return unavailable(err)
}

// unavailable says that the database could not be asked, unless err says
// something better.
func unavailable(err error) error { return problem.FromStore(err) }

// shown returns a typed name fit for a message: on one line, not too long.
func shown(name string) string {
	const longest = 64
	if name == "" {
		return "an empty name"
	}
	clean := strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '\uFFFD'
		}
		return r
	}, strings.ToValidUTF8(name, "\uFFFD"))
	if utf8.RuneCountInString(clean) > longest {
		clean = string([]rune(clean)[:longest]) + "…"
	}
	return clean
}
