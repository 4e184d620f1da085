package recovery_test

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"example.com/muster/internal/factor/recovery"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
)

// keyed stands for the keyring's MAC.
func keyed(purpose string, parts ...[]byte) [32]byte {
	h := hmac.New(sha256.New, []byte("test key"))
	h.Write([]byte(purpose))
	for _, p := range parts {
		h.Write([]byte{byte(len(p))})
		h.Write(p)
	}
	return [32]byte(h.Sum(nil))
}

func generate(t *testing.T, count int) (codes []secret.Text, hashes []recovery.Hash) {
	t.Helper()
	codes, err := recovery.Generate(rand.Reader, count)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range codes {
		h, err := recovery.HashOf(keyed, "alice", c)
		if err != nil {
			t.Fatal(err)
		}
		hashes = append(hashes, h)
	}
	return codes, hashes
}

func TestGenerate(t *testing.T) {
	shape := regexp.MustCompile(`^[0-9a-hjkmnp-tv-z]{5}-[0-9a-hjkmnp-tv-z]{5}$`)
	seen := map[string]bool{}
	for _, count := range []int{recovery.MinCount, recovery.DefaultCount, recovery.MaxCount} {
		codes, _ := generate(t, count)
		if len(codes) != count {
			t.Errorf("%d codes, want %d", len(codes), count)
		}
		for _, c := range codes {
			if !shape.MatchString(c.Reveal()) || seen[c.Reveal()] {
				t.Errorf("code %q", c.Reveal())
			}
			seen[c.Reveal()] = true
		}
	}
	for _, count := range []int{-1, 0, 3, 21} {
		if _, err := recovery.Generate(rand.Reader, count); problem.KindOf(err) != problem.Invalid || err == nil {
			t.Errorf("%d codes: %v", count, err)
		}
	}
	broken := errors.New("no entropy")
	if _, err := recovery.Generate(iotest.ErrReader(broken), 10); !errors.Is(err, broken) {
		t.Errorf("error is %v", err)
	}
}

// Every character of a code can be any of the 32: 50 bits a code.
func TestEveryCharacterIsUsedEverywhere(t *testing.T) {
	var seen [10]map[byte]bool
	for i := range seen {
		seen[i] = map[byte]bool{}
	}
	for range 100 {
		codes, _ := generate(t, 20)
		for _, c := range codes {
			for i, b := range []byte(strings.ReplaceAll(c.Reveal(), "-", "")) {
				seen[i][b] = true
			}
		}
	}
	for i := range seen {
		if len(seen[i]) != 32 {
			t.Errorf("place %d has %d characters", i, len(seen[i]))
		}
	}
}

func TestGenerateNeverRepeatsACode(t *testing.T) {
	stuck := strings.NewReader(strings.Repeat("AAAAAAAAAA", 3) + "BBBBBBBBBBCCCCCCCCCCDDDDDDDDDD")
	codes, err := recovery.Generate(stuck, 4)
	if err != nil {
		t.Fatal(err)
	}
	if codes[0].Equal(codes[1]) {
		t.Error("two codes are the same")
	}
}

func TestMatch(t *testing.T) {
	codes, hashes := generate(t, 10)
	for i, c := range codes {
		if got, ok := recovery.Match(keyed, "alice", hashes, c); !ok || got != i {
			t.Errorf("code %d: %d, %v", i, got, ok)
		}
		if _, ok := recovery.Match(keyed, "bob", hashes, c); ok {
			t.Errorf("code %d opens for somebody else", i)
		}
	}
	others, _ := generate(t, 10)
	for _, c := range others {
		if _, ok := recovery.Match(keyed, "alice", hashes, c); ok {
			t.Errorf("a foreign code is good")
		}
	}
	if _, ok := recovery.Match(keyed, "alice", nil, codes[0]); ok {
		t.Error("a code is good without hashes")
	}
	if _, ok := recovery.Match(keyed, "alice", make([]recovery.Hash, 3), secret.Text{}); ok {
		t.Error("nothing is a code")
	}
}

func TestHowPeopleType(t *testing.T) {
	code := secret.New("0a1bc-de10f")
	hash, err := recovery.HashOf(keyed, "alice", code)
	if err != nil {
		t.Fatal(err)
	}
	for _, typed := range []string{
		"0a1bcde10f", "0A1BC-DE10F", " 0a1bc de10f\n", "oaIbc-delof", "OALBC\u2013DEiOF", "0-a-1-b-c-d-e-1-0-f", "0a1bc\u00a0de10f",
	} {
		if _, ok := recovery.Match(keyed, "alice", []recovery.Hash{hash}, secret.New(typed)); !ok {
			t.Errorf("%q is refused", typed)
		}
	}
	for _, typed := range []string{
		"", "0a1bc-de10", "0a1bc-de10ff", "0a1bc-de10u", "0a1bc_de10f", "0a1bc-de10\x00", "0a1bc-de10\xff", "ߋa1bcde10f", "123456", "12345678",
		strings.Repeat(" ", 100) + "0a1bcde10f",
	} {
		if recovery.LooksLikeCode(secret.New(typed)) {
			t.Errorf("%q looks like a code", typed)
		}
		if _, err := recovery.HashOf(keyed, "alice", secret.New(typed)); problem.KindOf(err) != problem.Invalid || err == nil {
			t.Errorf("%q: %v", typed, err)
		}
	}
}

// However a code is mangled by a keyboard, it is found at its own place.
func TestMatchProperty(t *testing.T) {
	codes, hashes := generate(t, 10)
	rapid.Check(t, func(t *rapid.T) {
		i := rapid.IntRange(0, len(codes)-1).Draw(t, "code")
		var typed strings.Builder
		for _, r := range codes[i].Reveal() {
			s := string(r)
			switch {
			case s == "0":
				s = rapid.SampledFrom([]string{"0", "o", "O"}).Draw(t, "zero")
			case s == "1":
				s = rapid.SampledFrom([]string{"1", "i", "I", "l", "L"}).Draw(t, "one")
			case s == "-":
				s = rapid.SampledFrom([]string{"", "-", " ", " - "}).Draw(t, "gap")
			case rapid.Bool().Draw(t, "upper"):
				s = strings.ToUpper(s)
			}
			typed.WriteString(s)
		}
		if got, ok := recovery.Match(keyed, "alice", hashes, secret.New(typed.String())); !ok || got != i {
			t.Fatalf("%q: %d, %v", typed.String(), got, ok)
		}
	})
}

// A text matches exactly when it has the hash of a code.
func FuzzMatch(f *testing.F) {
	hash, err := recovery.HashOf(keyed, "alice", secret.New("0a1bc-de10f"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add("0a1bc-de10f")
	f.Add("OAIBC DELOF")
	f.Add("123456")
	f.Fuzz(func(t *testing.T, typed string) {
		_, ok := recovery.Match(keyed, "alice", []recovery.Hash{hash}, secret.New(typed))
		h, err := recovery.HashOf(keyed, "alice", secret.New(typed))
		if ok != (err == nil && h == hash) || recovery.LooksLikeCode(secret.New(typed)) != (err == nil) {
			t.Errorf("%q: match %v, error %v", typed, ok, err)
		}
	})
}
