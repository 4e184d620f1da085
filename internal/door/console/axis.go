package console

import (
	"time"

	"example.com/muster/internal/web"
)

// The distances that ticks of a time axis can have. Those of hours are counted
// from midnight.
var (
	hourSteps = []int{1, 2, 3, 6, 12}
	daySteps  = []int{1, 2, 3, 7, 14, 28, 91}
)

// mostTicks is how many distances of ticks an axis has at most.
const mostTicks = 6

// timeAxis are the ticks of an axis of some steps from an instant on: few, at
// the same distance, and on the hour or at midnight where people read them. Days
// are named; hours between them are told as the time of day.
func (v *visit) timeAxis(from time.Time, step time.Duration, steps int) []web.Tick {
	span := (time.Duration(steps) * step).Round(time.Second)
	if span < time.Hour {
		return nil
	}
	hours, days := axisStep(span)
	var ticks []web.Tick
	midnights := false
	for _, at := range roundInstants(from.In(v.Zone()), from.Add(span), hours, days) {
		label := v.Text.ShortDay(at, v.Zone())
		if at.Hour() != 0 {
			label = v.Hour(at)
		} else {
			midnights = true
		}
		ticks = append(ticks, web.Tick{At: float64(at.Sub(from)) / float64(step), As: label})
	}
	if !midnights && len(ticks) > 0 { // which day it is, all the same
		ticks[0].As = v.Text.ShortDay(from, v.Zone()) + " " + ticks[0].As
	}
	return ticks
}

// axisStep is the distance of ticks on an axis of a length: hours, or days.
func axisStep(span time.Duration) (hours, days int) {
	for _, hours := range hourSteps {
		if span <= mostTicks*time.Duration(hours)*time.Hour {
			return hours, 0
		}
	}
	const day = 24 * time.Hour
	for _, days := range daySteps {
		if span <= mostTicks*time.Duration(days)*day {
			return 0, days
		}
	}
	return 0, int(span/day)/mostTicks + 1
}

// roundInstants are those from an instant, which says the zone, to another:
// midnights some days apart, or hours counted from midnight. A day may have 23
// hours or 25.
func roundInstants(from, to time.Time, hours, days int) []time.Time {
	midnight := func(after int) time.Time {
		return time.Date(from.Year(), from.Month(), from.Day()+after, 0, 0, 0, 0, from.Location())
	}
	var list []time.Time
	add := func(at time.Time) {
		if !at.Before(from) && !at.After(to) {
			list = append(list, at)
		}
	}
	if days > 0 {
		first := 1
		if midnight(0).Equal(from) {
			first = 0
		}
		for day := first; !midnight(day).After(to); day += days {
			add(midnight(day))
		}
		return list
	}
	for day := 0; !midnight(day).After(to); day++ {
		for hour := 0; hour < 24; hour += hours {
			at := time.Date(from.Year(), from.Month(), from.Day()+day, hour, 0, 0, 0, from.Location())
			if at.Hour() == hour { // it may be left out on the day of the change
				add(at)
			}
		}
	}
	return list
}
