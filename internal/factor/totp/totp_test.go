package totp_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"fmt"
	"hash"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"example.com/muster/internal/factor/totp"
	"example.com/muster/internal/problem"
)

const never = -1

// TestRFC4226AppendixD takes steps of 30 s for counters.
func TestRFC4226AppendixD(t *testing.T) {
	key, p := []byte("12345678901234567890"), totp.Defaults()
	for step, want := range []string{
		"755224", "287082", "359152", "969429", "338314",
		"254676", "287922", "162583", "399871", "520489",
	} {
		if got := totp.Code(key, p, int64(step)); got != want {
			t.Errorf("count %d: %s, want %s", step, got, want)
		}
	}
}

func TestRFC6238AppendixB(t *testing.T) {
	keys := map[totp.Algorithm]string{
		totp.SHA1:   "12345678901234567890",
		totp.SHA256: "12345678901234567890123456789012",
		totp.SHA512: "1234567890123456789012345678901234567890123456789012345678901234",
	}
	for _, tc := range []struct {
		seconds int64
		want    [3]string
	}{
		{59, [3]string{"94287082", "46119246", "90693936"}},
		{1111111109, [3]string{"07081804", "68084774", "25091201"}},
		{1111111111, [3]string{"14050471", "67062674", "99943326"}},
		{1234567890, [3]string{"89005924", "91819424", "93441116"}},
		{2000000000, [3]string{"69279037", "90698825", "38618901"}},
		{20000000000, [3]string{"65353130", "77737706", "47863826"}},
	} {
		for a, key := range keys {
			p := totp.Params{Algorithm: a, Digits: 8, Period: 30 * time.Second, Skew: 1}
			now := time.Unix(tc.seconds, 0)
			step := p.Step(now)
			if got := totp.Code([]byte(key), p, step); got != tc.want[a] {
				t.Errorf("%v at %d: %s, want %s", a, tc.seconds, got, tc.want[a])
			}
			if s, v := totp.Verify([]byte(key), p, tc.want[a], now, never); v != totp.Accepted || s != step {
				t.Errorf("%v at %d: step %d %v", a, tc.seconds, s, v)
			}
		}
	}
}

// Keys of any length, also longer than a block, against the standard library's HMAC.
func TestAgreesWithCryptoHMAC(t *testing.T) {
	hashes := map[totp.Algorithm]func() hash.Hash{totp.SHA1: sha1.New, totp.SHA256: sha256.New, totp.SHA512: sha512.New}
	rapid.Check(t, func(t *rapid.T) {
		p := drawParams(t)
		key := rapid.SliceOfN(rapid.Byte(), 1, 200).Draw(t, "key")
		step := rapid.Int64Range(0, math.MaxInt64).Draw(t, "step")

		h := hmac.New(hashes[p.Algorithm], key)
		_ = binary.Write(h, binary.BigEndian, step)
		sum := h.Sum(nil)
		n := binary.BigEndian.Uint32(sum[sum[len(sum)-1]&15:]) & 0x7fffffff
		want := fmt.Sprintf("%0*d", p.Digits, int64(n)%int64(math.Pow10(p.Digits)))
		if got := totp.Code(key, p, step); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
	})
}

func drawParams(t *rapid.T) totp.Params {
	return totp.Params{
		Algorithm: rapid.SampledFrom([]totp.Algorithm{totp.SHA1, totp.SHA256, totp.SHA512}).Draw(t, "algorithm"),
		Digits:    rapid.SampledFrom([]int{6, 8}).Draw(t, "digits"),
		Period:    rapid.SampledFrom([]time.Duration{30 * time.Second, time.Minute}).Draw(t, "period"),
		Skew:      rapid.IntRange(0, 3).Draw(t, "skew"),
	}
}

var (
	noon    = time.Date(2026, 3, 1, 12, 0, 10, 0, time.UTC)
	testKey = []byte("12345678901234567890")
)

