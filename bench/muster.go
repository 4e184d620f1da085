package bench

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"example.com/muster/test/testkit"
)

// The cost of a local password, RFC 9106 with the least that OWASP names.
const (
	argonTime   = 2
	argonMemory = 19 * 1024 // KiB
	argonLanes  = 1
	argonLength = 32
)

// localPassword is the password of every person without an authenticator.
const localPassword = "correct horse battery staple"

// withPasswords is how many people have a password and no authenticator.
const withPasswords = 400

// muster is the program under test with its population.
type muster struct {
	*testkit.Muster

	codes     load // a client that asks for the code alone
	passwords load // a client that asks for the password alone
	imported  time.Duration
}

// newMuster sets up an installation with the people imported and both clients
// known. It does not serve yet.
func newMuster(t testing.TB, database string, people []person) *muster {
	t.Helper()
	m := &muster{Muster: testkit.NewMuster(t, testkit.Settings{Database: database})}
	file := testkit.WriteFile(t, filepath.Join(m.Dir, "people.csv"), peopleCSV(people), 0o600)
	start := time.Now()
	m.Run("user", "import", file)
	m.imported = time.Since(start)
	m.Run("user", "import", testkit.WriteFile(t, filepath.Join(m.Dir, "passwords.csv"), passwordsCSV(t), 0o600))
	m.codes = m.addClient(t, "codes", "--first-factor", "none")
	m.passwords = m.addClient(t, "passwords", "--unenrolled", "pass")
	return m
}

func (m *muster) addClient(t testing.TB, name string, options ...string) load {
	t.Helper()
	const secret = "secret-of-the-bench"
	l := load{server: m.RADIUS, source: testkit.Loopback(t), secret: []byte(secret), inFlight: inFlight}
	m.Run(append([]string{"radius", "client", "add", name, "--address", l.source + "/32", "--secret-file", m.Secret(secret)}, options...)...)
	return l
}

// processes are those whose processor time is the program's; a database
// server's is added to it.
func (m *muster) processes(pg *testkit.Postgres) func() []int {
	return func() []int {
		if pg == nil {
			return []int{m.Server().Pid()}
		}
		return []int{m.Server().Pid(), pg.Pid()}
	}
}

func peopleCSV(people []person) string {
	var b bytes.Buffer
	b.WriteString("username,totp_secret\n")
	for i := range people {
		fmt.Fprintf(&b, "%s,%s\n", people[i].name, people[i].base32())
	}
	return b.String()
}

// passwordsCSV gives each of its people the same hash, made once.
func passwordsCSV(t testing.TB) string {
	t.Helper()
	salt := make([]byte, 16)
	if _, err := rand.Read(salt); err != nil {
		t.Fatal(err)
	}
	encode := base64.RawStdEncoding.EncodeToString
	hash := fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonLanes,
		encode(salt), encode(argon2.IDKey([]byte(localPassword), salt, argonTime, argonMemory, argonLanes, argonLength)))
	var b bytes.Buffer
	b.WriteString("username,password\n")
	for _, s := range passwordSignIns() {
		fmt.Fprintf(&b, "%s,\"%s\"\n", s.name, hash)
	}
	return b.String()
}

func passwordSignIns() []signIn {
	signIns := make([]signIn, withPasswords)
	for i := range signIns {
		signIns[i] = signIn{fmt.Sprintf("password%04d", i), localPassword}
	}
	return signIns
}

// bareArgon2id is how many password hashes a second this machine makes when it
// does nothing else, on as many cores as there are.
func bareArgon2id(cores int, during time.Duration) float64 {
	counts := make(chan int)
	start := time.Now()
	for range cores {
		go func() {
			n := 0
			for time.Since(start) < during {
				argon2.IDKey([]byte(localPassword), []byte("a salt of 16 by."), argonTime, argonMemory, argonLanes, argonLength)
				n++
			}
			counts <- n
		}()
	}
	total := 0
	for range cores {
		total += <-counts
	}
	return float64(total) / time.Since(start).Seconds()
}
