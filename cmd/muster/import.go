package main

import (
	"context"
	"fmt"
	"strconv"

	"example.com/muster/internal/operator"
)

type userImport struct {
	File         string `arg:"" help:"The CSV file, with a header row; - is the standard input."`
	Update       bool   `help:"Change people who exist already; never their factors."`
	AllOrNothing bool   `help:"Import nothing if one row is bad."`
}

func (c *userImport) examples() string {
	return `user import people.csv  # columns: username,display_name,email,phone,language,time_zone,password,totp_secret,groups
user import people.csv --update
user import people.csv --all-or-nothing --json`
}

// upload names the file that goes along with the command.
func (c *userImport) upload() string { return c.File }

// importJSON says what became of a file. Names of fields are a contract.
type importJSON struct {
	Rows      int               `json:"rows"`
	Added     int               `json:"added"`
	Updated   int               `json:"updated"`
	Unchanged []importedJSON    `json:"unchanged"`
	Problems  []importedProblem `json:"problems"`
	Written   bool              `json:"written"`
}

type importedJSON struct {
	Line     int    `json:"line"`
	Username string `json:"username"`
}

type importedProblem struct {
	Line    int    `json:"line"`
	Column  string `json:"column"`
	Problem string `json:"problem"`
	Hint    string `json:"hint"`
}

// Run implements stateful. A file with bad rows ends in exit code 1, also
// where the good ones are in.
func (c *userImport) Run(ctx context.Context, env *Env) error {
	report, failed := env.Operator.ImportUsers(ctx, env.Actor, env.In, operator.ImportOptions{
		Update: c.Update, AllOrNothing: c.AllOrNothing, Progress: env.Progress,
	})
	if failed != nil && report.Rows == 0 {
		return failed
	}
	if err := printImport(env, report); err != nil {
		return err
	}
	if failed == nil && len(report.Problems) > 0 {
		return exit(exitRefused)
	}
	return failed
}

func printImport(env *Env, r operator.ImportReport) error {
	if env.JSON {
		return printJSON(env.Out, importForJSON(r))
	}
	for _, p := range r.Problems {
		where := "line " + strconv.Itoa(p.Line)
		if p.Column != "" {
			where += ", " + p.Column
		}
		env.warn(where+": "+p.Text, p.Hint)
	}
	for _, u := range r.Unchanged {
		fmt.Fprintf(env.Out, "line %d: %s exists and is unchanged\n", u.Line, oneLine(u.Username))
	}
	if !r.Written {
		return env.done(fmt.Sprintf("nothing was imported: of %s %s bad", operator.HowMany(r.Rows, "row", "rows"), operator.HowMany(len(r.Problems), "is", "are")))
	}
	return env.done(fmt.Sprintf("%s: %d added, %d updated, %d unchanged, %d bad",
		operator.HowMany(r.Rows, "row", "rows"), r.Added, r.Updated, len(r.Unchanged), len(r.Problems)))
}

func importForJSON(r operator.ImportReport) importJSON {
	j := importJSON{
		Rows: r.Rows, Added: r.Added, Updated: r.Updated, Written: r.Written,
		Unchanged: []importedJSON{}, Problems: []importedProblem{},
	}
	for _, u := range r.Unchanged {
		j.Unchanged = append(j.Unchanged, importedJSON(u))
	}
	for _, p := range r.Problems {
		j.Problems = append(j.Problems, importedProblem{p.Line, p.Column, p.Text, p.Hint})
	}
	return j
}
