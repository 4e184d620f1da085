package authn

import (
	"testing"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/policy"
)

func BenchmarkDecideCodeRight(b *testing.B) {
	f := Facts{
		Client: policy.Client{Name: "vpn", FirstFactor: policy.FirstNone, Code: policy.CodeChallenge},
		Record: &Record{
			Person:  &directory.Person{ID: 1, Username: "alice", Key: "alice"},
			Factors: []factor.Factor{{ID: 10, Person: 1, Kind: factor.TOTP, CodeDigits: 6}},
		},
		Door: DoorRADIUS, Username: "alice", Key: "alice",
		Evidence: Evidence{Code: CodeEvidence{Finding: CodeRight, Kind: factor.TOTP, Factor: 10, Step: 1}},
	}
	b.ReportAllocs()
	for b.Loop() {
		if decide(f, testNow).Outcome != Allow {
			b.Fatal("not allowed")
		}
	}
}