func TestVerdicts(t *testing.T) {
	p := totp.Defaults()
	present := p.Step(noon)
	code := func(offset int64) string { return totp.Code(testKey, p, present+offset) }
	for _, tc := range []struct {
		name string
		code string
		last int64
		step int64
		want totp.Verdict
	}{
		{"present", code(0), never, present, totp.Accepted},
		{"one before", code(-1), never, present - 1, totp.Accepted},
		{"one after", code(1), never, present + 1, totp.Accepted},
		{"spent", code(0), present, present, totp.Reused},
		{"older than the spent one", code(-1), present, present - 1, totp.Reused},
		{"younger than the spent one", code(1), present, present + 1, totp.Accepted},
		{"the clock was set back an hour", code(0), present + 120, present, totp.Reused},
		{"two before", code(-2), never, present - 2, totp.Drifted},
		{"ten after", code(10), never, present + 10, totp.Drifted},
		{"two before, spent", code(-2), present, present - 2, totp.Drifted},
		{"eleven before", code(-11), never, 0, totp.Wrong},
		{"empty", "", never, 0, totp.Wrong},
		{"too short", code(0)[:5], never, 0, totp.Wrong},
		{"too long", code(0) + "0", never, 0, totp.Wrong},
		{"a sign", "+" + code(0)[1:], never, 0, totp.Wrong},
		{"a letter", code(0)[:5] + "O", never, 0, totp.Wrong},
		{"a NUL", code(0) + "\x00", never, 0, totp.Wrong},
		{"not UTF-8", code(0) + "\xff", never, 0, totp.Wrong},
		{"grouped", code(0)[:3] + " " + code(0)[3:], never, present, totp.Accepted},
		{"pasted", "\u00a0" + code(0) + "\r\n", never, present, totp.Accepted},
	} {
		step, verdict := totp.Verify(testKey, p, tc.code, noon, tc.last)
		if step != tc.step || verdict != tc.want {
			t.Errorf("%s: step %d %v, want %d %v", tc.name, step, verdict, tc.step, tc.want)
		}
	}
}

func TestDigitsOfOtherKeyboards(t *testing.T) {
	p := totp.Defaults()
	plain := totp.Code(testKey, p, p.Step(noon))
	for _, tc := range []struct {
		zero rune
		want totp.Verdict
	}{
		{'０', totp.Accepted},
		{'٠', totp.Accepted},
		{'۰', totp.Accepted},
		{'०', totp.Wrong},
		{'𝟎', totp.Wrong},
		{'₀', totp.Wrong},
	} {
		var typed []rune
		for _, r := range plain {
			typed = append(typed, r-'0'+tc.zero)
		}
		if _, v := totp.Verify(testKey, p, string(typed), noon, never); v != tc.want {
			t.Errorf("%s: %v, want %v", string(typed), v, tc.want)
		}
	}
}

// Whatever the order in which codes arrive, each step is spent at most once
// and no code is accepted a second time.
func TestNoCodeIsAcceptedTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawParams(t)
		key := rapid.SliceOfN(rapid.Byte(), 10, 64).Draw(t, "key")
		start := rapid.Int64Range(0, 1<<40).Draw(t, "start")
		last := int64(never)
		accepted := map[string]bool{}
		for range rapid.IntRange(1, 30).Draw(t, "tries") {
			now := time.Unix(start+rapid.Int64Range(-200, 200).Draw(t, "clock"), 0)
			code := totp.Code(key, p, max(p.Step(now)+rapid.Int64Range(-5, 5).Draw(t, "offset"), 0))
			step, verdict := totp.Verify(key, p, code, now, last)
			if verdict != totp.Accepted {
				continue
			}
			if step <= last || accepted[code] {
				t.Fatalf("step %d with code %s after step %d", step, code, last)
			}
			if far := step - p.Step(now); far < -int64(p.Skew) || far > int64(p.Skew) {
				t.Fatalf("step %d is %d from the present one", step, far)
			}
			last, accepted[code] = step, true
		}
	})
}

