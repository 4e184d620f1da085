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
func signInsAt(people []person, counter int64) []signIn {
	signIns := make([]signIn, len(people))
	for i := range people {
		signIns[i] = signIn{people[i].name, people[i].code(counter)}
	}
	return signIns
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
