package config

import (
	"fmt"
	"strings"
)

// Setting is one key as it holds for a configuration.
type Setting struct {
	Key       string
	Value     string // as in the file; a list joined by ", "; empty: not set
	Default   bool   // not in the file
	Fallback  string // the default, in words
	Meaning   string
	IsList    bool
	ListItems []string // the items of a list
}

// Settings returns every key in the order of the manual. None holds a
// secret, because the file cannot.
func (c *Config) Settings() []Setting { return c.settings }

// interpret turns what the file says into the configuration, then fills in
// the defaults, first the fixed ones and then those that follow from others.
func (r *reader) interpret() {
	for i := range table {
		r.fromFile(&table[i])
	}
	values := map[string][]string{}
	for i := range table {
		if s := &table[i]; s.computed == nil {
			values[s.key] = r.fallBack(s, s.standard)
		}
	}
	for i := range table {
		if s := &table[i]; s.computed != nil {
			values[s.key] = r.fallBack(s, s.computed(r.config))
		}
	}
	for _, s := range table {
		r.describe(s, values[s.key])
	}
}

func (r *reader) fromFile(s *setting) {
	g, ok := r.given[s.key]
	if !ok {
		return
	}
	for _, item := range g.items {
		if bad := s.set(r, r.config, item.text); bad != nil {
			r.mistake(item.line, s.key, bad.problem, bad.hint)
		}
	}
}

// fallBack sets the default of a setting that the file does not give, and
// returns the values that hold.
func (r *reader) fallBack(s *setting, standard string) []string {
	g, ok := r.given[s.key]
	switch {
	case ok:
		var values []string
		for _, item := range g.items {
			values = append(values, item.text)
		}
		return values
	case s.required && !r.mentioned(s.key):
		r.mistake(1, s.key, "missing", "add "+s.key+": "+s.example)
		return nil
	case standard == "":
		return nil
	}
	if bad := s.set(r, r.config, standard); bad != nil {
		panic(fmt.Sprintf("config: the default of %s is wrong: %s", s.key, bad.problem))
	}
	return []string{standard}
}

// mentioned reports whether a mistake about key was already told, so that a
// value of the wrong type is not also called missing.
func (r *reader) mentioned(key string) bool {
	for _, m := range r.mistakes {
		if m.Key == key {
			return true
		}
	}
	return false
}

func (r *reader) describe(s setting, values []string) {
	_, inFile := r.given[s.key]
	r.config.settings = append(r.config.settings, Setting{
		Key:       s.key,
		Value:     strings.Join(values, ", "),
		Default:   !inFile,
		Fallback:  s.standard,
		Meaning:   s.doc,
		IsList:    s.kind == list,
		ListItems: values,
	})
}
