package notify

import (
	"strconv"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
)

// Sample is a made-up message: to see what a kind of message looks like.
type Sample struct {
	Name    string // the kind, and the form of it
	Message Message
	Phone   string // of whom it goes to
}

// To returns whom a sample goes to.
func (s Sample) To(language string) *directory.Person {
	return &directory.Person{
		ID: s.Message.Person, Username: "alice", DisplayName: "Alice Example", Email: "alice@example.com",
		Phone: s.Phone, Language: language,
	}
}

// SampleOf returns the first form of a kind, the one with the most to tell; ok
// is false if there is no such kind.
func SampleOf(kind Kind, now time.Time, publicURL string) (s Sample, ok bool) {
	for _, s = range Samples(now, publicURL) {
		if s.Message.Kind == kind {
			return s, true
		}
	}
	return Sample{}, false
}

// Samples returns every kind of message as it may be written at now, in each
// of its forms, with what those who write it put in.
func Samples(now time.Time, publicURL string) []Sample {
	at := now.Add(-5 * time.Minute).UTC().Format(time.RFC3339)
	until := now.Add(24 * time.Hour).UTC().Format(time.RFC3339)
	enroll, notMe := publicURL+"/e#K7MQ-2PXZ", publicURL+"/not-me"
	var list []Sample
	add := func(name string, kind Kind, data map[string]string) {
		list = append(list, Sample{Name: name, Message: Message{ID: id.At(now), Kind: kind, Person: 1, Data: data}})
	}
	plain := func(kind Kind, data map[string]string) { add(string(kind), kind, data) }

	configured := map[string]string{"at": at, "by": "bob"}
	list = append(list, Sample{"configured-phone", Message{ID: id.At(now), Kind: Configured, Person: 1, Data: configured}, "+4915112345678"})
	plain(Configured, configured)
	plain(Ready, configured)
	add("enroll-link-door", EnrollLink, map[string]string{
		"at": at, "client": "vpn", "address": "192.0.2.7", "code": "K7MQ-2PXZ", "url": enroll, "until": until,
	})
	plain(EnrollLink, map[string]string{"at": at, "by": "bob", "code": "K7MQ-2PXZ", "url": enroll, "until": until})
	plain(EnrollAnew, map[string]string{
		"at": at, "by": "bob", "code": "K7MQ-2PXZ", "url": enroll, "until": until, "due": now.Add(7 * 24 * time.Hour).UTC().Format(time.RFC3339),
	})
	const token = "0abcdefghjkmn234567"
	plain(FactorAdded, map[string]string{"at": at, "address": "192.0.2.7", "url": notMe, "token": token, "until": until})
	add("factor-added-for-you", FactorAdded, map[string]string{"at": at, "address": "uid 0", "url": notMe, "token": token, "until": until})
	plain(FactorRemoved, map[string]string{"at": at, "by": "local", "label": "Old phone", "address": "192.0.2.7", "url": notMe, "token": token, "until": until})
	plain(RecoveryUsed, map[string]string{"at": at, "client": "vpn", "address": "192.0.2.7"})
	plain(AuthenticatorNeeded, map[string]string{"at": at, "client": "vpn", "address": "192.0.2.7"})
	plain(PersonReset, map[string]string{"at": at, "by": "bob"})
	plain(PassIssued, map[string]string{"at": at, "by": "bob", "until": until})
	plain(BypassIssued, map[string]string{"at": at, "by": "bob", "until": until, "client": "vpn"})
	plain(AdminInvited, map[string]string{"at": at, "by": "local"})
	list = append(list, periodSamples(now, at, until, publicURL)...)
	return append(list, deskSamples(now, at)...)
}

func periodSamples(now time.Time, at, until, publicURL string) []Sample {
	of := func(name string, kind Kind, data map[string]string) Sample {
		return Sample{Name: name, Message: Message{ID: id.At(now), Kind: kind, Person: 1, Data: data}}
	}
	after := func(length time.Duration) string { return now.Add(length).UTC().Format(time.RFC3339) }
	return []Sample{
		of("required-now", RequiredNow, map[string]string{"at": at, "by": "bob", "factor": "totp"}),
		of("period-started", PeriodStarted, map[string]string{"at": at, "by": "bob", "until": after(14 * 24 * time.Hour), "length": "14", "factor": "totp"}),
		of("period-started-until", PeriodStarted, map[string]string{
			"at": at, "by": "bob", "until": until, "factor": "passkey", "url": publicURL + "/enroll?kind=passkey",
		}),
		of("period-started-hours", PeriodStarted, map[string]string{"at": at, "until": after(6 * time.Hour), "length": "6h0m0s", "factor": "totp"}),
		of("period-reminder", PeriodReminder, map[string]string{"until": until, "factor": "totp"}),
		of("period-expired", PeriodExpired, map[string]string{"at": at, "factor": "totp"}),
		of("period-extended", PeriodExtended, map[string]string{"until": until, "factor": "totp"}),
		of("period-reset", PeriodReset, map[string]string{"until": until, "factor": ""}),
		of("exempted", Exempted, map[string]string{"until": until, "factor": "totp", "owed": "yes"}),
		of("exempted-free", Exempted, map[string]string{"until": until}),
		of("requirement-lifted", RequirementLifted, map[string]string{"at": at, "factor": "totp"}),
	}
}

func deskSamples(now time.Time, at string) []Sample {
	of := func(kind Kind, data map[string]string) Sample {
		return Sample{Name: string(kind), Message: Message{ID: id.At(now), Kind: kind, Person: 1, Data: data}}
	}
	digest := map[string]string{"at": at, "since": now.AddDate(0, 0, -7).UTC().Format(time.RFC3339)}
	for i, n := range []int{1512, 1204, 311, 290, 120, 12, 6, 2, 3} {
		digest[counted[i]] = strconv.Itoa(n)
	}
	return []Sample{
		of(AdminReset, map[string]string{"at": at, "by": "bob", "user": "carol"}),
		of(FactorsPaused, map[string]string{"at": at, "address": "192.0.2.7", "user": "carol"}),
		of(HelpAsked, map[string]string{
			"at": at, "user": "carol", "client": "vpn", "address": "192.0.2.7", "state": "expired", "new": "yes",
		}),
		of(DirectoryRefused, map[string]string{
			"at": at, "directory": "corp", "account": "cn=muster,ou=Services,dc=example,dc=com",
			"said": "the directory refuses the service account: account locked",
		}),
		of(WeeklyDigest, digest),
		of(MailTest, map[string]string{"at": at, "by": "bob"}),
	}
}
