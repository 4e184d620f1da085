package text

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// Moment says when something happens or happened, as people do: "Friday, 12
// December, 17:00", with the year if it is not now's. Both instants are read
// in zone.
func (p *Printer) Moment(t, now time.Time, zone *time.Location) string {
	t, now = t.In(zone), now.In(zone)
	args := p.dateArgs(t)
	switch days := calendarDays(now, t); {
	case days == 0:
		return p.T("date.today", args)
	case days == 1:
		return p.T("date.tomorrow", args)
	case days == -1:
		return p.T("date.yesterday", args)
	case t.Year() != now.Year():
		return p.T("date.moment_year", args)
	default:
		return p.T("date.moment", args)
	}
}

// Zoned is Moment with the zone named: "Friday, 12 December, 17:00 CET". It is
// for ends, which people plan by.
func (p *Printer) Zoned(t, now time.Time, zone *time.Location) string {
	return p.T("date.zoned", "Moment", p.Moment(t, now, zone), "Zone", p.ZoneAt(t, zone))
}

// Until says a moment as the end of something: "until Friday, 12 December,
// 17:00 CET".
func (p *Printer) Until(t, now time.Time, zone *time.Location) string {
	return p.T("date.until", "Moment", p.Zoned(t, now, zone))
}

// translatedZones are the abbreviations that other languages have their own for;
// all others are the same everywhere.
var translatedZones = []string{"WET", "WEST", "CET", "CEST", "EET", "EEST"}

// ZoneAt names the zone at an instant: "CET" in winter, "CEST" in summer, "MEZ"
// and "MESZ" in German.
func (p *Printer) ZoneAt(t time.Time, zone *time.Location) string {
	name := abbreviation(t.In(zone))
	if slices.Contains(translatedZones, name) {
		return p.T(Key("date.zone." + strings.ToLower(name)))
	}
	return name
}

// abbreviation says the zone that t is told in as people there do, "CET" or
// "EST"; where they have no word for it, how far it is from UTC: "UTC+5:45".
func abbreviation(t time.Time) string {
	name, offset := t.Zone()
	if name != "" && name[0] != '+' && name[0] != '-' {
		return name
	}
	sign, minutes := '+', offset/60
	if minutes < 0 {
		sign, minutes = '-', -minutes
	}
	said := fmt.Sprintf("UTC%c%d", sign, minutes/60)
	if rest := minutes % 60; rest != 0 {
		said += fmt.Sprintf(":%02d", rest)
	}
	return said
}

// Day says a date with its year and without the time: "12 December 2026".
func (p *Printer) Day(t time.Time, zone *time.Location) string {
	return p.T("date.day", p.dateArgs(t.In(zone)))
}

// ShortDay says a day of the year where there is little room: "3 Dec".
func (p *Printer) ShortDay(t time.Time, zone *time.Location) string {
	args := p.dateArgs(t.In(zone))
	if month, ok := args["Month"].(string); ok {
		args["Month"] = string([]rune(month)[:3])
	}
	return p.T("date.short", args)
}

// Clock says the time of day: "17:00", "17:00 Uhr".
func (p *Printer) Clock(t time.Time, zone *time.Location) string {
	return p.T("date.clock", p.dateArgs(t.In(zone)))
}

// Stamp writes a moment for tables, to the second, the same in all languages
// so that columns align and sort: "2026-12-12 17:00:05".
func (p *Printer) Stamp(t time.Time, zone *time.Location) string {
	return t.In(zone).Format(time.DateTime)
}

// Left says how much time is left until end: "9 days left", "45 minutes left".
// Days are said from two on, and one that has begun counts; hours are said from
// two on; what is past has none left.
func (p *Printer) Left(end, now time.Time) string {
	left := end.Sub(now)
	if left >= 2*day {
		left += day - 1
	}
	return p.T("date.left", "Span", p.Span(left))
}

// Ago says how long ago t was: "just now", "5 minutes ago", "3 days ago".
func (p *Printer) Ago(t, now time.Time) string {
	d := now.Sub(t)
	if d < time.Minute {
		return p.T("date.just_now")
	}
	return p.T(p.unitKey("date.ago_", d), "Count", inUnit(d))
}

// Span says a length of time in its largest fitting unit, rounded down:
// "9 days", "36 hours", "1 minute". Less than a minute is said in seconds.
func (p *Printer) Span(d time.Duration) string {
	return p.T(p.unitKey("date.span_", d), "Count", inUnit(d))
}

const day = 24 * time.Hour

func (p *Printer) unitKey(family Key, d time.Duration) Key {
	unit, _ := unitOf(d)
	return family + unit
}

func inUnit(d time.Duration) int {
	_, size := unitOf(d)
	return int(max(d, 0) / size)
}

// unitOf picks the unit a length is said in. Under two days hours are said, so
// that "1 day left" never hides that it is nearly two, or nearly none.
func unitOf(d time.Duration) (Key, time.Duration) {
	switch {
	case d >= 2*day:
		return "days", day
	case d >= 2*time.Hour:
		return "hours", time.Hour
	case d >= time.Minute:
		return "minutes", time.Minute
	default:
		return "seconds", time.Second
	}
}

func (p *Printer) dateArgs(t time.Time) Args {
	return Args{
		"Weekday": p.T(Key("date.weekday." + strconv.Itoa(int(t.Weekday())))),
		"Month":   p.T(Key("date.month." + strconv.Itoa(int(t.Month())))),
		"Day":     strconv.Itoa(t.Day()),
		"Year":    strconv.Itoa(t.Year()),
		"Clock":   t.Format("15:04"),
	}
}

// calendarDays counts the midnights from a to b in their common zone. Days are
// counted in UTC dates, for not every local day has 24 hours.
func calendarDays(a, b time.Time) int {
	midnight := func(t time.Time) time.Time {
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	}
	return int(midnight(b).Sub(midnight(a)) / day)
}

// Number writes n with the language's grouping: "100,000", "100.000".
func (p *Printer) Number(n int) string {
	if n > -1000 && n < 1000 {
		return strconv.Itoa(n)
	}
	return message.NewPrinter(language.Make(p.lang.Tag)).Sprintf("%d", n)
}

// Percent writes a share of one as a whole percentage: "87%", "87 %".
func (p *Printer) Percent(share float64) string {
	return p.T("number.percent", "Number", int(share*100+0.5))
}

// List joins items as the language does: "a, b and c".
func (p *Printer) List(items []string) string {
	if len(items) == 0 {
		return ""
	}
	said := items[len(items)-1]
	for i := len(items) - 2; i >= 0; i-- {
		key := Key("list.more")
		if i == len(items)-2 {
			key = "list.last"
		}
		said = p.T(key, "Head", items[i], "Tail", said)
	}
	return said
}
