package authn_test

import (
	"testing"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/challenge"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor/totp"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/secret"
)

func TestAQuestionIsAnsweredOnceByItsOwn(t *testing.T) {
	in := install(t)
	in.add("alice", "alice-pw", aliceKey)
	in.add("bob", "bob-pw", aliceKey)

	q := in.begin("vpn", "alice", "alice-pw", 1)
	in.want(in.answer("vpn2", "alice", q.Handle, in.code(aliceKey), 2), authn.Deny, authn.ReasonStateForeign)
	in.want(in.answer("vpn", "bob", q.Handle, in.code(aliceKey), 3), authn.Deny, authn.ReasonStateForeign)
	in.want(in.answer("vpn", "alice", authn.Handle{Text: secret.New("AAAAAAAAAAAAAAAAAAAAAAAAAA")}, in.code(aliceKey), 4), authn.Deny, authn.ReasonStateUnknown)
	in.want(in.answer("vpn", "alice", q.Handle, in.code(aliceKey), 5), authn.Allow, authn.ReasonCodeRight)
	in.want(in.answer("vpn", "alice", q.Handle, in.code(aliceKey), 6), authn.Deny, authn.ReasonStateUnknown)

	q = in.begin("vpn", "alice", "alice-pw", 7)
	in.wait(challenge.PromptLifetime)
	in.want(in.answer("vpn", "alice", q.Handle, in.code(aliceKey), 8), authn.Deny, authn.ReasonStateExpired)
}

func TestThreeWrongCodesEndAnAttempt(t *testing.T) {
	in := install(t)
	in.add("alice", "alice-pw", aliceKey)
	q := in.begin("vpn", "alice", "alice-pw", 1)
	for i := range 2 {
		next := in.answer("vpn", "alice", q.Handle, "000000", byte(2+i))
		in.want(next, authn.Ask, authn.ReasonCodeWrong)
		if next.Handle.Equal(q.Handle.Text) || next.Message != authn.MessageWrongCode {
			t.Errorf("round %d: the same handle, or message %q", i, next.Message)
		}
		q = next
	}
	in.want(in.answer("vpn", "alice", q.Handle, "000000", 5), authn.Deny, authn.ReasonCodeWrong)
	in.want(in.answer("vpn", "alice", q.Handle, in.code(aliceKey), 6), authn.Deny, authn.ReasonStateUnknown)
}

// TestEnrollAtTheDoor is the main job without a network: the door shows a
// code, somebody enrolls in a browser, and only a new code of the new factor
// opens the waiting door.
func TestEnrollAtTheDoor(t *testing.T) {
	in := install(t)
	in.add("alice", "alice-pw", nil)
	ctx := t.Context()

	waiting := in.begin("vpn", "alice", "alice-pw", 1)
	in.want(waiting, authn.Enroll, authn.ReasonMustEnroll)
	again := in.answer("vpn", "alice", waiting.Handle, "", 2)
	in.want(again, authn.Enroll, authn.ReasonMustEnroll)
	if !again.Invite.Code.Equal(waiting.Invite.Code) || again.Handle.Equal(waiting.Handle.Text) {
		t.Error("the next round shows another code, or the same State")
	}

	inv, who, err := in.desk.Look(ctx, secret.New(" "+enrollment.FormatCode(waiting.Invite.Code.Reveal())))
	if err != nil || inv == nil || who.Person.Username != "alice" || inv.Client != "vpn" {
		t.Fatalf("the code opens %+v, %v", inv, err)
	}
	page, err := in.Begin(ctx, authn.Request{
		Door: authn.DoorPortal, Client: "portal", Username: "alice", Password: secret.New("alice-pw"),
		Invitation: waiting.Invite.Code, Source: authn.Source{Peer: "192.0.2.7"},
	})
	if err != nil {
		t.Fatal(err)
	}
	in.want(page, authn.Enroll, authn.ReasonMustEnroll)
	right, ok, err := in.Enrolling(ctx, authn.DoorPortal, page.Handle)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	offer, err := in.desk.Offer(ctx, right)
	if err != nil {
		t.Fatal(err)
	}
	key, err := totp.ParseBase32(offer.Key)
	if err != nil {
		t.Fatal(err)
	}
	in.want(in.answer("vpn", "alice", again.Handle, "ok", 3), authn.Enroll, authn.ReasonMustEnroll)
	live := in.code(key.Reveal())
	res, err := in.desk.Verify(ctx, right, secret.New(live), audit.Actor{Name: "alice", Via: "portal"})
	if err != nil || res.Verdict != enrollment.Complete || len(res.Codes) != 10 {
		t.Fatalf("%+v, %v", res.Verdict, err)
	}

	// An answer spent the State of round two; the door holds that of round three.
	waiting = in.begin("vpn", "alice", "alice-pw", 4)
	in.want(waiting, authn.Ask, authn.ReasonCodeNeeded)
	used := in.answer("vpn", "alice", waiting.Handle, live, 5)
	in.want(used, authn.Ask, authn.ReasonCodeReused)
	in.wait(30 * time.Second)
	in.want(in.answer("vpn", "alice", used.Handle, in.code(key.Reveal()), 6), authn.Allow, authn.ReasonCodeRight)

	if inv, _, err := in.desk.Look(ctx, page.Handle.Text); inv != nil || err != nil {
		t.Error("a handle is taken for a code")
	}
	if inv, _, err := in.desk.Look(ctx, again.Invite.Code); inv != nil || err != nil {
		t.Error("the code still opens something")
	}

	// A recovery code works at a prompt, once.
	in.wait(time.Hour)
	q := in.begin("vpn", "alice", "alice-pw", 7)
	in.want(in.answer("vpn", "alice", q.Handle, res.Codes[3].Reveal(), 8), authn.Allow, authn.ReasonRecoveryRight)
	q = in.begin("vpn", "alice", "alice-pw", 9)
	in.want(in.answer("vpn", "alice", q.Handle, res.Codes[3].Reveal(), 10), authn.Ask, authn.ReasonCodeWrong)
}

