package console

import (
	"slices"
	"strings"
	"time"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/text"
	"example.com/muster/internal/web"
)

// funnel are the steps from hearing of it to the first real sign-in.
func (v *visit) funnel(p operator.Figures, of course) []funnelStep {
	asked := p.Asked()
	var list []funnelStep
	for _, step := range []struct {
		label text.Key
		n     int
		here  enrollment.Stage
	}{
		{"console.progress.asked", asked, enrollment.Untold},
		{"console.progress.told", p.Told, enrollment.ToldStage},
		{"console.progress.opened", p.Opened, enrollment.Opened},
		{"console.progress.begun", p.Begun, enrollment.Begun},
		{"console.progress.verified", p.Verified, enrollment.Verified},
		{"console.progress.signed-in", p.SignedIn, ""},
	} {
		s := funnelStep{
			Label: v.Text.T(step.label), Number: v.Text.Number(step.n), Share: v.share(step.n, asked), People: step.n, Of: max(asked, 1),
		}
		if here := p.Stages[step.here]; here > 0 {
			s.Here, s.Link = v.Text.Number(here), of.people("stage", string(step.here))
		}
		list = append(list, s)
	}
	return list
}

// stuck says where people are stuck, and what helps.
func (v *visit) stuck(p operator.Figures, of course) []stuckRow {
	may := v.may(nil)
	var list []stuckRow
	add := func(n int, label text.Key, act string, pairs ...string) {
		if n == 0 {
			return
		}
		row := stuckRow{Label: v.Text.T(label), Number: v.Text.Number(n), Link: of.people(pairs...)}
		if act != "" && may.Help {
			row.Help = v.word("console.help-with.", act)
			query := strings.TrimPrefix(row.Link, "/console/users?") + "&match=all&act=" + act
			if row.HelpLink = "/console/users/act?" + query; act == doExtend {
				row.HelpLink = "/console/users/period?" + query
			}
			if act == doExtend && !may.Configure {
				row.Help = ""
			}
		}
		list = append(list, row)
	}
	expired := func() {
		add(p.ByStatus[enrollment.ExpiredDuty], "console.stuck.expired", doExtend, "status", hyphened(enrollment.ExpiredDuty))
	}
	first, mail := mostlyLocked(p), "mail"
	if first {
		expired()
	}
	if lockedOut(p) > 0 && lockedOut(p) >= p.Left() {
		mail = "" // a link would lead nowhere
	}
	add(p.Stages[enrollment.Begun], "console.stuck.begun", mail, "stage", string(enrollment.Begun))
	add(p.Stages[enrollment.Opened], "console.stuck.opened", mail, "stage", string(enrollment.Opened))
	add(p.Stages[enrollment.ToldStage], "console.stuck.told", mail, "stage", string(enrollment.ToldStage))
	add(p.Stages[enrollment.Untold], "console.stuck.untold", "", "stage", string(enrollment.Untold))
	add(p.Troubles.Undelivered, "console.stuck.undelivered", "", "stage", string(operator.OpenStage), "only", onlyUndelivered)
	add(p.Troubles.NoAddress, "console.stuck.no-address", "", "stage", string(operator.OpenStage), "only", onlyNoAddress)
	add(p.Troubles.Disabled, "console.stuck.disabled", "", "stage", string(enrollment.KeptOut))
	if !first {
		expired()
	}
	return list
}

// burnDown draws how many are open against the end, or the ends.
func (v *visit) burnDown(f operator.Figures, of course) plot {
	view := plot{Heading: v.Text.T("console.progress.burn-down")}
	view.Title, view.Unit, view.XLabel = view.Heading, v.Text.T("console.plot.people"), v.Text.T("console.progress.when")+" ("+v.ZoneName()+")"
	view.Number = v.Text.Number
	ends := ends(of.ends)
	open := web.Series{Name: v.Text.T("console.progress.open")}
	pace := web.Series{Name: v.Text.T("console.progress.pace")}
	for i := range operator.OpenPoints + 1 {
		at := f.Began.Add(time.Duration(i) * f.Step)
		if i < len(f.Open) {
			open.Values = append(open.Values, f.Open[i].Open)
			at = f.Open[i].At
		}
		if len(ends) == 1 {
			left := max(float64(ends[0].Sub(at))/float64(max(ends[0].Sub(f.Began), 1)), 0)
			pace.Values = append(pace.Values, int(left*float64(f.Open[0].Open)+0.5))
		}
		for len(view.Marks) < len(ends) && i > 0 && (i == operator.OpenPoints || !at.Before(ends[len(view.Marks)])) {
			view.Marks = append(view.Marks, web.Mark{At: i, As: v.Text.T("console.progress.end")})
		}
		view.X = append(view.X, v.Moment(at))
	}
	view.Ticks = v.timeAxis(f.Began, f.Step, operator.OpenPoints)
	view.Series = []web.Series{open}
	if len(ends) == 1 {
		view.Series = append(view.Series, pace)
	}
	return view
}

// ends are the instants at which clocks end, each once and in order.
func ends(list []time.Time) []time.Time {
	list = slices.DeleteFunc(slices.Clone(list), time.Time.IsZero)
	slices.SortFunc(list, time.Time.Compare)
	return slices.CompactFunc(list, time.Time.Equal)
}

// share says how many of all in percent.
func (v *visit) share(n, of int) string {
	if of == 0 {
		return ""
	}
	return v.Text.Percent(float64(n) / float64(of))
}
