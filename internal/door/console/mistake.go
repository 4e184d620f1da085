package console

import (
	"errors"
	"strings"

	"example.com/muster/internal/notify"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/text"
)

// mistakeIn returns the words for what is wrong with a template; ok is false if
// err says nothing of one.
func mistakeIn(err error) (m *notify.Mistake, says text.Message, ok bool) {
	m, ok = errors.AsType[*notify.Mistake](err)
	if !ok {
		return nil, text.Message{}, false
	}
	return m, text.Message{Key: wordsMistake + text.Key(m.Fault), Args: text.Args{
		"Given": m.Given, "Known": strings.Join(m.Known, ", "), "Possible": "{{.Name}}, {{if .Name}} … {{else}} … {{end}}",
	}}, true
}

// mistake says what is wrong with a template, and in which line.
func (v *visit) mistake(err error) string {
	m, says, ok := mistakeIn(err)
	if !ok {
		text, _ := problem.Public(err)
		return text
	}
	if m.Line == 0 {
		return v.Text.Say(says)
	}
	return v.Text.T("console.mistake-line", "Line", m.Line, "What", v.Text.Say(says))
}
