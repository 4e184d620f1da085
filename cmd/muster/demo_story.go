package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor/totp"
	"example.com/muster/internal/jobs"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/notify/inbox"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/secret"
	"example.com/muster/internal/selfservice"
)

// demoStory is what has happened in the demo before it begins: a campaign, by
// what administrators and people do and what the jobs do, on a clock of its
// own.
type demoStory struct {
	*node
	post           demoPost
	began          time.Time // of the campaign
	moment         time.Time
	browser        enrollment.BrowserHash
	authenticators map[string]secret.Bytes // their keys, by user name
	events         []demoEvent
}

// demoEvent is something that happens some time after the campaign began.
type demoEvent struct {
	after time.Duration
	do    func(ctx context.Context) error
}

const (
	demoStaffDays = 14 * enrollment.Day // the period of staff, of which five are left
	demoFieldDays = 7 * enrollment.Day  // of the field, which is over
	demoSince     = 9 * enrollment.Day  // they began
)

func newDemoStory(now time.Time, post demoPost) *demoStory {
	began := now.Add(-demoSince)
	return &demoStory{post: post, began: began, moment: began.Add(-enrollment.Day), authenticators: map[string]secret.Bytes{}}
}

func (s *demoStory) clock() time.Time { return s.moment }

// tell lets everything happen, in order.
func (s *demoStory) tell(ctx context.Context, bob string) error {
	key, err := totp.ParseBase32(secret.New(bob))
	if err != nil {
		return err
	}
	s.authenticators["bob"] = key
	if err := s.hire(ctx); err != nil {
		return err
	}
	s.plan()
	slices.SortStableFunc(s.events, func(a, b demoEvent) int { return cmp.Compare(a.after, b.after) })
	for _, e := range s.events {
		s.moment = s.began.Add(e.after)
		if err := errors.Join(e.do(ctx), s.work(ctx)); err != nil {
			return fmt.Errorf("the demo's story, %v after its begin: %w", e.after, err)
		}
	}
	return nil
}

// plan says what happens when.
func (s *demoStory) plan() {
	day := func(days float64) time.Duration { return time.Duration(days * float64(enrollment.Day)) }
	s.at(0, s.require("staff", demoStaffDays))
	s.at(time.Minute, s.require("field", demoFieldDays))
	for _, c := range demoColleagues {
		s.course(c)
	}
	for at := enrollment.Day / 4; at < demoSince; at += enrollment.Day / 4 {
		s.at(at, func(context.Context) error { return nil }) // the jobs look
	}
	s.at(day(1), s.helpDesk("grace"))
	s.at(day(7.2), s.exempt("oscar"))
	s.at(day(8.1), s.extend("peggy"))
	s.at(day(8.2), s.requireNow("uma", "victor"))
	s.at(day(8.9), s.pass("ken"))
	s.at(day(8.95), s.askForHelp("walter"))
	for i, hours := range []float64{1, 1.4, 2.1, 3, 3.2, 4, 5.5, 7, 9, 13, 15.5, 16, 16.2, 17, 19, 20, 21, 22.6, 23} {
		who := []string{"bob", "frank", "heidi", "laura", "nora"}[i%5]
		s.at(demoSince-time.Duration(hours*float64(time.Hour)), func(ctx context.Context) error {
			return s.signIn(ctx, who, i%6 != 4)
		})
	}
}

func (s *demoStory) at(after time.Duration, do func(context.Context) error) {
	s.events = append(s.events, demoEvent{after, do})
}

// work is what the jobs do by themselves.
func (s *demoStory) work(ctx context.Context) error {
	teller := jobs.Teller{
		Duties: s.store, IDs: s.ids, Now: s.clock, Offsets: s.config.Enrollment.Reminders,
		PublicURL: strings.TrimSuffix(s.config.PublicURL.String(), "/"), Log: s.log,
	}
	mailer := jobs.Mailer{Outbox: s.store, Words: s.mailroom.Words, Transport: s.post, Now: s.clock, Log: s.log}
	return errors.Join(teller.Sweep(ctx), mailer.SendDue(ctx))
}

// course is how far a colleague comes.
func (s *demoStory) course(c demoColleague) {
	at := time.Duration(c.day * float64(enrollment.Day))
	if !slices.Contains([]enrollment.Stage{enrollment.Opened, enrollment.Begun, enrollment.Verified, enrollment.SignedIn}, c.comes) {
		return
	}
	s.at(at, func(ctx context.Context) error { return s.setUp(ctx, c) })
	if c.comes == enrollment.SignedIn {
		s.at(at+40*time.Minute, func(ctx context.Context) error { return s.signIn(ctx, c.name, true) })
	}
}

