package bench

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/directory/ldap"
	"example.com/muster/internal/directory/ldapsync"
	"example.com/muster/internal/secret"
	"example.com/muster/test/testkit"
)

// bindConnections is how many connections bind at a time, on either side.
const bindConnections = 16

// errRefused: a bind that must succeed did not.
var errRefused = errors.New("a bind was refused")

// source is a directory as it would be configured, with its password.
type source struct {
	directory.Source
	password string
	pki      *testkit.PKI
}

func sourceOfSlapd(t testing.TB, s *testkit.Slapd) source {
	return source{directory.Source{
		ID: 1, Name: "openldap", Preset: directory.OpenLDAP, Servers: []string{s.URL}, Base: testkit.SlapdPeople,
		CA: testkit.ReadFile(t, s.PKI.CAFile), BindDN: testkit.SlapdService, Attributes: directory.OpenLDAP.Attributes(),
	}, testkit.SlapdServicePassword, s.PKI}
}

func sourceOfSamba(t testing.TB, s *testkit.Samba) source {
	return source{directory.Source{
		ID: 2, Name: "ad", Preset: directory.ActiveDirectory, Servers: []string{s.URL}, Base: testkit.SambaBase,
		CA: testkit.ReadFile(t, s.PKI.CAFile), BindDN: testkit.SambaService, Attributes: directory.ActiveDirectory.Attributes(),
	}, testkit.SambaServicePassword, s.PKI}
}

func (s source) open(t testing.TB) *ldapsync.Directories {
	d := &ldapsync.Directories{
		Unseal: func(directory.Source) (secret.Text, error) { return secret.New(s.password), nil },
		Now:    time.Now, Limits: ldap.Limits{Binds: bindConnections, Operation: time.Minute},
	}
	t.Cleanup(d.Close)
	return d
}

// readAll reads everybody as a synchronisation does, and returns how long it
// took and who came.
func (s source) readAll(t testing.TB, d *ldapsync.Directories) (took time.Duration, count int) {
	t.Helper()
	start := time.Now()
	_, err := d.Read(t.Context(), s.Source, directory.Item{}, nil, nil, func(changes []directory.EntryChange) error {
		count += len(changes)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return time.Since(start), count
}

// twelve are the attributes that are read, all that writePerson gives.
var twelve = []string{
	"uid", "cn", "sn", "givenName", "displayName", "mail", "telephoneNumber", "mobile", "preferredLanguage",
	"employeeNumber", "title", "entryUUID",
}

// timed returns how long something takes.
func timed(do func()) time.Duration {
	start := time.Now()
	do()
	return time.Since(start)
}

// directoryReads measures reading both kinds of directory against ldapsearch
// in pages, in the same rounds.
func directoryReads(t testing.TB, report *table, rounds, people int) {
	slapd := testkit.StartSlapd(t, testkit.SlapdOptions{People: people})
	openLDAP := sourceOfSlapd(t, slapd)
	openLDAP.Attributes.DisplayName, openLDAP.Attributes.Manager = "displayName", "title"
	samba := testkit.StartSamba(t)
	samba.Fill(people/10, "")
	ad := sourceOfSamba(t, samba)
	var theirs, ours, theirsAD, oursAD []float64
	for range rounds {
		theirs = append(theirs, timed(func() { slapd.Ldapsearch(twelve...) }).Seconds())
		took, count := openLDAP.readAll(t, openLDAP.open(t))
		if count != people {
			t.Fatalf("%d people of %d", count, people)
		}
		ours = append(ours, took.Seconds())
		theirsAD = append(theirsAD, timed(func() { samba.Ldapsearch() }).Seconds())
		took, _ = ad.readAll(t, ad.open(t))
		oursAD = append(oursAD, took.Seconds())
	}
	report.line("| ldapsearch, OpenLDAP | %.0f | | | | |", float64(people)/median(theirs, itself))
	report.line("| reading, OpenLDAP | %.0f | | | | |", float64(people)/median(ours, itself))
	report.line("| ldapsearch, Active Directory | %.0f | | | | |", float64(people/10)/median(theirsAD, itself))
	report.line("| reading, Active Directory | %.0f | | | | |", float64(people/10)/median(oursAD, itself))
	report.atMost("reading all people of OpenLDAP, twelve attributes, against ldapsearch in pages", "×", 2.5, 1.4,
		median(ours, itself)/median(theirs, itself))
	report.atMost("reading a tenth as many people of Active Directory against ldapsearch in pages", "×", 3, 1.5,
		median(oursAD, itself)/median(theirsAD, itself))
}

// directoryBinds measures binds as persons whose names are known, through the
// pool and through go-ldap on as many connections.
func directoryBinds(t testing.TB, report *table, rounds int) {
	const people, span = 1000, 3 * time.Second
	slapd := testkit.StartSlapd(t, testkit.SlapdOptions{People: people})
	s := sourceOfSlapd(t, slapd)
	connections, _, err := s.open(t).Of(s.Source)
	if err != nil {
		t.Fatal(err)
	}
	ours := func(int) func(name string) error {
		return func(name string) error {
			v, err := connections.Bind(context.Background(), name, secret.New(testkit.SlapdPassword))
			if err == nil && v.Outcome != ldap.Right {
				err = errRefused
			}
			return err
		}
	}
	bare := make([]*goldap.Conn, bindConnections)
	for i := range bare {
		if bare[i], err = goldap.DialURL(slapd.URL, goldap.DialWithTLSConfig(&tls.Config{RootCAs: s.pki.Roots, MinVersion: tls.VersionTLS12})); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = bare[i].Close() }()
	}
	theirs := func(i int) func(name string) error {
		return func(name string) error { return bare[i].Bind(name, testkit.SlapdPassword) }
	}
	var oursRates, theirRates []float64
	for range rounds {
		theirRates = append(theirRates, bindRate(t, people, span, theirs))
		oursRates = append(oursRates, bindRate(t, people, span, ours))
	}
	report.line("| binds, go-ldap alone | %.0f | | | | |", median(theirRates, itself))
	report.line("| binds, through the pool | %.0f | | | | |", median(oursRates, itself))
	report.atLeast("binds as known persons through the pool against go-ldap alone, 16 connections each", "×", 0.3, 0.45,
		median(oursRates, itself)/median(theirRates, itself))
}

// bindRate returns binds a second.
func bindRate(t testing.TB, people int, span time.Duration, binder func(i int) func(name string) error) float64 {
	t.Helper()
	counts := make([]int, bindConnections)
	var wait sync.WaitGroup
	end := time.Now().Add(span)
	for i := range counts {
		wait.Go(func() {
			bind := binder(i)
			for who := i; time.Now().Before(end); who = (who + bindConnections) % people {
				if err := bind(fmt.Sprintf("uid=u%06d,%s", who, testkit.SlapdPeople)); err != nil {
					t.Error(err)
					return
				}
				counts[i]++
			}
		})
	}
	wait.Wait()
	total := 0
	for _, n := range counts {
		total += n
	}
	return float64(total) / span.Seconds()
}
