package console

import (
	"net/http"
	"slices"
	"sort"
	"strings"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/text"
	"example.com/muster/internal/web"
)

// hours is how far back the overview looks.
const hours = 24

func (d *Door) overview(w http.ResponseWriter, v *visit) error {
	ctx, by := v.Context(), v.actor()
	census, err := d.Operator.Census(ctx, by)
	if err != nil {
		return err
	}
	from := v.Began.UTC().Truncate(time.Hour).Add(-(hours - 1) * time.Hour)
	counts, err := d.Operator.SignInCounts(ctx, by, from)
	if err != nil {
		return err
	}
	running, err := d.Operator.Running(ctx, by)
	if err != nil {
		return err
	}
	view := overviewView{
		Periods: v.sums(running),
		Tiles:   v.tiles(census, counts),
		Plots:   []plot{v.byResult(counts, from), v.byClient(counts, from), v.byStatus(census)},
	}
	if view.Todo, err = d.todo(v); err != nil {
		return err
	}
	return d.show(w, v, web.Page{Name: "overview", Section: "overview", Data: view})
}

func (v *visit) tiles(c operator.Census, counts []operator.SignInCount) []tile {
	allowed, denied := 0, 0
	for _, n := range counts {
		switch n.Result {
		case audit.Allowed:
			allowed += n.Count
		case audit.Denied:
			denied += n.Count
		case audit.Unanswered:
		}
	}
	enrolled := c.ByStatus[enrollment.Enrolled]
	share := ""
	if c.All > 0 {
		share = v.Text.T("console.overview.share", "Share", v.Text.Percent(float64(enrolled)/float64(c.All)))
	}
	number := v.Text.Number
	return []tile{
		{v.Text.T("console.overview.people"), number(c.All), v.Text.T("console.overview.disabled", "Count", c.Disabled), "/console/users"},
		{v.Text.T("console.overview.enrolled"), number(enrolled), share, "/console/users?kind=overall&status=enrolled"},
		{v.Text.T("console.overview.locked"), number(c.Locked), v.Text.T("console.overview.locked.note"), "/console/users?only=locked"},
		{v.Text.T("console.overview.allowed"), number(allowed), v.Text.T("console.overview.day"), "/console/signins?result=allowed&since=day"},
		{v.Text.T("console.overview.denied"), number(denied), v.Text.T("console.overview.day"), "/console/signins?result=denied&since=day"},
	}
}

// sumRow is a period in force, in a line.
type sumRow struct {
	periodRow
	Asked, Done int
	Left, Share string
	Ends        time.Time
	Ended       bool
}

func (v *visit) sums(list []operator.Sum) []sumRow {
	rows := make([]sumRow, 0, len(list))
	for _, s := range list {
		rows = append(rows, sumRow{
			periodRow: v.periodRow(s.Period), Asked: s.Asked, Done: s.Done, Ends: s.Ends, Ended: !s.Ends.IsZero() && !v.Began.Before(s.Ends),
			Left: v.Text.T("console.progress.open-of", "Open", v.Text.Number(s.Asked-s.Done), "Asked", v.Text.Number(s.Asked)), Share: v.share(s.Done, s.Asked),
		})
	}
	return rows
}

// todo lists what waits for an administrator, the most pressing first.
func (d *Door) todo(v *visit) ([]todo, error) {
	var list []todo
	asked, err := d.Operator.HelpRequests(v.Context(), v.actor(), operator.HelpQuery{OpenOnly: true, Limit: operator.LargestPage})
	if err != nil {
		return nil, err
	}
	if len(asked) > 0 {
		list = append(list, todo{web.Caution, v.Text.T("console.todo.help", "Count", len(asked)), "/console/help"})
	}
	suspended, err := d.Operator.Users(v.Context(), v.actor(), operator.PeopleQuery{Suspect: true, Limit: operator.LargestPage})
	if err != nil {
		return nil, err
	}
	if len(suspended) > 0 {
		list = append(list, todo{web.Bad, v.Text.T("console.todo.suspended", "Count", len(suspended)), "/console/users?only=suspended"})
	}
	clients, err := d.Operator.RADIUSClients(v.Context(), v.actor())
	if err != nil {
		return nil, err
	}
	heard := d.Heard()
	for _, c := range clients {
		if t := heard.Clients[c.ID]; t.Troubled {
			list = append(list, todo{
				web.Bad,
				v.Text.T("console.todo.client", "Name", c.Name, "Cause", v.word(wordsTrouble, t.LastTrouble)),
				clientPath(c.Name),
			})
		}
	}
	if len(clients) == 0 {
		list = append(list, todo{web.Info, v.Text.T("console.todo.no-client"), "/console/clients/add"})
	}
	mails, err := d.Operator.MailCounts(v.Context(), v.actor())
	if err != nil {
		return nil, err
	}
	if lost := mails[notify.Failed] + mails[notify.Bounced] + mails[notify.NoAddress]; lost > 0 {
		list = append(list, todo{web.Caution, v.Text.T("console.todo.mail", "Count", lost), "/console/mails?trouble=1"})
	}
	if retrying := mails[notify.Retrying]; retrying > 0 {
		list = append(list, todo{web.Caution, v.Text.T("console.todo.mail-retrying", "Count", retrying), "/console/mails?state=retrying"})
	}
	return list, nil
}

