package console

import (
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/text"
)

// foresee says what an order would do.
func (d *Door) foresee(v *visit, s operator.Selection, order operator.Order) (*forecastView, error) {
	if v.doing() == doRequire {
		preview, err := d.Operator.Require(v.Context(), v.actor(), s, order, true)
		if err != nil {
			return nil, err
		}
		return v.requireForecast(s, &preview), nil
	}
	result, err := d.periodDeed(v, s, order, true)(v.Context(), &undertaking{})
	if err != nil {
		return nil, err
	}
	return v.forecast("console.period.preview.do", result), nil
}

// forecast says what an act would do: for how many, who hears of it, and what
// becomes of whoever joins a group later.
func (v *visit) forecast(said text.Key, r operator.BulkResult) *forecastView {
	view := &forecastView{
		Said: v.Text.T(said, "Count", r.Done, "Chosen", r.Chosen), Skipped: v.reasonRows(r.Skipped), Failed: v.reasonRows(r.Failures),
	}
	for _, line := range v.laterLines(r.Later) {
		view.Lines = append(view.Lines, previewLine{Text: line})
	}
	for _, line := range []struct {
		key   text.Key
		count int
		shown bool
	}{
		{"console.period.mail.told", r.Mail.Told, true},
		{"console.period.mail.nothing", r.Mail.Nothing, r.Mail.Nothing > 0},
		{"console.period.mail.no-address", r.Mail.NoAddress, r.Mail.NoAddress > 0},
		{"console.period.mail.kept-out", r.Mail.KeptOut, r.Mail.KeptOut > 0},
		{"console.period.mail.exempt", r.Mail.Exempt, r.Mail.Exempt > 0},
		{"console.period.mail.off", r.Mail.Off, r.Mail.Off > 0},
	} {
		if line.shown {
			view.Lines = append(view.Lines, previewLine{Text: v.Text.T(line.key, "Count", line.count)})
		}
	}
	return view
}

// requireForecast says what is worth knowing before a beginning. What leaves
// somebody out, or troubles them, links to those people.
func (v *visit) requireForecast(s operator.Selection, p *operator.Preview) *forecastView {
	view := v.forecast("console.period.preview", p.BulkResult)
	var lines []previewLine
	for _, line := range []struct {
		key       text.Key
		count     int
		parameter string
		value     string
	}{
		{"console.period.preview.done", p.DoneBy, "status", hyphened(enrollment.Enrolled)},
		{"console.period.preview.disabled", p.Disabled, "only", onlyDisabled},
		{"console.period.preview.no-mail", p.NoMail, "only", onlyNoAddress},
		{"console.period.preview.locked-out", p.LockedOut, "", ""},
	} {
		shown := previewLine{Text: v.Text.T(line.key, "Count", line.count)}
		if line.count > 0 && line.parameter != "" && len(s.Names) == 0 && v.Query(line.parameter) == "" {
			shown.Link = v.filtered("/console/users", line.parameter, line.value, "kind", v.Field("factor"))
		}
		lines = append(lines, shown)
	}
	view.Lines = append(lines, view.Lines...)
	return view
}

// laterLines say what changes for whoever joins periods later.
func (v *visit) laterLines(list []operator.LaterChange) []string {
	lines := make([]string, len(list))
	for i, l := range list {
		family, what := text.Key("console.period.later."), string(l.What)
		if l.Item != "" {
			family = "console.period.later-import."
		}
		if l.What == operator.LaterEnd && l.Until.IsZero() {
			what = "own-end"
		}
		lines[i] = v.Text.T(keyIn(family, what), "Name", l.Group+l.Item, "When", v.Zoned(l.Until))
	}
	return lines
}
