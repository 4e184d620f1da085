package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"example.com/muster/internal/clock"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/problem"
)

type simulateCommands struct {
	Period simulatePeriod `cmd:"" help:"Run an enrollment period on virtual time and say what became of everybody."`
}

type simulatePeriod struct {
	Users int      `default:"1000" placeholder:"N" help:"How many people, at most a million."`
	Days  int      `default:"14" placeholder:"N" help:"How long the period is, in days."`
	Seed  int      `default:"1" placeholder:"N" help:"The same seed makes the same people."`
	Keep  string   `placeholder:"DIR" help:"Leave the database and a configuration here; the folder must be new or empty."`
	Fault []string `sep:"none" placeholder:"FAULT" help:"What goes wrong: mail-down:3d-5d, or crash:N for N ends of the process at any moment; may be repeated."`
}

func (c *simulatePeriod) examples() string {
	return `simulate period --users 500 --days 14
simulate period --users 10000 --days 14 --seed 7 --fault mail-down:3d-5d --fault crash:5 --json
simulate period --users 500 --days 7 --keep /tmp/muster-period`
}

// troubles are what goes wrong in a simulation.
type troubles struct {
	mailDown [][2]time.Duration // from when to when, since the start
	crashes  int
}

func parseTroubles(list []string) (troubles, error) {
	var t troubles
	for _, fault := range list {
		name, value, _ := strings.Cut(fault, ":")
		from, to, span := strings.Cut(value, "-")
		a, errFrom := dayCount(from)
		b, errTo := dayCount(to)
		n, errCount := strconv.Atoi(value)
		switch {
		case name == "mail-down" && span && errFrom == nil && errTo == nil && a < b:
			t.mailDown = append(t.mailDown, [2]time.Duration{a, b})
		case name == "crash" && errCount == nil && n >= 0 && n <= 1000:
			t.crashes += n
		default:
			return t, problem.New(problem.Invalid, "there is no fault %s", oneLine(fault)).WithHint("mail-down:3d-5d or crash:3")
		}
	}
	return t, nil
}

// check refuses what would begin after a period of some length.
func (t troubles) check(length time.Duration) error {
	for _, span := range t.mailDown {
		if span[0] >= length {
			return problem.New(problem.Invalid, "a fault begins when the period of %d days is over", length/enrollment.Day).
				WithHint("days are counted from the start, for example mail-down:3d-5d")
		}
	}
	return nil
}

// after is how long a simulation goes on after a period of some length: until
// the mails are through that a fault has held up, for some days at most.
func (t troubles) after(length time.Duration) time.Duration {
	after := simulationAfter
	for _, span := range t.mailDown {
		after = max(after, span[1]-length+simulationAfter)
	}
	return min(after, simulationMost)
}

// dayCount reads "3d".
func dayCount(s string) (time.Duration, error) {
	number, ok := strings.CutSuffix(s, "d")
	days, err := strconv.ParseFloat(number, 64)
	if !ok || err != nil || days < 0 || days > 2*enrollment.LongestGiven {
		return 0, errors.New("not a number of days")
	}
	return time.Duration(days * float64(enrollment.Day)), nil
}

// runHere implements local.
func (c *simulatePeriod) runHere(ctx context.Context, in invocation) (err error) {
	if c.Users < 1 || c.Users > 1_000_000 || c.Days < enrollment.ShortestGiven || c.Days > enrollment.LongestGiven {
		return problem.New(problem.Invalid, "there can be 1 to 1,000,000 users and 1 to 365 days")
	}
	faults, err := parseTroubles(c.Fault)
	if err != nil {
		return err
	}
	if err := faults.check(time.Duration(c.Days) * enrollment.Day); err != nil {
		return err
	}
	dir, remove, err := c.folder()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	sim, err := newSimulation(ctx, dir, c.Users, c.Days, c.Seed, faults)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sim.close()) }()
	shown := newProgress(in.terminal.err, in.terminal.errIsPerson, clock.Now)
	err = sim.run(ctx, shown.update)
	shown.end()
	if err != nil {
		return err
	}
	if err := c.print(in, sim.report); err != nil {
		return err
	}
	if n := sim.report.ToldTwice; n > 0 {
		return problem.New(problem.Conflict, "told or reminded twice: %d of %d people", n, c.Users)
	}
	return nil
}

