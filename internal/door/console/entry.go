package console

import (
	"example.com/muster/internal/directory"
	"example.com/muster/internal/operator"
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
