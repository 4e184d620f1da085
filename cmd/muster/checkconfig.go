package main

import (
	"context"
	"errors"
	"fmt"

	"example.com/muster/internal/config"
	"example.com/muster/internal/problem"
)

type checkConfigCommand struct {
	File string `arg:"" optional:"" placeholder:"FILE" help:"The configuration; without it the one that --config names."`
}

func (c *checkConfigCommand) examples() string {
	return "check-config /etc/muster/muster.yml\ncheck-config --json muster.yml"
}

// configReport is the JSON of check-config.
type configReport struct {
	File     string          `json:"file"`
	Valid    bool            `json:"valid"`
	Mistakes []configMistake `json:"mistakes"`
	Warnings []configMistake `json:"warnings"`
	Settings []configSetting `json:"settings"`
}

type configMistake struct {
	Line    int    `json:"line"` // 0: none
	Key     string `json:"key"`
	Problem string `json:"problem"`
	Hint    string `json:"hint"`
}

type configSetting struct {
	Key     string `json:"key"`
	Value   any    `json:"value"` // a string, or an array of strings
	Default bool   `json:"default"`
}

func (c *checkConfigCommand) runHere(_ context.Context, in invocation) error {
	if c.File == "" {
		c.File = in.configPath
	}
	settled, err := config.Load(c.File)
	mistakes, wrong := errors.AsType[config.Mistakes](err)
	if err != nil && !wrong {
		return err
	}
	report := configReport{
		File: c.File, Valid: !wrong,
		Mistakes: mistakesForJSON(mistakes), Warnings: []configMistake{}, Settings: []configSetting{},
	}
	if settled != nil {
		report.Warnings = mistakesForJSON(settled.FileWarnings())
		for _, s := range settled.Settings() {
			report.Settings = append(report.Settings, settingForJSON(s))
		}
	}
	switch {
	case in.json:
		err = printJSON(in.terminal.out, report)
	case wrong:
		return tellMistakes(in.terminal, c.File, mistakes)
	default:
		err = tellSettings(in.terminal, c.File, settled)
	}
	if err == nil && wrong {
		err = exit(exitUsage)
	}
	return err
}

func mistakesForJSON(mistakes []config.Mistake) []configMistake {
	list := []configMistake{}
	for _, m := range mistakes {
		list = append(list, configMistake(m))
	}
	return list
}

func settingForJSON(s config.Setting) configSetting {
	out := configSetting{Key: s.Key, Value: s.Value, Default: s.Default}
	if s.IsList {
		out.Value = append([]string{}, s.ListItems...)
	}
	return out
}

// tellMistakes writes every mistake with its hint and returns the exit code.
func tellMistakes(t *terminal, file string, mistakes config.Mistakes) error {
	for _, m := range mistakes {
		t.message("error", bold+red, file+": "+m.String())
		if m.Hint != "" {
			t.message("hint", bold, m.Hint)
		}
	}
	if n := len(mistakes); n > 1 {
		fmt.Fprintf(t.err, "%d mistakes in %s\n", n, file)
	}
	return exit(exitUsage)
}

func tellSettings(t *terminal, file string, c *config.Config) error {
	fmt.Fprintf(t.out, "%s is right; this holds:\n\n", file)
	columns := []column[config.Setting]{
		{head: "key", cell: func(s config.Setting) string { return s.Key }},
		{head: "value", cell: func(s config.Setting) string { return s.Value }},
		{head: "from", cell: func(s config.Setting) string {
			if s.Default {
				return "default"
			}
			return "file"
		}},
		{head: "meaning", cell: func(s config.Setting) string { return s.Meaning }},
	}
	if err := printList(t.out, false, c.Settings(), "", columns); err != nil {
		return err
	}
	for _, w := range c.FileWarnings() {
		t.warn(w.String(), w.Hint)
	}
	return nil
}

// loadConfig reads the configuration for a command that needs state. All
// mistakes are told here; the error then only carries the exit code.
func loadConfig(in invocation) (*config.Config, error) {
	c, err := config.Load(in.configPath)
	if mistakes, ok := errors.AsType[config.Mistakes](err); ok {
		return nil, tellMistakes(in.terminal, in.configPath, mistakes)
	}
	if err != nil {
		if e, ok := errors.AsType[*problem.Error](err); ok {
			return nil, e
		}
		return nil, problem.Wrap(problem.Invalid, err, "%s cannot be read", in.configPath)
	}
	return c, nil
}
