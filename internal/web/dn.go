package web

import (
	"html/template"
	"strings"
)

// wrapped writes a distinguished name so that it wraps between its parts where
// the line is too short, and nowhere else while there is another way (RFC 4514:
// a comma ends a part; one in a value is a place to wrap as well).
func wrapped(dn string) template.HTML {
	parts := strings.SplitAfter(dn, ",")
	for i, part := range parts {
		parts[i] = template.HTMLEscapeString(part)
	}
	return template.HTML(strings.Join(parts, "<wbr>")) //nolint:gosec // each part is escaped above
}
