package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/problem"
)

type requireCommands struct {
	Set    requireSet    `cmd:"" default:"withargs" help:"Require a factor of people, now or within a period."`
	Remove requireRemove `cmd:"" help:"Remove what is required of people."`
}

// whom selects the people an act is for.
type whom struct {
	All    bool       `xor:"whom" required:"" help:"Everybody."`
	Group  string     `xor:"whom" required:"" placeholder:"GROUP" help:"The members of a group."`
	User   []string   `xor:"whom" required:"" sep:"none" placeholder:"USER" help:"A user name; may be repeated."`
	Period periodName `xor:"whom" required:"" placeholder:"ID" help:"Whoever is in this period."`
	Users  nameFile   `xor:"whom" required:"" placeholder:"FILE" help:"File with a user name on each line; - is the standard input."`
}

func (w whom) selection() operator.Selection {
	return operator.Selection{All: w.All, Group: w.Group, Period: w.Period.id(), Names: append(append([]string{}, w.User...), w.Users...)}
}

// periodName is a flag that names a period.
type periodName string

// Validate is called by kong.
func (p periodName) Validate() error {
	if which, err := id.Parse(string(p)); p != "" && (err != nil || which == 0) {
		return fmt.Errorf("%q is not the id of a period: muster period list shows them", string(p))
	}
	return nil
}

// id returns the period, 0 if none is named.
func (p periodName) id() id.ID {
	which, _ := id.Parse(string(p)) // it was checked
	return which
}

const (
	byteOrderMark = "\ufeff" // with which editors on Windows begin a file
	// longestReference is more octets than a user name, or one that names a
	// directory beside it, can have.
	longestReference = 2048
)

// nameFile is a flag that names a file with a name on each line. The client
// reads the file, because the server may not be able to.
type nameFile []string

// Decode implements [kong.MapperValue].
func (f *nameFile) Decode(ctx *kong.DecodeContext) error {
	var path string
	if err := ctx.Scan.PopValueInto("file", &path); err != nil {
		return err
	}
	if path == "-" {
		path = "/dev/stdin"
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("%s cannot be read", path)
	}
	number := 0
	for line := range strings.Lines(strings.TrimPrefix(string(text), byteOrderMark)) {
		number++
		name := strings.TrimSpace(line)
		if len(name) > longestReference {
			return fmt.Errorf("%s line %d is longer than any name", path, number)
		}
		if name != "" {
			*f = append(*f, name)
		}
	}
	if len(*f) == 0 {
		return fmt.Errorf("%s has no names", path)
	}
	return nil
}

// deadline is a flag for an instant to come: RFC 3339, or a day, which means
// its end.
type deadline string

// Validate is called by kong.
func (d deadline) Validate() error {
	_, err := d.in(time.UTC)
	return err
}

// in returns the instant, the zero time for an empty deadline. A day ends at
// midnight in zone.
func (d deadline) in(zone *time.Location) (time.Time, error) {
	if d == "" {
		return time.Time{}, nil
	}
	if end, err := enrollment.EndOfDay(string(d), zone); err == nil {
		return end, nil
	}
	// RFC 3339 section 5.6 lets the letters be small; Go lets a comma through.
	at, err := time.Parse(time.RFC3339, strings.ToUpper(string(d)))
	if err != nil || strings.Contains(string(d), ",") {
		return time.Time{}, fmt.Errorf("%q is not an instant like 2026-12-24T18:00:00Z or a day like 2026-12-24", string(d))
	}
	return at, nil
}

type requireSet struct {
	whom
	Factor   string   `default:"totp" enum:"totp,passkey,any" placeholder:"KIND" help:"What is required: totp, passkey or any."`
	Forced   bool     `xor:"when" required:"" help:"Now."`
	Days     int      `xor:"when" required:"" placeholder:"N" help:"Within so many days of 24 hours, each person from when it is required of them."`
	Until    deadline `xor:"when" required:"" placeholder:"T" help:"Until an instant, or until the end of a day."`
	At       string   `default:"all" placeholder:"all|portal|CLIENT" help:"Where it counts."`
	Postpone int      `default:"-1" placeholder:"N" help:"How often one may go on without meanwhile; -1: as often as one likes."`
	dryFlag
	becauseFlag
}

func (c *requireSet) examples() string {
	return `require --factor totp --days 14 --all --dry-run
require --factor totp --days 14 --group staff
require --factor totp --until 2026-12-24 --users late.txt --postpone 3
require --factor any --forced --user alice --at vpn`
}