// byResult draws sign-ins by the hour, allowed and denied.
func (v *visit) byResult(counts []operator.SignInCount, from time.Time) plot {
	allowed, denied := make([]int, hours), make([]int, hours)
	for _, c := range counts {
		if i := hourOf(c.Hour, from); i >= 0 {
			switch c.Result {
			case audit.Allowed:
				allowed[i] += c.Count
			case audit.Denied:
				denied[i] += c.Count
			case audit.Unanswered:
			}
		}
	}
	p := v.hourly("console.plot.result", from)
	p.Series = []web.Series{
		{Name: v.word(wordsResult, string(audit.Allowed)), Values: allowed},
		{Name: v.word(wordsResult, string(audit.Denied)), Values: denied},
	}
	return p
}

// byClient draws the same by client: the busiest by name, the rest together.
func (v *visit) byClient(counts []operator.SignInCount, from time.Time) plot {
	const named = 3
	total := map[string]int{}
	for _, c := range counts {
		total[c.Client] += c.Count
	}
	names := make([]string, 0, len(total))
	for name := range total {
		names = append(names, name)
	}
	sort.Slice(names, func(i, j int) bool {
		if total[names[i]] != total[names[j]] {
			return total[names[i]] > total[names[j]]
		}
		return names[i] < names[j]
	})
	others := len(names) > named+1
	if others {
		names = names[:named]
	}
	p := v.hourly("console.plot.client", from)
	for _, name := range names {
		p.Series = append(p.Series, web.Series{Name: name, Values: make([]int, hours)})
	}
	if others {
		p.Series = append(p.Series, web.Series{Name: v.Text.T("console.plot.others"), Values: make([]int, hours)})
	}
	for _, c := range counts {
		i := hourOf(c.Hour, from)
		if i < 0 {
			continue
		}
		s := slices.Index(names, c.Client)
		if s < 0 {
			s = len(p.Series) - 1
		}
		p.Series[s].Values[i] += c.Count
	}
	return p
}

// hourly begins a plot over the hours.
func (v *visit) hourly(title text.Key, from time.Time) plot {
	p := plot{Heading: v.Text.T(title)}
	p.Title, p.Unit, p.XLabel = p.Heading, v.Text.T("console.plot.signins"), v.Text.T("console.plot.hour")+" ("+v.ZoneName()+")"
	p.Bars, p.Number = true, v.Text.Number
	for i := range hours {
		p.X = append(p.X, v.Hour(from.Add(time.Duration(i)*time.Hour)))
	}
	return p
}

func hourOf(hour, from time.Time) int {
	i := int(hour.Sub(from) / time.Hour)
	if hour.Before(from) || i >= hours {
		return -1
	}
	return i
}

// byStatus draws how many people stand where.
func (v *visit) byStatus(c operator.Census) plot {
	p := plot{Heading: v.Text.T("console.plot.status.title")}
	p.Title, p.Unit, p.XLabel = p.Heading, v.Text.T("console.plot.people"), v.Text.T("console.users.status")
	p.Bars, p.Number = true, v.Text.Number
	values := make([]int, 0, len(enrollment.Statuses()))
	for _, s := range enrollment.Statuses() {
		if c.ByStatus[s] == 0 && s != enrollment.Enrolled && s != enrollment.NotRequired {
			continue
		}
		p.X = append(p.X, v.word(wordsStatus, strings.ReplaceAll(string(s), " ", "-")))
		values = append(values, c.ByStatus[s])
	}
	p.Series = []web.Series{{Name: v.Text.T("console.plot.people"), Values: values}}
	return p
}
