package console

import (
	"example.com/muster/internal/directory"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/text"
)

// entryView is the entry of a directory that somebody is.
type entryView struct {
	directory.Origin
	Mobile, Phone, Manager string // as they stand there
	Items                  []itemRow
	RoleBy                 []string // groups that give the role
}

func (v *visit) entryView(p *directory.Person, e operator.UserEntry) *entryView {
	if p.Origin.Local() {
		return nil
	}
	view := &entryView{Origin: p.Origin, Mobile: e.Shown.Mobile, Phone: e.Shown.Phone, Manager: e.Shown.Manager}
	for _, i := range e.Items {
		view.Items = append(view.Items, v.itemRow(i))
	}
	for _, g := range e.RoleBy {
		view.RoleBy = append(view.RoleBy, g.DN)
	}
	return view
}

// outWords says why somebody is let in nowhere: by hand, by their directory, or
// both.
func (v *visit) outWords(out operator.KeptOut, source string) []string {
	var list []string
	switch {
	case out.ByHand && out.ByHandAt.IsZero():
		list = append(list, v.Text.T("console.out.by-hand"))
	case out.ByHand:
		words := v.Text.T("console.out.by-hand-since", "When", v.Moment(out.ByHandAt), "By", out.By)
		if out.Reason != "" {
			words += " " + v.Text.T("console.out.reason", "Reason", out.Reason)
		}
		list = append(list, words)
	}
	if out.Barred == directory.NotBarred {
		return list
	}
	words := v.Text.T(wordsOut+text.Key(out.Barred), "Directory", source)
	if !out.BarredAt.IsZero() {
		words = v.Text.T(wordsOut+text.Key(out.Barred)+"-since", "Directory", source, "When", v.Moment(out.BarredAt))
	}
	if !out.RemovedAfter.IsZero() {
		words += " " + v.Text.T("console.out.removal", "When", v.Day(out.RemovedAfter))
	}
	return append(list, words)
}
