package bench

import (
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"example.com/muster/test/testkit"
)

// putOffAtLeast is how long a mail waits that a server does not take yet.
const putOffAtLeast = 20 * time.Second

// putOff is the excuse of a mail server that does not take some mails the first
// time.
type putOff struct {
	count int // how many

	mu    sync.Mutex
	first map[string]time.Time     // when each of them was refused
	again map[string]time.Duration // how long after that it came again
}

func newPutOff(count int) *putOff {
	return &putOff{count: count, first: map[string]time.Time{}, again: map[string]time.Duration{}}
}

// refuse refuses the first recipients, each once (RFC 5321 section 4.2.2).
func (p *putOff) refuse(to string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if refused, known := p.first[to]; known {
		p.again[to] = time.Since(refused)
		return nil
	}
	if len(p.first) >= p.count {
		return nil
	}
	p.first[to] = time.Now()
	return &smtp.SMTPError{Code: 450, EnhancedCode: smtp.EnhancedCode{4, 2, 0}, Message: "not now"}
}

// soonest is how long after it was refused the first mail came again.
func (p *putOff) soonest() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	soonest := time.Hour
	for _, after := range p.again {
		soonest = min(soonest, after)
	}
	return soonest
}

// mailQueue measures how many mails a second reach a server in the
// neighbourhood, with TLS, when a period starts for many; and that they take
// one connection, and that those which it does not take yet wait.
func mailQueue(t testing.TB, report *table, mails int) {
	pki := testkit.NewPKI(t, testkit.Scratch(t), "127.0.0.1")
	server := testkit.StartMailServer(t, pki, false)
	later := newPutOff(mails / 50)
	server.OnRecipient = later.refuse
	m := testkit.NewMuster(t, testkit.Settings{Mail: fmt.Sprintf("smtp: {host: 127.0.0.1, port: %d, tls: starttls, ca_file: %q, from: mfa@example.com}\n",
		server.Port, pki.CAFile)})
	m.Run("user", "import", testkit.WriteFile(t, filepath.Join(m.Dir, "people.csv"), addressedCSV(0, mails), 0o600))
	m.Start()
	m.Run("require", "--factor", "totp", "--days", "14", "--all")
	arrive := func(count int) {
		t.Helper()
		testkit.Eventually(t, 5*time.Minute, "the mails arrive", func() error {
			if n := len(server.Mails()); n < count {
				return fmt.Errorf("%d of %d are there", n, count)
			}
			return nil
		})
	}
	arrive(mails - later.count)
	connections := server.Connections()
	arrive(mails) // after a while, in which the connection ends
	if soonest := later.soonest(); soonest < putOffAtLeast {
		t.Errorf("a mail that the server would not take yet came again after %s", soonest)
	}
	arrived := server.Mails()[:mails-later.count]
	span := arrived[len(arrived)-1].At.Sub(arrived[0].At)
	report.atLeast("mails a second to a local server with TLS", "", 50, 300, float64(len(arrived)-1)/span.Seconds())
	report.atMost("connections that they took", "", 1, 1, float64(connections))
	report.line("| %d of %d mails were put off by the server with 450; the first came again after %s | | | | | |",
		later.count, mails, later.soonest().Round(time.Second))
	m.Server().Stop()
}
