package console

import (
	"net/http"

	"example.com/muster/internal/operator"
	"example.com/muster/internal/web"
)

// wallPath is all that a screen may read. It names no period: the session does.
const wallPath = "/wall"

// wallCookie holds the session of a screen. It is another one than that of
// people, and neither opens what the other does.
const wallCookie = "wall"

// fewest is how many people a group has at least that a wall names: a share of
// fewer tells about one of them.
const fewest = 5

// wallView is what a screen shows.
type wallView struct {
	Shown      *progressView // nil: nothing any more
	PeriodOver bool
}

// wall shows a screen how far people have come. Whoever stands before it is
// nobody in particular.
func (d *Door) wall(w http.ResponseWriter, r *web.Request) error {
	found, err := d.Sessions.Scoped(r.Context(), r.SecretCookie(wallCookie))
	if err != nil {
		return err
	}
	if found == nil {
		return d.wallOver(w, r, wallView{})
	}
	period, by, err := d.Operator.MayShow(r.Context(), operator.Screen{Session: *found})
	switch refusal := operator.RefusalOf(err); {
	case refusal == operator.RefusedGone:
		return d.wallOver(w, r, wallView{PeriodOver: true})
	case refusal != "":
		return d.wallOver(w, r, wallView{})
	case err != nil:
		return err
	}
	person, err := d.Operator.Whoever(r.Context(), by.Person)
	if err != nil {
		return err
	}
	if person == nil {
		return d.wallOver(w, r, wallView{})
	}
	r.Speak(person.Language)
	r.TellTimesIn(person.TimeZone)
	all, err := d.progress(&visit{Request: r, session: *found, person: person}, period)
	if err != nil {
		return err
	}
	shown := all.onWall(r)
	return d.pages.Show(w, r, web.Page{Name: "wall", Data: wallView{Shown: &shown}})
}

func (d *Door) wallOver(w http.ResponseWriter, r *web.Request, view wallView) error {
	return d.pages.Show(w, r, web.Page{Name: "wall", Status: http.StatusForbidden, Data: view})
}

// onWall returns what of a page a corridor may see: figures, of periods and of
// groups that are not a person or two. It is made of what may be shown, so that
// what a page shows besides stays off.
func (p progressView) onWall(r *web.Request) progressView {
	wall := progressView{
		Wall: true, Live: true, Every: wallRefresh, Title: p.Title, Now: p.Now, Ends: p.Ends, Ended: p.Ended, Locked: p.Locked,
		AllLocked: p.AllLocked, Headline: p.Headline, Asked: p.Asked, Done: p.Done, Share: p.Share, Already: p.Already, Plot: p.Plot,
	}
	if p.One != nil {
		one := p.One.onWall(r)
		wall.One, wall.Title = &one, one.Factor+" · "+one.Of
	}
	for _, s := range p.Periods {
		s.periodRow = s.periodRow.onWall(r)
		wall.Periods = append(wall.Periods, s)
	}
	for _, f := range p.Funnel {
		wall.Funnel = append(wall.Funnel, funnelStep{Label: f.Label, Number: f.Number, Share: f.Share, People: f.People, Of: f.Of, Here: f.Here})
	}
	for _, s := range p.Statuses {
		wall.Statuses = append(wall.Statuses, tile{Label: s.Label, Number: s.Number, Note: s.Note})
	}
	for _, s := range p.Stuck {
		wall.Stuck = append(wall.Stuck, stuckRow{Label: s.Label, Number: s.Number})
	}
	for _, g := range p.Groups {
		if g.Of >= fewest {
			wall.Groups = append(wall.Groups, partRow{Name: g.Name, People: g.People, Left: g.Left, Share: g.Share, Done: g.Done, Of: g.Of})
		}
	}
	return wall
}

// onWall returns what a corridor may see of a period: a person it is for alone
// is not named, nor is who ordered it, and why.
func (p periodRow) onWall(r *web.Request) periodRow {
	row := periodRow{Of: p.Of, Factor: p.Factor, Place: p.Place, When: p.When, State: p.State, Since: p.Since, Running: p.Running, Forced: p.Forced}
	if p.ForOne {
		row.Of = r.Text.T("console.many.who", "Count", 1)
	}
	return row
}
