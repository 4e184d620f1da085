package web

import (
	"html/template"

	"example.com/muster/ui"
)

// icon returns a picture of ui/img/icons as inline SVG. It never stands alone:
// words beside it say the same, so it is hidden from screen readers.
func icon(name string) template.HTML {
	drawing, err := ui.Files.ReadFile("img/i-" + name + ".svg")
	if err != nil {
		return ""
	}
	return template.HTML(drawing) //nolint:gosec // drawn by us
}