func (c *simulatePeriod) folder() (dir string, remove func() error, err error) {
	if c.Keep == "" {
		dir, err = os.MkdirTemp("", "muster-simulation-")
		return dir, func() error { return os.RemoveAll(dir) }, err
	}
	if dir, err = filepath.Abs(c.Keep); err != nil {
		return "", nil, err
	}
	if err := makeDataDir(dir); err != nil {
		return "", nil, err
	}
	if inside, err := os.ReadDir(dir); err != nil || len(inside) > 0 {
		return "", nil, problem.Wrap(problem.Invalid, err, "%s is not empty", c.Keep).WithHint("name a new folder")
	}
	config := fmt.Sprintf("# Made by muster simulate.\npublic_url: %s\ndata_dir: %q\n"+
		"http:\n  listen: 127.0.0.1:8080\nradius:\n  listen: [\"127.0.0.1:1812\"]\n", simulatedURL, dir)
	if err := os.WriteFile(filepath.Join(dir, "muster.yml"), []byte(config), 0o600); err != nil {
		return "", nil, problem.Wrap(problem.Invalid, err, "%s cannot be written", dir)
	}
	return dir, func() error { return nil }, nil
}

// simulationJSON is what became of everybody. Names of fields are a contract.
type simulationJSON struct {
	Users        int            `json:"users"`
	Days         int            `json:"days"`
	Seed         int            `json:"seed"`
	Start        time.Time      `json:"start"`
	End          time.Time      `json:"end"`
	StartTook    float64        `json:"start_seconds"` // real ones
	Told         int            `json:"told"`          // people
	Reminded     int            `json:"reminded"`
	ToldOfTheEnd int            `json:"told_of_the_end"`
	ToldTwice    int            `json:"told_twice"` // anything; 0, or it is a fault
	Enrolled     int            `json:"enrolled"`
	SignedIn     int            `json:"signed_in"`   // let in with a code by the engine, after they enrolled
	TurnedAway   int            `json:"turned_away"` // refused by the engine after the end
	Locked       int            `json:"locked"`
	Statuses     map[string]int `json:"statuses"`
	MailSent     int            `json:"mail_sent"`
	MailTries    int            `json:"mail_tries"`
	MailFailed   int            `json:"mail_failed"`         // given up
	MailUnsent   int            `json:"mail_unsent"`         // waiting still in the end
	MailLatest   float64        `json:"mail_latest_seconds"` // the longest a mail waited or waits, virtual ones
	Sweeps       int            `json:"sweeps"`
	SweepLongest float64        `json:"sweep_longest_seconds"` // real ones
	Crashes      int            `json:"crashes"`
}

func (c *simulatePeriod) print(in invocation, r simulationJSON) error {
	seconds := func(s float64) string { return strconv.FormatFloat(s, 'f', 3, 64) + " s" }
	fields := []field{
		{"users", strconv.Itoa(r.Users)},
		{"period", r.Start.Format(time.RFC3339) + " to " + r.End.Format(time.RFC3339)},
		{"started in", seconds(r.StartTook)},
		{"told", strconv.Itoa(r.Told)},
		{"reminded", strconv.Itoa(r.Reminded)},
		{"told of the end", strconv.Itoa(r.ToldOfTheEnd)},
		{"told twice", strconv.Itoa(r.ToldTwice)},
		{"enrolled", strconv.Itoa(r.Enrolled)},
		{"signed in since", strconv.Itoa(r.SignedIn)},
		{"locked", strconv.Itoa(r.Locked)},
		{"turned away", strconv.Itoa(r.TurnedAway)},
		{"mails", fmt.Sprintf("%d sent in %d tries, %d given up, %d waiting",
			r.MailSent, r.MailTries, r.MailFailed, r.MailUnsent)},
		{"longest wait", time.Duration(r.MailLatest * float64(time.Second)).String()},
		{"sweeps", fmt.Sprintf("%d, the longest took %s", r.Sweeps, seconds(r.SweepLongest))},
		{"crashes", strconv.Itoa(r.Crashes)},
	}
	return printFields(in.terminal.out, in.json, r, fields)
}