func TestARetransmissionGetsItsOldAnswerAfterARestart(t *testing.T) {
	in := install(t)
	in.add("alice", "alice-pw", aliceKey)
	in.add("bob", "bob-pw", nil)
	code := in.code(aliceKey)
	allowed := in.begin("nps", "alice", code, 1)
	in.want(allowed, authn.Allow, authn.ReasonCodeRight)
	asked := in.begin("vpn", "alice", "alice-pw", 2)
	shown := in.begin("vpn", "bob", "bob-pw", 3)

	in.open()
	in.wait(5 * time.Second)
	for _, tc := range []struct {
		old, now authn.Decision
	}{
		{allowed, in.begin("nps", "alice", code, 1)},
		{asked, in.begin("vpn", "alice", "alice-pw", 2)},
		{shown, in.begin("vpn", "bob", "bob-pw", 3)},
	} {
		if tc.now.Outcome != tc.old.Outcome || tc.now.SignIn != tc.old.SignIn || !tc.now.Handle.Equal(tc.old.Handle.Text) || tc.now.Message != tc.old.Message {
			t.Errorf("before %+v\nafter  %+v", tc.old, tc.now)
		}
	}
	in.want(in.begin("nps", "alice", code, 4), authn.Deny, authn.ReasonCodeReused)
	in.want(in.answer("vpn", "alice", asked.Handle, code, 5), authn.Ask, authn.ReasonCodeReused)
}

// The door may have had no room for the answer, or had to keep it back: then
// the request comes to us once more while its person is remembered.
// TestWhatARefusalSaidIsSaidAgain after a restart: to a person whose period is
// over that it is, in their language.
func TestWhatARefusalSaidIsSaidAgain(t *testing.T) {
	in := install(t)
	in.addPerson(directory.Person{Username: "alice", Key: "alice", HasPassword: true, Language: "de"}, "alice-pw", nil)
	in.amend("alice", operator.Amendment{PutDuties: []operator.DutyPut{{Requirement: policy.Requirement{
		Period: in.ids.Next(in.clock()), Own: true, Duty: policy.InPeriod, Factor: policy.WantTOTP, Since: in.clock(), Due: in.clock(),
	}}}})
	first := in.begin("vpn", "alice", "alice-pw", 1)
	if in.want(first, authn.Deny, authn.ReasonPeriodOver); first.Message != authn.MessageExpired || first.Language != "de" {
		t.Errorf("told %q in %q", first.Message, first.Language)
	}
	in.open()
	again := in.begin("vpn", "alice", "alice-pw", 1)
	if again.Message != first.Message || again.Language != first.Language || again.SignIn != first.SignIn {
		t.Errorf("then told %q in %q, entry %v, before %v", again.Message, again.Language, again.SignIn, first.SignIn)
	}
}

