package operator_test

import (
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"strings"
	"testing"

	"example.com/muster/internal/operator"
)

// BenchmarkImport imports 100,000 people with an authenticator each.
func BenchmarkImport(b *testing.B) {
	var file strings.Builder
	file.WriteString("username,display_name,email,groups,totp_secret\n")
	var key [20]byte
	for i := range 100_000 {
		rand.Read(key[:])
		fmt.Fprintf(&file, "user%06d,User %d,user%06d@example.com,vpn;staff,%s\n", i, i, i, base32.StdEncoding.EncodeToString(key[:]))
	}
	for b.Loop() {
		b.StopTimer()
		o := newOffice(b)
		b.StartTimer()
		report, err := o.ImportUsers(b.Context(), local, strings.NewReader(file.String()), operator.ImportOptions{})
		if err != nil || report.Added != 100_000 {
			b.Fatalf("added %d: %v", report.Added, err)
		}
	}
}
