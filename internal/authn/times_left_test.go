package authn

import (
	"testing"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/policy"
)

// TestHowOftenOneMayWaitIsTold, and that one may not any more.
func TestHowOftenOneMayWaitIsTold(t *testing.T) {
	due := testNow.Add(enrollment.Day)
	for _, tc := range []struct {
		left    int
		message Message
		want    Invite
	}{
		{-1, MessagePostpone, Invite{MayPostpone: true, Due: due}},
		{2, MessagePostpone, Invite{MayPostpone: true, TimesLeft: 2, Due: due}},
		{0, MessageEnroll, Invite{UsedUp: true, Due: due}},
	} {
		f := Facts{
			Client: policy.Client{Name: "vpn", FirstFactor: policy.FirstDirectory, Code: policy.CodeChallenge, Unenrolled: policy.UnenrolledEnroll},
			Door:   DoorRADIUS, Username: "alice", Key: "alice",
			Record: &Record{
				Person: &directory.Person{ID: 1, Username: "alice", Key: "alice", PasswordEnrollsUntil: due},
				Requirements: []policy.Requirement{{
					Period: 3, Duty: policy.InPeriod, Factor: policy.WantTOTP, Due: due, PostponeLeft: tc.left,
				}},
			},
			Evidence: Evidence{Password: PasswordRight},
		}
		if d := decide(f, testNow); d.Outcome != Enroll || d.Message != tc.message || d.Invite == nil || *d.Invite != tc.want {
			t.Errorf("%d left: %v, %s, %+v", tc.left, d.Outcome, d.Message, d.Invite)
		}
	}
}

// TestWhoNeedsALinkHearsSo, where a prompt shows texts: after the right password,
// when they may not wait any more and may not enroll by it.
func TestWhoNeedsALinkHearsSo(t *testing.T) {
	due := testNow.Add(enrollment.Day)
	for _, tc := range []struct {
		name     string
		code     policy.CodePlace
		password PasswordEvidence
		message  Message
		language string
	}{
		{"a prompt", policy.CodeChallenge, PasswordRight, MessageNeedsLink, "de"},
		{"no prompt", policy.CodeAppend, PasswordRight, MessageRefused, ""},
		{"a wrong password", policy.CodeChallenge, PasswordWrong, MessageRefused, ""},
	} {
		f := Facts{
			Client: policy.Client{Name: "vpn", FirstFactor: policy.FirstDirectory, Code: tc.code, Unenrolled: policy.UnenrolledEnroll},
			Door:   DoorRADIUS, Username: "alice", Key: "alice",
			Record: &Record{
				Person:       &directory.Person{ID: 1, Username: "alice", Key: "alice", Email: "alice@example.com", Language: "de"},
				Requirements: []policy.Requirement{{Period: 3, Duty: policy.InPeriod, Factor: policy.WantTOTP, Due: due}},
			},
			Evidence: Evidence{Password: tc.password},
		}
		if d := decide(f, testNow); d.Outcome != Deny || d.Message != tc.message || d.Language != tc.language {
			t.Errorf("%s: %v, %s in %q (%s)", tc.name, d.Outcome, d.Message, d.Language, d.Reason)
		}
	}
}
