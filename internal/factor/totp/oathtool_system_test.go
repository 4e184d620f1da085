//go:build system

package totp_test

import (
	"crypto/rand"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/muster/internal/factor/totp"
)

// oathtool (Debian package oathtool) is somebody else's RFC 6238.
func TestAgreesWithOathtool(t *testing.T) {
	for _, a := range []totp.Algorithm{totp.SHA1, totp.SHA256, totp.SHA512} {
		for _, digits := range []int{6, 8} {
			for _, period := range []time.Duration{30 * time.Second, time.Minute} {
				p := totp.Params{Algorithm: a, Digits: digits, Period: period}
				key, err := totp.Generate(rand.Reader, p)
				if err != nil {
					t.Fatal(err)
				}
				out, err := exec.Command("oathtool",
					"--totp="+strings.ToLower(a.String()), "--base32", "--digits="+strconv.Itoa(digits),
					"--time-step-size="+strconv.Itoa(int(period.Seconds()))+"s",
					"--now="+noon.Format("2006-01-02 15:04:05")+" UTC",
					totp.FormatBase32(key).Reveal()).CombinedOutput()
				if err != nil {
					t.Fatalf("oathtool: %v: %s", err, out)
				}
				if _, v := totp.Verify(key.Reveal(), p, string(out), noon, never); v != totp.Accepted {
					t.Errorf("%+v: oathtool's %s is %v", p, out, v)
				}
			}
		}
	}
}
