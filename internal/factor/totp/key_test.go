package totp_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"

	"example.com/muster/internal/factor/totp"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
)

func TestGenerate(t *testing.T) {
	for a, size := range map[totp.Algorithm]int{totp.SHA1: 20, totp.SHA256: 32, totp.SHA512: 64} {
		key, err := totp.Generate(rand.Reader, totp.Params{Algorithm: a})
		if err != nil || len(key.Reveal()) != size {
			t.Errorf("%v: %d octets, %v", a, len(key.Reveal()), err)
		}
	}
	broken := errors.New("no entropy")
	if key, err := totp.Generate(iotest.ErrReader(broken), totp.Defaults()); !errors.Is(err, broken) || !key.Empty() {
		t.Errorf("error is %v", err)
	}
	if _, err := totp.Generate(strings.NewReader("short"), totp.Defaults()); err == nil {
		t.Error("half a secret was made")
	}
}

func TestFormatBase32(t *testing.T) {
	got := totp.FormatBase32(secret.NewBytes([]byte("12345678901234567890"))).Reveal()
	if got != "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ" {
		t.Errorf("%q", got)
	}
}

func TestParseBase32(t *testing.T) {
	want := []byte("12345678901234567890")
	for _, text := range []string{
		"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
		"gezdgnbvgy3tqojqgezdgnbvgy3tqojq",
		" GEZD GNBV-GY3T\u00a0QOJQ GEZD GNBV GY3T QOJQ\n",
		"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ======",
	} {
		if got, err := totp.ParseBase32(secret.New(text)); err != nil || !bytes.Equal(got.Reveal(), want) {
			t.Errorf("%q: %x, %v", text, got.Reveal(), err)
		}
	}
	for name, text := range map[string]string{
		"empty":            "",
		"72 bits":          "GEZDGNBVGY3TQOI",
		"more than a key":  strings.Repeat("GEZDGNBV", 26),
		"far more":         strings.Repeat("GEZDGNBV", 1000),
		"a digit 1":        "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ1",
		"other letters":    "ÄEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
		"padding inside":   "GEZDGNBV==GY3TQOJQGEZDGNBVGY3TQOJQ",
		"an odd character": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQA",
		"a NUL":            "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ\x00",
	} {
		_, err := totp.ParseBase32(secret.New(text))
		if problem.KindOf(err) != problem.Invalid || err == nil {
			t.Errorf("%s: %v", name, err)
		} else if strings.Contains(err.Error(), "GEZD") {
			t.Errorf("%s: the error shows the secret: %v", name, err)
		}
	}
}

func TestWhatIsFormattedIsParsed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOfN(rapid.Byte(), 10, 128).Draw(t, "key")
		shown := totp.FormatBase32(secret.NewBytes(key)).Reveal()
		if rapid.Bool().Draw(t, "lower") {
			shown = strings.ToLower(shown)
		}
		got, err := totp.ParseBase32(secret.New(shown))
		if err != nil || !bytes.Equal(got.Reveal(), key) {
			t.Fatalf("%q: %x, %v", shown, got.Reveal(), err)
		}
	})
}

// What parses is within bounds and survives being shown.
func FuzzParseBase32(f *testing.F) {
	f.Add("GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ")
	f.Add("gezdgnbvgy3tqojq====")
	f.Add("JBSWY3DPEHPK3PXP")
	f.Fuzz(func(t *testing.T, text string) {
		key, err := totp.ParseBase32(secret.New(text))
		if err != nil {
			return
		}
		if n := len(key.Reveal()); n < 10 || n > 128 {
			t.Errorf("%d octets", n)
		}
		again, err := totp.ParseBase32(totp.FormatBase32(key))
		if err != nil || !again.Equal(key) {
			t.Errorf("%q does not survive: %v", text, err)
		}
	})
}

func TestURI(t *testing.T) {
	key := secret.NewBytes([]byte("12345678901234567890"))
	got := totp.URI("Smith & <Sons>", "alice@example.com", key, totp.Defaults()).Reveal()
	want := "otpauth://totp/Smith%20%26%20%3CSons%3E:alice%40example.com" +
		"?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Smith%20%26%20%3CSons%3E&algorithm=SHA1&digits=6&period=30"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// Any names come back from a URL parser, but for colons and space around them.
func TestURIRoundTrip(t *testing.T) {
	key := secret.NewBytes([]byte("12345678901234567890"))
	p := totp.Params{Algorithm: totp.SHA512, Digits: 8, Period: time.Minute}
	rapid.Check(t, func(t *rapid.T) {
		issuer, account := rapid.String().Draw(t, "issuer"), rapid.String().Draw(t, "account")
		u, err := url.Parse(totp.URI(issuer, account, key, p).Reveal())
		if err != nil {
			t.Fatal(err)
		}
		plain := func(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, ":", " ")) }
		label := plain(account)
		if plain(issuer) != "" {
			label = plain(issuer) + ":" + label
		}
		q := u.Query()
		if u.Scheme != "otpauth" || u.Host != "totp" || strings.TrimPrefix(u.Path, "/") != label ||
			q.Get("issuer") != plain(issuer) || q.Get("secret") != "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" ||
			q.Get("algorithm") != "SHA512" || q.Get("digits") != "8" || q.Get("period") != "60" {
			t.Fatalf("%q, %q: %s", issuer, account, u)
		}
	})
}