// Two steps of one window with the same code: found by search, once.
func TestACodeOfTwoStepsIsSpentForBoth(t *testing.T) {
	p := totp.Defaults()
	for step := int64(1); step < 10_000_000; step++ {
		code := totp.Code(testKey, p, step)
		if code != totp.Code(testKey, p, step+1) {
			continue
		}
		now := time.Unix(step*30, 0)
		spent, verdict := totp.Verify(testKey, p, code, now, never)
		if verdict != totp.Accepted || spent != step+1 {
			t.Fatalf("step %d %v, want %d", spent, verdict, step+1)
		}
		if _, again := totp.Verify(testKey, p, code, now, spent); again != totp.Reused {
			t.Fatalf("the second time: %v", again)
		}
		return
	}
	t.Fatal("no such pair")
}

func TestBeforeTheEpoch(t *testing.T) {
	p := totp.Defaults()
	if s := p.Step(time.Unix(-1, 0)); s != -1 {
		t.Errorf("step is %d", s)
	}
	if _, v := totp.Verify(testKey, p, "755224", time.Unix(-1, 0), never); v != totp.Accepted {
		t.Errorf("step 0, one after: %v", v)
	}
	if _, v := totp.Verify(testKey, p, "755224", time.Unix(-1e9, 0), never); v != totp.Wrong {
		t.Errorf("long before: %v", v)
	}
}

func TestValidate(t *testing.T) {
	if err := totp.Defaults().Validate(); err != nil {
		t.Error(err)
	}
	for _, spoil := range []func(*totp.Params){
		func(p *totp.Params) { p.Algorithm = 3 },
		func(p *totp.Params) { p.Digits = 7 },
		func(p *totp.Params) { p.Digits = 0 },
		func(p *totp.Params) { p.Period = 0 },
		func(p *totp.Params) { p.Period = 45 * time.Second },
		func(p *totp.Params) { p.Skew = -1 },
		func(p *totp.Params) { p.Skew = 4 },
	} {
		p := totp.Defaults()
		spoil(&p)
		if err := p.Validate(); problem.KindOf(err) != problem.Invalid || err == nil {
			t.Errorf("%+v: %v", p, err)
		}
	}
}

func TestAlgorithmNames(t *testing.T) {
	for _, a := range []totp.Algorithm{totp.SHA1, totp.SHA256, totp.SHA512} {
		if got, err := totp.ParseAlgorithm(a.String()); err != nil || got != a {
			t.Errorf("%v: %v, %v", a, got, err)
		}
	}
	if _, err := totp.ParseAlgorithm("MD5"); problem.KindOf(err) != problem.Invalid || err == nil {
		t.Errorf("MD5: %v", err)
	}
}

func TestVerifyAllocatesNothing(t *testing.T) {
	for _, a := range []totp.Algorithm{totp.SHA1, totp.SHA256, totp.SHA512} {
		p := totp.Defaults()
		p.Algorithm = a
		code := totp.Code(testKey, p, p.Step(noon))
		if n := testing.AllocsPerRun(100, func() { totp.Verify(testKey, p, code, noon, never) }); n != 0 {
			t.Errorf("%v: %v allocations", a, n)
		}
	}
}

// Whatever is typed, an accepted code is the code of the step returned.
func FuzzVerify(f *testing.F) {
	p := totp.Defaults()
	f.Add("755224", int64(0), int64(never))
	f.Add("287 082", int64(45), int64(0))
	f.Add("９６９４２９", int64(90), int64(3))
	f.Fuzz(func(t *testing.T, code string, seconds, last int64) {
		seconds &= 1<<40 - 1
		step, verdict := totp.Verify(testKey, p, code, time.Unix(seconds, 0), last)
		if verdict == totp.Wrong {
			return
		}
		plain := totp.Code(testKey, p, step)
		if _, again := totp.Verify(testKey, p, plain, time.Unix(seconds, 0), last); again != verdict {
			t.Errorf("%q is %v, plain %s is %v", code, verdict, plain, again)
		}
		if verdict == totp.Accepted && step <= last {
			t.Errorf("step %d accepted after %d", step, last)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	for _, a := range []totp.Algorithm{totp.SHA1, totp.SHA256, totp.SHA512} {
		b.Run(a.String(), func(b *testing.B) {
			p := totp.Defaults()
			p.Algorithm = a
			code := totp.Code(testKey, p, p.Step(noon))
			b.ReportAllocs()
			for b.Loop() {
				totp.Verify(testKey, p, code, noon, never)
			}
		})
	}
}
