//go:build system

package test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"example.com/muster/test/testkit"
)

// abroad is an installation at Berlin's clock, with two people on two kinds of
// clocks of their own.
type abroad struct {
	*ahead

	server *testkit.MailServer
	vpn    testkit.Radclient
	zone   *time.Location
}

// shifts are the next two instants at which Berlin moves its clocks.
func shifts(t *testing.T, zone *time.Location) (list []time.Time) {
	t.Helper()
	offset := func(at time.Time) int {
		_, seconds := at.In(zone).Zone()
		return seconds
	}
	at := time.Now().Truncate(time.Hour)
	for end := at.AddDate(1, 0, -8); at.Before(end); at = at.Add(time.Hour) {
		if offset(at) != offset(at.Add(-time.Hour)) {
			list = append(list, at)
		}
	}
	if len(list) < 2 {
		t.Fatalf("Berlin moves its clocks at %v", list)
	}
	return list[:2]
}

// stands is what the VPN says: whether somebody is in their period, or at its
// end.
func (a *abroad) stands(user string, in bool) {
	a.t.Helper()
	answer := a.vpn.Ask(a.t, `User-Name="`+user+`"`, `User-Password="`+password+`"`)
	said := answer.Attributes["Reply-Message"]
	if in && answer.Code != "Access-Challenge" || !in && (answer.Code != "Access-Reject" || !strings.HasPrefix(said, "Your time to set up is over")) {
		a.t.Errorf("%s at %v, in the period %v: %s %q", user, a.now().In(a.zone), in, answer.Code, said)
	}
}

// end is when somebody's time is over.
func (a *abroad) end(user string) time.Time {
	a.t.Helper()
	var shown struct {
		Requirements []struct{ Until time.Time }
	}
	a.JSON(&shown, "user", "show", user)
	for _, r := range shown.Requirements {
		if !r.Until.IsZero() {
			return r.Until
		}
	}
	a.t.Fatalf("nothing ends for %s: %+v", user, shown)
	return time.Time{}
}

// away has the server be off until an instant.
func (a *abroad) away(until time.Time) {
	a.t.Helper()
	a.Server().Stop()
	a.at(until)
	a.Start()
}

// got wants somebody to have had exactly these mails, by words of their
// subjects.
func (a *abroad) got(user string, subjects ...string) {
	a.t.Helper()
	testkit.Eventually(a.t, 20*time.Second, user+" is told", func() error {
		var list []string
		for _, mail := range a.server.Mails() {
			if mail.To == user+"@example.com" {
				list = append(list, mail.Header("Subject"))
			}
		}
		if len(list) != len(subjects) {
			return errors.New(strings.Join(list, "; "))
		}
		for i, words := range subjects {
			if !strings.Contains(list[i], words) {
				return errors.New(strings.Join(list, "; "))
			}
		}
		return nil
	})
}

// What the subjects of a period's mails say.
const (
	toldOfIt = "please set up your second step"
	reminded = "about to end"
	toldOver = "you can no longer sign in"
)

// TestClocksAreMovedWhileTheServerIsOff: in spring and in autumn, for a period
// of some days and for one until a date, the server is off when the reminder is
// due, when clocks are moved, and at the end. Then the clock is set back and
// forward.
func TestClocksAreMovedWhileTheServerIsOff(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	server, mail := postOffice(t)
	a := &abroad{server: server, zone: zone}
	a.ahead = serveAhead(t, testkit.Settings{
		Brand: "Example", Extra: "time_zone: Europe/Berlin\n",
		Mail: strings.Replace(mail, "on_setup: true", "on_setup: false, weekly_digest: false", 1),
	})
	a.vpn = testkit.Radclient{Server: a.RADIUS, Secret: secret, Source: testkit.Loopback(t)}
	addClient(t, a.Muster, "vpn", a.vpn.Source)
	two := shifts(t, zone)
	a.across(two[0], "first-days", "first-date")
	end := a.across(two[1], "second-days", "second-date")
	a.backAndForward("second-days", end)
}

// across goes through both kinds of periods around an instant at which clocks
// are moved. It returns when the one of days was over.
func (a *abroad) across(shift time.Time, days, date string) (end time.Time) {
	t := a.t
	t.Helper()
	for _, user := range []string{days, date} {
		a.Run("user", "add", user, "--email", user+"@example.com", "--password-file", a.Secret(password))
	}
	y, m, d := shift.In(a.zone).Date()
	midnight := time.Date(y, m, d+1, 0, 0, 0, 0, a.zone) // the end of the day that is an hour shorter or longer
	a.away(shift.Add(-72 * time.Hour))
	ordered := a.now()
	a.Run("require", "--factor", "totp", "--days", "4", "--user", days)
	a.Run("require", "--factor", "totp", "--until", time.Date(y, m, d, 0, 0, 0, 0, a.zone).Format(time.DateOnly), "--user", date)
	a.got(days, toldOfIt)
	a.got(date, toldOfIt)
	if end := a.end(date); !end.Equal(midnight) {
		t.Errorf("a date ends at %v, want %v", end.In(a.zone), midnight)
	}
	if end := a.end(days); end.Sub(ordered).Round(time.Minute) != 96*time.Hour {
		t.Errorf("four days end after %v", end.Sub(ordered))
	}

	a.away(midnight.Add(-time.Minute)) // past both reminders, and past the shift
	a.got(date, toldOfIt, reminded)
	a.stands(date, true)
	a.at(midnight.Add(time.Second)) // nothing has run since
	a.stands(date, false)
	a.stands(days, true)

	end = a.end(days)
	a.away(end.Add(-time.Minute))
	a.got(date, toldOfIt, reminded, toldOver)
	a.got(days, toldOfIt, reminded)
	a.stands(days, true)
	a.away(end.Add(time.Second))
	a.stands(days, false)
	a.got(days, toldOfIt, reminded, toldOver)
	return end
}

// backAndForward: where somebody stands follows the clock, that it went back is
// an alarm, and nobody is told anything twice.
func (a *abroad) backAndForward(user string, end time.Time) {
	a.t.Helper()
	a.at(end.Add(-2 * time.Hour))
	a.stands(user, true)
	testkit.Eventually(a.t, 10*time.Second, "an alarm", func() error {
		if !strings.Contains(a.Server().Output(), "the clock has gone back") {
			return errors.New("none")
		}
		return nil
	})
	a.restart()
	a.stands(user, true)
	a.away(end.Add(10 * time.Minute))
	a.stands(user, false)
	a.restart()
	a.got(user, toldOfIt, reminded, toldOver)
}
