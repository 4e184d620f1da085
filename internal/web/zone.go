package web

import (
	"time"

	"example.com/muster/internal/text"
	"example.com/muster/internal/timezone"
)

// zoneCookie is where a script of ours leaves the time zone that the browser is
// in. Nobody else tells; without scripts it is not known.
const zoneCookie = "zone"

// BrowserZone is the name of the time zone that the browser is in; empty: not
// known.
func (r *Request) BrowserZone() string {
	name := r.Cookie(zoneCookie)
	if _, err := timezone.Parse(name); err != nil {
		return ""
	}
	return name
}

// Zone is where times are told: that of the person once they are known, else
// that of the browser, else the server's.
func (r *Request) Zone() *time.Location { return r.zone }

// TellTimesIn makes the rest of the request tell times in a person's own zone.
// Empty changes nothing.
func (r *Request) TellTimesIn(zone string) { r.zone = timezone.Or(zone, r.zone) }

// ServerZone is the configured one: days that are typed are days there, for
// everybody who reads the same setting.
func (r *Request) ServerZone() *time.Location { return r.server.cfg.Zone }

// ZoneName names Zone for a table or a plot, whose times may be of summer and
// of winter: "Europe/Berlin".
func (r *Request) ZoneName() string { return nameOf(r.Text, r.zone, r.Began) }

func nameOf(p *text.Printer, zone *time.Location, now time.Time) string {
	if zone == nil || zone == time.Local {
		return p.ZoneAt(now, time.Local)
	}
	return zone.String()
}