// setUp does what somebody does who sets up an authenticator, as far as they
// come.
func (s *demoStory) setUp(ctx context.Context, c demoColleague) error {
	u, err := s.operator.User(ctx, demoActor, c.name)
	if err != nil {
		return err
	}
	s.desk.Opened(ctx, u.Person.ID)
	if c.comes == enrollment.Opened {
		return nil
	}
	right := enrollment.Right{Person: u.Person.ID, Browser: s.browser, Until: s.moment.Add(time.Hour)}
	offer, err := s.desk.Offer(ctx, right)
	if err != nil || c.comes == enrollment.Begun {
		return err
	}
	s.moment = s.moment.Add(2 * time.Minute)
	if s.authenticators[c.name], err = totp.ParseBase32(offer.Key); err != nil {
		return err
	}
	result, err := s.desk.Verify(ctx, right, s.code(c.name), audit.Actor{Person: u.Person.ID, Name: c.name, Via: selfservice.Via, Source: "203.0.113.7"})
	if err == nil && result.Verdict != enrollment.Complete {
		err = errors.New("the code was not right")
	}
	return err
}

// code is what somebody's authenticator shows.
func (s *demoStory) code(name string) secret.Text {
	key, p := s.authenticators[name], totp.Defaults()
	return secret.New(totp.Code(key.Reveal(), p, p.Step(s.moment)))
}

// signIn signs somebody in at the door whose gateway checks passwords itself.
func (s *demoStory) signIn(ctx context.Context, name string, right bool) error {
	from := authn.Source{Peer: "127.0.0.2", Station: "203.0.113.7"}
	d, err := s.engine.Begin(ctx, authn.Request{Door: authn.DoorRADIUS, Client: demoWiFi, Username: name, Source: from})
	if err != nil {
		return err
	}
	code := s.code(name)
	if !right {
		code = secret.New("000000") // again and again, until it is refused
	}
	for err == nil && d.Outcome == authn.Ask {
		d, err = s.engine.Answer(ctx, authn.Reply{
			Handle: d.Handle, Door: authn.DoorRADIUS, Client: demoWiFi, Username: name, Source: from, Code: code,
		})
	}
	return err
}

func (s *demoStory) require(group string, length time.Duration) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := s.operator.Require(ctx, demoActor, operator.Selection{Group: group}, operator.Order{
			Factor: policy.WantTOTP, Length: length, Postpone: -1, Reason: "everybody by the end of the month",
		}, false)
		return err
	}
}

func (s *demoStory) requireNow(names ...string) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := s.operator.Require(ctx, demoActor, operator.Selection{Names: names}, operator.Order{
			Factor: policy.WantAny, Forced: true, Reason: "they work on the servers",
		}, false)
		return err
	}
}

func (s *demoStory) helpDesk(name string) func(context.Context) error {
	return func(ctx context.Context) error {
		return s.operator.GrantRole(ctx, demoActor, name, directory.HelpDesk, "help desk")
	}
}

func (s *demoStory) exempt(name string) func(context.Context) error {
	return func(ctx context.Context) error {
		return s.operator.Exempt(ctx, demoActor, name, s.moment.Add(30*enrollment.Day), operator.Why{Reason: "on parental leave"})
	}
}

func (s *demoStory) extend(name string) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := s.operator.Extend(ctx, demoActor, operator.Selection{Names: []string{name}}, operator.Change{
			Length: 3 * enrollment.Day, Reason: "her phone is being repaired",
		})
		return err
	}
}

func (s *demoStory) pass(name string) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := s.operator.IssuePass(ctx, demoActor, name, operator.PassOptions{Lifetime: enrollment.Day, Why: operator.Why{Reason: "came to the desk", Identity: "their face"}})
		return err
	}
}

func (s *demoStory) askForHelp(name string) func(context.Context) error {
	return func(ctx context.Context) error {
		u, err := s.operator.User(ctx, demoActor, name)
		if err != nil {
			return err
		}
		self := selfservice.New(selfservice.Config{Store: s.store, Desk: s.desk, Keys: s.keys, IDs: s.ids, Rand: rand.Reader, Now: s.clock})
		_, err = self.AskForHelp(ctx, audit.Actor{Person: u.Person.ID, Name: name, Via: selfservice.Via, Source: "203.0.113.7"}, authn.DoorPortal)
		return err
	}
}

// demoPost carries the demo's mails into its inbox. Nobody has a mailbox at one
// of the hosts.
type demoPost struct{ *inbox.Inbox }

// Send implements [notify.Transport].
func (p demoPost) Send(ctx context.Context, e notify.Envelope) error {
	if strings.HasSuffix(e.To.Mail, "@"+demoGoneHost) {
		return notify.Permanent(errors.New("550 5.1.2 there is no such host"))
	}
	return p.Inbox.Send(ctx, e)
}
