package main

import (
	"context"
	"io"
	"strings"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/operator"
)

// stateful is a command that needs the data. It is a plain struct that JSON
// carries whole, because it may run in another process than it was typed in.
type stateful interface {
	Run(ctx context.Context, env *Env) error
}

// Env is what a stateful command works with.
type Env struct {
	In       io.Reader // the file that came along
	Out      io.Writer
	Err      io.Writer // warnings
	File     io.Writer // the file that the command makes
	Progress func(done, total int64)
	JSON     bool

	Actor    audit.Actor
	Operator *operator.Operator
	Now      time.Time
	Zone     *time.Location

	node *node // for doctor, which looks at what all of this stands on
}

// warn writes a warning for whoever typed the command.
func (e *Env) warn(text, hint string) {
	t := terminal{err: e.Err}
	t.warn(text, hint)
}

// mindingAdministrators does an act that the command line may do to the last
// administrator too, and warns if then nobody is left.
func (e *Env) mindingAdministrators(ctx context.Context, act func() error) error {
	had, err := e.Operator.AdministratorLeft(ctx)
	if err != nil {
		return err
	}
	done := act() // of an act on many some may be done, whatever it returns
	if left, err := e.Operator.AdministratorLeft(ctx); err == nil && had && !left {
		e.warn("nobody is left who administers and has a second step to sign in with",
			"muster enroll link lets one who administers set it up; muster admin invite makes another one")
	}
	return done
}

// when formats an instant for people, in the configured zone. The zero time
// is empty.
func (e *Env) when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(e.Zone).Format("2006-01-02 15:04")
}

// zoned is when with the zone named, for ends, which people plan by.
func (e *Env) zoned(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(e.Zone).Format("2006-01-02 15:04 MST")
}

// done says on one line what was done, or nothing where data was asked for as
// JSON.
func (e *Env) done(text string) error {
	if e.JSON {
		return printJSON(e.Out, struct{}{})
	}
	_, err := io.WriteString(e.Out, text+"\n")
	return err
}

// instant is how JSON shows an instant: RFC 3339 in UTC, null for none.
func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// texts never is null in JSON.
func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return out
}

func joined(list []string) string { return strings.Join(list, ", ") }
