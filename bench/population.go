package bench

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"time"
)

// step is the time step of TOTP, RFC 6238 section 4.1.
const step = 30 * time.Second

// person is one user of the population, with the secret of an authenticator.
type person struct {
	name   string
	secret [sha1.Size]byte
}

// populate makes the same users every time.
func populate(count int) []person {
	people := make([]person, count)
	for i := range people {
		people[i].name = fmt.Sprintf("user%06d", i)
		mac := hmac.New(sha1.New, []byte("example population"))
		mac.Write([]byte(people[i].name))
		mac.Sum(people[i].secret[:0])
	}
	return people
}

// base32 is the secret as configuration files carry it.
func (p *person) base32() string {
	return base32.StdEncoding.EncodeToString(p.secret[:])
}

// code is the six-digit code of a time step, RFC 4226 section 5.3.
func (p *person) code(counter int64) string {
	mac := hmac.New(sha1.New, p.secret[:])
	var message [8]byte
	binary.BigEndian.PutUint64(message[:], uint64(counter))
	mac.Write(message[:])
	sum := mac.Sum(nil)
	offset := sum[len(sum)-1] & 0x0f
	value := binary.BigEndian.Uint32(sum[offset:]) & 0x7fffffff
	return fmt.Sprintf("%06d", value%1_000_000)
}

// signInsAt are sign-ins of the people, one each, with their codes of a step.
// It leaves out the few whose authenticator shows the same digits twice within
// three steps. A code is accepted once, whichever step it is taken for: they
// would rightly be refused in one of two rounds that follow each other.
func signInsAt(people []person, counter int64) []signIn {
	signIns := make([]signIn, 0, len(people))
	for i := range people {
		if p := &people[i]; !p.repeats(counter) {
			signIns = append(signIns, signIn{p.name, p.code(counter)})
		}
	}
	return signIns
}

// repeats reports whether the code of a step is also that of another which the
// same window of one step either way can hold.
func (p *person) repeats(counter int64) bool {
	code := p.code(counter)
	for _, away := range [...]int64{-2, -1, 1, 2} {
		if p.code(counter+away) == code {
			return true
		}
	}
	return false
}

// freshStep waits for a step that is later than last and has room left, so
// that no run goes over its end: FreeRADIUS knows no window. It returns the
// step.
func freshStep(last int64, room time.Duration) int64 {
	for {
		now := time.Now()
		counter := now.UnixNano() / int64(step)
		left := step - time.Duration(now.UnixNano()%int64(step))
		if counter > last && left >= room {
			return counter
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// speed times a fixed piece of work, in nanoseconds. It tells how fast the
// machine is at this minute.
func speed() float64 {
	const turns = 200_000
	mac := hmac.New(sha1.New, []byte("speed"))
	var sum []byte
	start := time.Now()
	for range turns {
		mac.Reset()
		mac.Write([]byte("message"))
		sum = mac.Sum(sum[:0])
	}
	return float64(time.Since(start).Nanoseconds()) / turns
}
