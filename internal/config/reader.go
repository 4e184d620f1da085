package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v4"
)

// reader walks the YAML nodes along the table of settings. The library's own
// strictness is not used: it stops at the first kind of mistake, forgets the
// lines of good values, and repeats values in its errors.
type reader struct {
	config   *Config
	dir      string // where relative paths start
	given    map[string]given
	mistakes Mistakes
}

// given is what the file says for one key.
type given struct {
	line  int
	items []item // one for a text or a flag, any number for a list
}

type item struct {
	line int
	text string
}

func (r *reader) mistake(line int, key, problem, hint string) {
	r.mistakes = append(r.mistakes, Mistake{Line: line, Key: key, Problem: problem, Hint: hint})
}

// document returns the mapping at the root; nil after a mistake that hides
// all others. An empty file is an empty mapping.
func (r *reader) document(content []byte) *yaml.Node {
	empty := &yaml.Node{Kind: yaml.MappingNode, Line: 1}
	loader, err := yaml.NewLoader(bytes.NewReader(content))
	if err != nil {
		r.syntax(err)
		return nil
	}
	var first, second yaml.Node
	switch err := loader.Load(&first); {
	case errors.Is(err, io.EOF):
		return empty
	case err != nil:
		r.syntax(err)
		return nil
	}
	if err := loader.Load(&second); err == nil {
		r.mistake(second.Line, "", "a second document", "keep one, without --- between")
	} else if !errors.Is(err, io.EOF) {
		r.syntax(err)
		return nil
	}
	root := resolve(first.Content[0])
	switch {
	case isNull(root):
		return empty
	case root.Kind != yaml.MappingNode:
		r.mistake(root.Line, "", "not a configuration", `write "key: value" lines`)
		return nil
	}
	return root
}

// syntax reports where the file stops being YAML. Only the scanner's and the
// parser's messages are passed on: they describe, the others quote.
func (r *reader) syntax(err error) {
	reason, line := "not readable as YAML", 0
	if e, ok := errors.AsType[*yaml.LoadError](err); ok {
		line = e.Mark.Line
		if e.Stage == yaml.ScannerStage || e.Stage == yaml.ParserStage {
			reason = "not YAML: " + e.Message
		}
	}
	r.mistake(line, "", reason, "check the indentation and the quotes around here")
}

// section reads a mapping whose keys start with prefix ("" or "http.").
func (r *reader) section(prefix string, node *yaml.Node) {
	seen := map[string]int{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		name, value := node.Content[i], resolve(node.Content[i+1])
		key := prefix + printable(name.Value)
		if first, twice := seen[key]; twice {
			r.mistake(name.Line, key, "written twice", fmt.Sprintf("the first is on line %d", first))
			continue
		}
		seen[key] = name.Line
		r.entry(key, name.Line, value)
	}
}

// entry reads one key and its value.
func (r *reader) entry(key string, line int, value *yaml.Node) {
	if s := find(key); s != nil {
		r.value(s, line, value)
		return
	}
	if !isSection(key) {
		r.unknown(key, line)
		return
	}
	switch {
	case isNull(value):
		// Every key below it is commented out.
	case value.Kind != yaml.MappingNode:
		r.mistake(line, key, "needs keys below it, not "+kindName(value), "for example "+exampleBelow(key))
	default:
		r.given[key] = given{line: line}
		r.section(key+".", value)
	}
}

func (r *reader) unknown(key string, line int) {
	hint := "the keys are " + strings.Join(keysBelow(""), ", ")
	if i := strings.LastIndex(key, "."); i >= 0 {
		hint = key[:i] + " has " + strings.Join(keysBelow(key[:i+1]), ", ")
	}
	if near := closest(key, allKeys()); near != "" {
		hint = "did you mean " + near
	}
	r.mistake(line, key, "unknown key", hint)
}

// value notes what the file says for s. An empty value counts as not given.
func (r *reader) value(s *setting, line int, node *yaml.Node) {
	switch {
	case isNull(node), node.Kind == yaml.ScalarNode && node.Value == "":
		return
	case s.kind == list:
		r.listValue(s, line, node)
	case node.Kind != yaml.ScalarNode:
		r.mistake(line, s.key, "needs "+s.kind.String()+", not "+kindName(node), "for example "+s.example)
	case s.kind == flag && node.ShortTag() != "!!bool":
		r.mistake(line, s.key, "needs true or false, not "+kindName(node), "")
	case s.kind == number && node.ShortTag() != "!!int":
		r.mistake(line, s.key, "needs a number, not "+kindName(node), "for example "+s.example)
	case s.kind == text && node.ShortTag() != "!!str":
		r.mistake(line, s.key, "needs a text, not "+kindName(node), "put it in quotes")
	default:
		r.given[s.key] = given{line, []item{{node.Line, node.Value}}}
	}
}

func (r *reader) listValue(s *setting, line int, node *yaml.Node) {
	if node.Kind != yaml.SequenceNode {
		r.mistake(line, s.key, "needs a list, not "+kindName(node), "for example "+s.example)
		return
	}
	items := []item{}
	for _, n := range node.Content {
		n = resolve(n)
		if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!str" {
			r.mistake(n.Line, s.key, "needs texts in its list, not "+kindName(n), "put each in quotes")
			continue
		}
		items = append(items, item{n.Line, n.Value})
	}
	r.given[s.key] = given{line, items}
}

// resolve follows an alias to what it stands for. Depth is bounded by the
// settings, which are at most three deep, so aliases cannot explode.
func resolve(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode && n.Alias != nil {
		n = n.Alias
	}
	return n
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// kindName says what a node is, for a person.
func kindName(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "keys below it"
	case yaml.SequenceNode:
		return "a list"
	default:
		return scalarName(n)
	}
}

func scalarName(n *yaml.Node) string {
	switch n.ShortTag() {
	case "!!bool":
		return "true or false"
	case "!!int", "!!float":
		return "a number"
	case "!!null":
		return "nothing"
	case "!!str":
		return "a text"
	default:
		return "something else"
	}
}

// printable makes a key from the file safe to show: it may hold anything.
func printable(s string) string {
	const limit = 40
	s = strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return '?'
		}
		return r
	}, s)
	if runes := []rune(s); len(runes) > limit {
		return string(slices.Concat(runes[:limit], []rune("…")))
	}
	return s
}
