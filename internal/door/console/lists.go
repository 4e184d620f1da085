package console

import (
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/text"
	"example.com/muster/internal/web"
)

// pageSize is how many rows a page of a list has.
const pageSize = 50

// options makes the choices of a list, with "all" first if it may be left open.
func (v *visit) options(family text.Key, chosen string, open bool, values ...string) []option {
	list := make([]option, 0, len(values)+1)
	if open {
		list = append(list, option{Label: v.Text.T("console.all"), Chosen: chosen == ""})
	}
	for _, value := range values {
		list = append(list, option{Value: value, Label: v.word(family, value), Chosen: value == chosen})
	}
	return list
}

// chip says that a filter holds.
func (v *visit) chip(label text.Key, value, parameter string) web.Chip {
	drop := []string{parameter, "", "after", ""}
	if parameter == "period" {
		drop = append(drop, "stage", "") // of which there is none without a period
	}
	return web.Chip{
		Label:   v.Text.T("console.chip", "Name", v.Text.T(label), "Value", value),
		Without: v.With(drop...),
	}
}

// firstPage links to the first page of the list, unless this is it.
func (v *visit) firstPage() string {
	if v.Query("after") == "" {
		return ""
	}
	return v.With("after", "")
}

// spans are how far back a log can be read at a glance.
var spans = []struct {
	name string
	span time.Duration
}{
	{"hour", time.Hour},
	{"day", 24 * time.Hour},
	{"week", 7 * 24 * time.Hour},
	{"month", 30 * 24 * time.Hour},
}

func spanNames() []string {
	names := make([]string, len(spans))
	for i, s := range spans {
		names[i] = s.name
	}
	return names
}

// since returns the instant that the chosen span began; zero: no limit.
func (v *visit) since() time.Time {
	for _, s := range spans {
		if s.name == v.Query("since") {
			return v.Began.Add(-s.span)
		}
	}
	return time.Time{}
}

func (v *visit) roleWord(role directory.Role) string { return v.word(wordsRole, string(role)) }
