package notify

import (
	"strings"

	"example.com/muster/internal/directory"
)

// skeleton returns a writer whose letters have variables where others have
// what they stand for; with what a kind has different words for, or without.
func (r *Renderer) skeleton(kind Kind, language string, with bool) *writer {
	frame := *r
	frame.Brand = "{{.Brand}}"
	w := &writer{
		Renderer: &frame, Printer: r.Catalogue.For(language), skeleton: true,
		message: Message{Kind: kind, Data: map[string]string{}},
		to:      &directory.Person{Username: "{{.User}}"}, instructed: true,
	}
	for _, entry := range entriesOf(kind) {
		if with || entry != switches[kind] {
			w.message.Data[entry] = entry
		}
	}
	return w
}

// sourceOf writes a letter as a template. Where it differs from the other, the
// template asks for the variable of entry.
func sourceOf(with, without *letter, entry string) string {
	a, b := blocks(with), blocks(without)
	first := 0
	for first < min(len(a), len(b)) && a[first] == b[first] {
		first++
	}
	last := 0
	for last < min(len(a), len(b))-first && a[len(a)-1-last] == b[len(b)-1-last] {
		last++
	}
	parts := a[:first:first]
	if one, other := a[first:len(a)-last], b[first:len(b)-last]; len(one)+len(other) > 0 {
		parts = append(parts, "{{if ."+variables[entry]+"}}")
		parts = append(parts, one...)
		if len(other) > 0 {
			parts = append(parts, "{{else}}")
			parts = append(parts, other...)
		}
		parts = append(parts, "{{end}}")
	}
	parts = append(parts, a[len(a)-last:]...)
	return "Subject: " + with.Subject + "\nTitle: " + with.Title + "\n\n" + strings.Join(parts, "\n\n") + "\n"
}

// blocks are the paragraphs of a letter, as a template has them.
func blocks(l *letter) []string {
	list := append([]string{}, l.Lead...)
	if len(l.Facts) > 0 {
		list = append(list, "[facts]")
	}
	list = append(list, l.Then...)
	if l.Action != nil {
		list = append(list, "[button: "+l.Action.Label+"]")
	}
	if l.Code != nil {
		list = append(list, "[code]")
	}
	return append(list, l.After...)
}