// previewJSON is what an order did, or would do.
type previewJSON struct {
	DryRun      bool          `json:"dry_run"`
	Period      string        `json:"period"`
	Chosen      int           `json:"chosen"`
	Done        int           `json:"done"`         // of whom it is required now
	DoneAlready int           `json:"done_already"` // have the factor
	Disabled    int           `json:"disabled"`
	NoMail      int           `json:"no_mail"`    // have no mail address
	LockedOut   int           `json:"locked_out"` // at their first sign-in, without a link besides the password
	Mail        mailingJSON   `json:"mail"`       // who is told
	Skipped     []failureJSON `json:"skipped"`
	Failures    []failureJSON `json:"failures"`
}

type failureJSON struct {
	Username string `json:"username"`
	Reason   string `json:"reason"`
	Text     string `json:"text"`
}

func failuresForJSON(list []operator.BulkFailure) []failureJSON {
	shown := make([]failureJSON, len(list))
	for i, f := range list {
		shown[i] = failureJSON{f.Username, string(f.Refusal), f.Text}
	}
	return shown
}

// Run implements stateful.
func (c *requireSet) Run(ctx context.Context, env *Env) error {
	until, err := c.Until.in(env.Zone)
	if err != nil {
		return problem.Wrap(problem.Invalid, err, "--until is not an instant")
	}
	preview, err := env.Operator.Require(ctx, env.Actor, c.selection(), operator.Order{
		Factor: policy.Wanted(c.Factor), Place: c.At, Forced: c.Forced, Length: time.Duration(c.Days) * enrollment.Day,
		Until: until, Postpone: c.Postpone, Reason: c.Reason,
	}, c.DryRun)
	if err != nil {
		return err
	}
	shown := previewJSON{
		DryRun: c.DryRun, Period: preview.Period.String(), Chosen: preview.Chosen, Done: preview.Done, DoneAlready: preview.DoneBy,
		Disabled: preview.Disabled, NoMail: preview.NoMail, LockedOut: preview.LockedOut,
		Mail: mailingJSON(preview.Mail), Skipped: failuresForJSON(preview.Skipped), Failures: failuresForJSON(preview.Failures),
	}
	what := "required of"
	if c.DryRun {
		what = "would be required of"
	}
	err = printFields(env.Out, env.JSON, shown, append([]field{
		{"period", shown.Period},
		{"chosen", strconv.Itoa(shown.Chosen)},
		{what, strconv.Itoa(shown.Done)},
		{"done already", someOf(shown.DoneAlready)},
		{"disabled", someOf(shown.Disabled)},
		{"no mail address", someOf(shown.NoMail)},
		{"locked out at the first sign-in", someOf(shown.LockedOut)},
	}, shown.Mail.fields()...))
	if err != nil {
		return err
	}
	switch {
	case c.Group != "" && shown.Chosen == 0:
		env.warn("nobody is in group "+oneLine(c.Group), "look at its name; whoever joins it later is in the period")
	case shown.Chosen == 0:
		return problem.New(problem.NotFound, "nobody is chosen, and no period has begun").WithHint("muster user list shows who there is")
	case shown.Done == 0 && !c.DryRun && preview.Period == 0:
		env.warn("no period has begun: nothing is required anew of those who are chosen", "")
	}
	return env.left(preview.BulkResult)
}

func someOf(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// left lists for whom an act on many was not done, and fails if it failed for
// somebody.
func (e *Env) left(r operator.BulkResult) error {
	if !e.JSON {
		for _, f := range r.Skipped {
			fmt.Fprintf(e.Out, "skipped  %s: %s\n", oneLine(f.Username), oneLine(f.Text))
		}
		for _, f := range r.Failures {
			fmt.Fprintf(e.Out, "failed   %s: %s\n", oneLine(f.Username), oneLine(f.Text))
		}
	}
	if n := len(r.Failures); n > 0 {
		return problem.New(problem.Conflict, "it was not done for %d of %d", n, r.Chosen)
	}
	return nil
}

type requireRemove struct {
	dutyAct
	identityFlag
}

func (c *requireRemove) examples() string {
	return "require remove --user alice --reason \"shared account\"\nrequire remove --group staff --factor totp"
}

// Run implements stateful.
func (c *requireRemove) Run(ctx context.Context, env *Env) error {
	change := c.change()
	change.Identity = c.IdentityChecked
	return env.bulk(env.Operator.RemoveRequirement(ctx, env.Actor, c.selection(), change))
}
