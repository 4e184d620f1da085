package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/secret"
	"example.com/muster/internal/text"
)

type userTry struct {
	personArgument
	PasswordFile secretFile `placeholder:"FILE" help:"File with the person's password; without it, it is asked for, or read from the first line of the standard input."`
	Code         secretText `placeholder:"CODE" help:"The code, where one is needed; without it, it is asked for, or read from the next line."`
}

func (c *userTry) examples() string {
	return "user test alice\nuser test alice --password-file alice.password --code 123456 --json"
}

// trialJSON is a sign-in that was tried. Names of fields are a contract.
type trialJSON struct {
	User    string      `json:"user"`
	Passed  bool        `json:"passed"`
	Waiting bool        `json:"waiting"` // for a code that was not given
	Steps   []trialStep `json:"steps"`
}

// trialStep is one step of a trial.
type trialStep struct {
	Step      string `json:"step"` // found, password, requirement, factor, code, result
	Mark      string `json:"mark"` // good, bad, info
	Says      string `json:"says"` // a stable name
	Directory string `json:"directory,omitempty"`
	Text      string `json:"text"` // the same in words
}

// trialPart is what one part of a trial answers, and how to go on.
type trialPart struct {
	trialJSON
	Handle secretText `json:"handle"`
}

// userTryPart is one part of a trial: the password, or with a handle the code.
type userTryPart struct {
	personArgument
	Secret secretText
	Handle secretText
}

func (c *userTryPart) examples() string { return "" }

// Run implements stateful.
func (c *userTryPart) Run(ctx context.Context, env *Env) error {
	var trial operator.Trial
	var err error
	if c.Handle.Empty() {
		trial, err = env.Operator.TryPassword(ctx, env.Actor, c.Name, c.Secret.Text)
	} else {
		trial, err = env.Operator.TryCode(ctx, env.Actor, c.Name, authn.Handle{Text: c.Handle.Text}, c.Secret.Text)
	}
	if err != nil {
		return err
	}
	part := trialPart{
		trialJSON: trialJSON{User: c.Name, Passed: trial.Passed, Waiting: !trial.Over, Steps: []trialStep{}},
		Handle:    secretText{trial.Handle.Text},
	}
	for _, s := range trial.Steps {
		part.Steps = append(part.Steps, trialStep{string(s.Step), string(s.Mark), s.Says, s.Directory, trialText(s)})
	}
	return printJSON(env.Out, part)
}

// failedStep is the end of a sign-in that does not work.
func failedStep() trialStep {
	s := operator.TrialStep{Step: operator.TrialResult, Mark: operator.TrialBad, Says: string(operator.TrialFailed)}
	return trialStep{string(s.Step), string(s.Mark), s.Says, "", trialText(s)}
}

// trialText says what came of a step in the words of the console.
func trialText(s operator.TrialStep) string {
	words := text.Default().For("en")
	for _, family := range []text.Key{"console.trial.", "console.reason.", "console.status.", "console.kind."} {
		if key := family + text.Key(s.Says); words.Has(key) {
			return words.T(key, "Directory", s.Directory)
		}
	}
	return s.Says
}

// runHere asks for what is needed and has each part tried where the data is.
func (c *userTry) runHere(ctx context.Context, in invocation) error {
	password := c.PasswordFile.Text
	if password.Empty() {
		var err error
		if password, err = c.askFor(ctx, in, "Password: ", askHidden); err != nil {
			return err
		}
	}
	whole, handle, err := c.part(ctx, in, password, secretText{})
	if err != nil {
		return err
	}
	c.show(in, whole.Steps)
	if whole.Waiting {
		code := c.Code.Text
		if code.Empty() {
			code, err = c.askFor(ctx, in, "Code: ", ask)
		}
		switch {
		case errors.Is(err, io.EOF): // none is given
		case err != nil:
			return err
		case !code.Empty():
			next, _, err := c.part(ctx, in, code, handle)
			if err != nil {
				return err
			}
			if next.Waiting { // for another code, which nobody is there to type
				next.Waiting = false
				next.Steps = append(next.Steps, failedStep())
			}
			c.show(in, next.Steps)
			next.Steps = append(whole.Steps, next.Steps...)
			whole = next
		}
	}
	if in.json {
		if err := printJSON(in.terminal.out, whole); err != nil {
			return err
		}
	}
	if !whole.Passed {
		return exit(exitRefused)
	}
	return nil
}

// part has one part of the trial done where the data is.
func (c *userTry) part(ctx context.Context, in invocation, typed secret.Text, handle secretText) (trialJSON, secretText, error) {
	var answer bytes.Buffer
	quiet := *in.terminal
	quiet.out = &answer
	in.terminal, in.json = &quiet, true
	command := userTryPart{personArgument: c.personArgument, Secret: secretText{typed}, Handle: handle}
	if err := runStateful(ctx, in, "user test-part", &command); err != nil {
		return trialJSON{}, secretText{}, err
	}
	var part trialPart
	err := json.Unmarshal(answer.Bytes(), &part)
	return part.trialJSON, part.Handle, err
}

// askFor asks a person, or reads the next line.
func (c *userTry) askFor(ctx context.Context, in invocation, prompt string, how func(context.Context, *os.File) (string, error)) (secret.Text, error) {
	person, _ := in.terminal.in.(*os.File)
	if person == nil || !in.terminal.inIsPerson {
		line, err := readLine(in.terminal.in)
		return secret.New(line), err
	}
	fmt.Fprint(in.terminal.err, prompt)
	line, err := how(ctx, person)
	if err == nil && prompt == "Password: " {
		fmt.Fprintln(in.terminal.err)
	}
	return secret.New(line), err
}

// show writes steps as they are done.
func (c *userTry) show(in invocation, steps []trialStep) {
	if in.json {
		return
	}
	marks := map[string]string{string(operator.TrialGood): "ok  ", string(operator.TrialBad): "no  ", string(operator.TrialInfo): "    "}
	for _, s := range steps {
		fmt.Fprintf(in.terminal.out, "%s%-12s %s\n", marks[s.Mark], s.Step, s.Text)
	}
}
