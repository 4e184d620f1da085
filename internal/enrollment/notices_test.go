package enrollment_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/policy"
)

// story runs the notices of one period as a job would that looks at the given
// instants only, and returns what was told and when.
func story(r policy.Requirement, offsets []time.Duration, looks []time.Time) (told []enrollment.Notice, at []time.Time) {
	var n enrollment.Notices
	next := r.Since
	for _, now := range looks {
		for !next.IsZero() && !now.Before(next) {
			tell, after, then := n.Next(r, false, offsets, now)
			if tell != enrollment.Silence {
				told, at = append(told, tell), append(at, now)
			}
			if after == n && tell == enrollment.Silence && !then.After(now) && !then.IsZero() {
				panic("no progress")
			}
			n, next = after, then
		}
	}
	return told, at
}

func TestNotices(t *testing.T) {
	hour := func(h float64) time.Time { return now.Add(time.Duration(h * float64(time.Hour))) }
	const begin, remind, end = enrollment.TellBegin, enrollment.TellRemind, enrollment.TellEnd
	day := []time.Duration{24 * time.Hour}
	for _, tc := range []struct {
		name    string
		length  float64 // hours
		offsets []time.Duration
		looks   []time.Time
		want    []enrollment.Notice
	}{
		{"every step", 72, day, []time.Time{now, hour(48), hour(72)}, []enrollment.Notice{begin, remind, end}},
		{"to the instant", 72, day, []time.Time{now, hour(48).Add(-1), hour(72).Add(-1)}, []enrollment.Notice{begin, remind}},
		{"off across the reminder", 72, day, []time.Time{now, hour(60), hour(73)}, []enrollment.Notice{begin, remind, end}},
		{"off across reminder and end", 72, day, []time.Time{now, hour(80), hour(90)}, []enrollment.Notice{begin, end}},
		{"off from the start", 72, day, []time.Time{hour(90)}, []enrollment.Notice{end}},
		{"shorter than the offset", 12, day, []time.Time{now, hour(6), hour(12)}, []enrollment.Notice{begin, remind, end}},
		{"no reminders", 72, nil, []time.Time{now, hour(48), hour(72)}, []enrollment.Notice{begin, end}},
		{"several, some missed", 100, []time.Duration{48 * time.Hour, 24 * time.Hour, time.Hour}, []time.Time{now, hour(80), hour(99.5), hour(101)}, []enrollment.Notice{begin, remind, remind, end}},
		{"looked at twice", 72, day, []time.Time{now, now, hour(50), hour(50), hour(49), hour(72), hour(72)}, []enrollment.Notice{begin, remind, end}},
		{"the clock set back after the reminder", 72, day, []time.Time{now, hour(50), hour(10), hour(50), hour(72)}, []enrollment.Notice{begin, remind, end}},
	} {
		r := policy.Requirement{Duty: policy.InPeriod, Since: now, Due: now.Add(time.Duration(tc.length * float64(time.Hour)))}
		got, _ := story(r, tc.offsets, tc.looks)
		if len(got) != len(tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
			continue
		}
		for i := range got {
			if got[i] != tc.want[i] {
				t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
			}
		}
	}
}

// TestNoticesAreToldOnce: however late and often the job looks, nothing is told
// twice or before its time, and whoever is not done hears of the end.
func TestNoticesAreToldOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := policy.Requirement{Duty: policy.InPeriod, Since: now, Due: now.Add(time.Duration(rapid.IntRange(1, 400).Draw(t, "length")) * time.Hour)}
		var offsets []time.Duration
		for range rapid.IntRange(0, 4).Draw(t, "offsets") {
			offsets = append(offsets, time.Duration(rapid.IntRange(1, 200).Draw(t, "offset"))*time.Hour)
		}
		var looks []time.Time
		at := now
		for range rapid.IntRange(1, 30).Draw(t, "looks") {
			at = at.Add(time.Duration(rapid.IntRange(0, 50).Draw(t, "wait")) * time.Hour)
			looks = append(looks, at)
		}
		looks = append(looks, r.Due)
		told, when := story(r, offsets, looks)
		begins, ends, reminders := 0, 0, 0
		for i, tell := range told {
			switch tell {
			case enrollment.TellBegin:
				begins++
			case enrollment.TellRemind:
				reminders++
				if !when[i].Before(r.Due) {
					t.Fatal("a reminder after the end")
				}
			case enrollment.TellEnd:
				ends++
				if when[i].Before(r.Due) {
					t.Fatal("the end before its time")
				}
			default:
			}
		}
		if begins > 1 || ends > 1 || reminders > len(offsets) {
			t.Fatalf("told %v", told)
		}
		if at.After(r.Due) && ends != 1 {
			t.Fatalf("nobody was told of the end: %v", told)
		}
	})
}