func TestARetransmissionGetsItsOldAnswerFromTheSameProcess(t *testing.T) {
	in := install(t)
	in.add("alice", "alice-pw", aliceKey)
	in.add("bob", "", []byte("bob-bob-bob-bob-1234"))
	code := in.code(aliceKey)
	in.want(in.begin("nps", "alice", code, 1), authn.Allow, authn.ReasonCodeRight)
	in.wait(time.Hour) // from now on she is remembered
	code = in.code(aliceKey)
	allowed := in.begin("nps", "alice", code, 2)
	in.want(allowed, authn.Allow, authn.ReasonCodeRight)
	refused := in.begin("nps", "bob", "000000", 3)
	in.want(refused, authn.Deny, authn.ReasonCodeWrong)
	for range 10 {
		in.wait(5 * time.Second)
		for _, tc := range []struct {
			user, code string
			once       byte
			old        authn.Decision
		}{{"alice", code, 2, allowed}, {"bob", "000000", 3, refused}} {
			d := in.begin("nps", tc.user, tc.code, tc.once)
			if d.Outcome != tc.old.Outcome || d.SignIn != tc.old.SignIn || d.Reason != tc.old.Reason {
				t.Fatalf("%s: before %+v\nafter  %+v", tc.user, tc.old, d)
			}
		}
	}
	r, _, err := in.store.Person(t.Context(), "bob", true)
	if err != nil || r.Standing.Codes.Wrong != 1 {
		t.Errorf("counted: %+v, %v", r.Standing.Codes, err)
	}
	in.want(in.begin("nps", "alice", code, 4), authn.Deny, authn.ReasonCodeReused)
}

// An answer to a question is no different.
func TestARetransmittedReplyGetsItsOldAnswer(t *testing.T) {
	in := install(t)
	in.add("alice", "alice-pw", aliceKey)
	asked := in.begin("vpn", "alice", "alice-pw", 1)
	allowed := in.answer("vpn", "alice", asked.Handle, in.code(aliceKey), 2)
	in.want(allowed, authn.Allow, authn.ReasonCodeRight)
	in.wait(time.Second)
	again := in.answer("vpn", "alice", asked.Handle, in.code(aliceKey), 2)
	if again.Outcome != authn.Allow || again.SignIn != allowed.SignIn {
		t.Errorf("%+v", again)
	}
	in.want(in.answer("vpn", "alice", asked.Handle, in.code(aliceKey), 3), authn.Deny, authn.ReasonStateUnknown)
}

func TestAFloodOfQuestionsEvictsNobodyElses(t *testing.T) {
	in := install(t)
	in.add("alice", "alice-pw", aliceKey)
	mine := in.begin("vpn", "alice", "alice-pw", 1)
	ctx := t.Context()
	for i := range 20 {
		d, err := in.Begin(ctx, authn.Request{
			Door: authn.DoorRADIUS, Client: "vpn", Username: "alice", Password: secret.New("alice-pw"),
			Source: authn.Source{Peer: "192.0.2.1", Station: "198.51.100.66"}, Once: audit.Once{byte(100 + i)},
		})
		if err != nil || d.Outcome != authn.Ask {
			t.Fatalf("%d: %v, %v", i, d.Reason, err)
		}
	}
	in.want(in.answer("vpn", "alice", mine.Handle, in.code(aliceKey), 2), authn.Allow, authn.ReasonCodeRight)
}

func TestAMuteDoorMailsTheLinkOnceAnHour(t *testing.T) {
	in := install(t)
	in.add("bob", "bob-pw", nil)
	mails := func() int {
		t.Helper()
		page, err := in.store.FindMails(t.Context(), operator.MailQuery{Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		return len(page)
	}
	in.want(in.begin("mute", "bob", "bob-pw", 1), authn.Deny, authn.ReasonNotEnrolled)
	in.want(in.begin("nps", "bob", "123456", 2), authn.Deny, authn.ReasonNotEnrolled)
	if n := mails(); n != 1 {
		t.Errorf("%d mails", n)
	}
	in.wait(time.Hour)
	in.want(in.begin("mute", "bob", "bob-pw", 3), authn.Deny, authn.ReasonNotEnrolled)
	if n := mails(); n != 2 {
		t.Errorf("%d mails after an hour", n)
	}
}
