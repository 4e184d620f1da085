package storetest

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/instructions"
	"example.com/muster/internal/keyring"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/store"
)

// furnish puts something into every table.
func furnish(t testing.TB, s *store.Store, people int) {
	t.Helper()
	var entries []operator.Entry
	for i := range people {
		p := Somebody(fmt.Sprintf("user%d", i))
		p.Person.DisplayName = "Ünï \u2028 \"quoted\" <& \\" // whatever a name may have
		p.Password = []byte{0, 1, 255}
		entries = append(entries, operator.Entry{NewPerson: p})
	}
	_, err := s.PutPeople(t.Context(), entries, Entry("user.import", ""))
	must(t, err)
	must(t, s.SetMailTemplate(t.Context(), Filled[notify.Template](t), Entry("mail-template.set", "")))
	must(t, s.SetInstructions(t.Context(), Filled[instructions.Entry](t), time.Time{}, Entry("instructions.publish", "")))
	client := Filled[policy.Client](t)
	client.Browser = false
	must(t, s.AddRADIUSClient(t.Context(), client, Entry("radius-client.add", client.Name)))
	for i := range 3 {
		r := Find(t, s, fmt.Sprintf("user%d", i))
		q := Question(r, i)
		must(t, s.PutSession(t.Context(), someSession(t, r, byte(i))))
		must(t, s.PutPending(t.Context(), enrollment.Pending{Person: r.Person.ID, StartedAt: Start}))
		request := Filled[operator.HelpRequest](t)
		request.ID, request.Person, request.Username, request.ClosedAt = NextID(), r.Person.ID, r.Person.Username, time.Time{}
		must(t, s.AddHelpRequest(t.Context(), request, Entry("help.ask", r.Person.Username)))
		c := everything(r, q)
		c.Put.Hash[1], c.Invite.Code[1] = byte(i), byte(i)
		commit(t, s, c)
	}
}

// contents are what a backup must bring back.
type contents struct {
	People  []*authn.Record
	SignIns []audit.SignIn
	Changes []audit.Change
	Mails   []notify.Entry
	Clients []policy.Client
	Help    []operator.HelpRequest
	Words   []notify.Template
	Told    []instructions.Entry
}

func contentsOf(t testing.TB, s *store.Store) (c contents) {
	t.Helper()
	rows, err := s.FindPeople(t.Context(), operator.PeopleQuery{Now: Start})
	must(t, err)
	for _, row := range rows {
		r := Find(t, s, row.Person.Key)
		r.ReadAt, r.Open = time.Time{}, nil // questions are not kept
		c.People = append(c.People, r)
	}
	c.SignIns, err = s.FindSignIns(t.Context(), operator.SignInQuery{})
	must(t, err)
	c.Changes, err = s.FindChanges(t.Context(), operator.ChangeQuery{})
	must(t, err)
	c.Mails, err = s.FindMails(t.Context(), operator.MailQuery{})
	must(t, err)
	c.Clients, _, err = s.RADIUSClients(t.Context())
	must(t, err)
	c.Words, err = s.MailTemplates(t.Context())
	must(t, err)
	c.Told, err = s.Instructions(t.Context())
	must(t, err)
	c.Help, err = s.HelpRequests(t.Context(), operator.HelpQuery{})
	must(t, err)
	return c
}

// MoveHouse backs up a furnished database of one kind and restores it into
// one of another kind.
func MoveHouse(t *testing.T, from, into Database) {
	old := from.Open(t)
	furnish(t, old, 100)
	var file bytes.Buffer
	must(t, old.Backup(t.Context(), &file, []byte("keys"), Entry("backup", "")))
	want := contentsOf(t, old)

	fresh := into.Open(t, func(o *store.Options) { o.Keys = from.Options.Keys })
	Add(t, fresh, Somebody("user1")) // is replaced
	info, err := fresh.InspectBackup(t.Context(), bytes.NewReader(file.Bytes()))
	must(t, err)
	if info.People != 100 || string(info.Keys) != "keys" || !info.CreatedAt.Equal(later()) || info.Sealed == nil {
		t.Errorf("the backup says %+v", info)
	}
	before, err := fresh.RADIUSClientsRevision(t.Context())
	must(t, err)
	log := Entry("restore", "")
	must(t, fresh.Restore(t.Context(), bytes.NewReader(file.Bytes()), 7, log))
	if fit, err := fresh.HoldKeys(t.Context(), 7, false); !fit || err != nil {
		t.Errorf("the keys of the backup are not the ones: %v", err)
	}
	got := contentsOf(t, fresh)
	want.Changes = append([]audit.Change{log}, want.Changes...)
	same(t, "restored", want, got)
	if after, err := fresh.RADIUSClientsRevision(t.Context()); err != nil || after <= before {
		t.Errorf("nobody is told that the clients are others: %d after %d, %v", after, before, err)
	}
	if claims, err := fresh.Claim(t.Context(), Start.Add(time.Hour), Start.Add(2*time.Hour), 100); err != nil || len(claims) != 3 {
		t.Errorf("%d messages can be opened: %v", len(claims), err)
	}
	r := Find(t, fresh, "user50")
	commit(t, fresh, Allowed(r, 1))
}

// testBackup: a backup is one state although others write, and a damaged one
// is refused with nothing touched.
func testBackup(t *testing.T, d Database) {
	s := d.Open(t)
	furnish(t, s, 20)
	ctx, stop := context.WithCancel(t.Context())
	var busy sync.WaitGroup
	busy.Go(func() {
		for n := int64(0); ctx.Err() == nil; n++ {
			if err := s.Commit(t.Context(), Allowed(Find(t, s, "user15"), n)); err != nil {
				t.Error(err)
			}
		}
	})
	var file bytes.Buffer
	must(t, s.Backup(t.Context(), &file, nil, Entry("backup", "")))
	stop()
	busy.Wait()

	before := contentsOf(t, s)
	plain := unzip(t, file.Bytes())
	for name, damage := range map[string]func() []byte{
		"empty":              func() []byte { return nil },
		"no backup":          func() []byte { return []byte("a photograph of a cat") },
		"no gzip of ours":    func() []byte { return zip([]byte("{}\n")) },
		"cut":                func() []byte { return file.Bytes()[:file.Len()/2] },
		"cut between lines":  func() []byte { return zip(plain[:bytes.LastIndexByte(plain[:len(plain)-1], '\n')+1]) },
		"a row less":         func() []byte { return zip(withoutLine(plain, 5)) },
		"something behind":   func() []byte { return zip(append(bytes.Clone(plain), "x\n"...)) },
		"one letter changed": func() []byte { return zip(bytes.Replace(plain, []byte("user7"), []byte("user!"), 1)) },
		"a later format":     func() []byte { return zip(bytes.Replace(plain, []byte(`_backup":1`), []byte(`_backup":2`), 1)) },
		"another table first": func() []byte {
			return zip(bytes.Replace(plain, []byte(`"table":"person"`), []byte(`"table":"people"`), 1))
		},
		"no numbers": func() []byte { return zip(bytes.Replace(plain, []byte("\n["), []byte("\n[null,"), 1)) },
	} {
		bad := damage()
		for what, use := range map[string]func(io.Reader) error{
			"inspected": func(r io.Reader) error { _, err := s.InspectBackup(t.Context(), r); return err },
			"restored":  func(r io.Reader) error { return s.Restore(t.Context(), r, 8, Entry("restore", "")) },
		} {
			if err := use(bytes.NewReader(bad)); problem.KindOf(err) != problem.Invalid {
				t.Errorf("%s, %s: %v", name, what, err)
			}
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		bad := bytes.Clone(file.Bytes())
		bad[random.IntN(len(bad)-10)+10] ^= 1 << random.IntN(8) // the first ten are gzip's own head
		if info, err := s.InspectBackup(t.Context(), bytes.NewReader(bad)); err == nil && info.People != 20 {
			t.Errorf("a changed bit went unseen")
		}
	}
	same(t, "after all those", before, contentsOf(t, s))
	must(t, s.Restore(t.Context(), bytes.NewReader(file.Bytes()), 9, Entry("restore", "")))
	restored := contentsOf(t, s)
	for _, r := range restored.People {
		chain, err := s.SignIns(t.Context(), r.Standing.SignIn, time.Time{}, 1_000_000)
		must(t, err)
		if r.Standing.SignIn != 0 && (len(chain) == 0 || chain[0].ID != r.Standing.SignIn) {
			t.Errorf("%s: the last sign-in is not in the log of the same state", r.Person.Key)
		}
	}
}

func unzip(t testing.TB, b []byte) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(b))
	must(t, err)
	plain, err := io.ReadAll(r)
	must(t, err)
	return plain
}

func zip(b []byte) []byte {
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, _ = w.Write(b) // to memory
	_ = w.Close()
	return zipped.Bytes()
}

func withoutLine(b []byte, n int) []byte {
	lines := strings.SplitAfter(string(b), "\n")
	return []byte(strings.Join(append(lines[:n:n], lines[n+1:]...), ""))
}

// testReseal: after a rotation everything opens with the new key alone,
// although others write meanwhile, and nobody's change is lost.
func testReseal(t *testing.T, d Database) {
	s := d.Open(t)
	keys := d.Options.Keys
	const people = 250
	var entries []operator.Entry
	for i := range people {
		p := Somebody(fmt.Sprintf("user%d", i))
		p.Factors[0].Sealed = keys.Seal(nil, factor.SecretPlace(p.Factors[0].ID), []byte("secret of "+p.Person.Key))
		entries = append(entries, operator.Entry{NewPerson: p})
	}
	_, err := s.PutPeople(t.Context(), entries, Entry("user.import", ""))
	must(t, err)
	client := Filled[policy.Client](t)
	client.SealedSecret = keys.Seal(nil, policy.SecretPlace(client.ID), []byte("shared secret"))
	must(t, s.AddRADIUSClient(t.Context(), client, Entry("radius-client.add", "")))
	commit(t, s, authn.Change{Mail: []notify.Message{{ID: NextID(), Data: map[string]string{"code": "x"}}}})

	ctx, stop := context.WithCancel(t.Context())
	var (
		busy    sync.WaitGroup
		commits [people]int64
	)
	busy.Go(func() {
		for i := 0; ctx.Err() == nil; i = (i + 1) % people {
			r, _, err := s.Person(t.Context(), fmt.Sprintf("user%d", i), false)
			if err == nil && s.Commit(t.Context(), Allowed(r, commits[i]+1)) == nil {
				commits[i]++
			}
		}
	})
	old := keys.Keys()[0].ID
	_, err = keys.Rotate(Start)
	must(t, err)
	var done, total int64
	must(t, s.Reseal(t.Context(), func(d, n int64) { done, total = d, n }, Entry("key.rotate", "")))
	stop()
	busy.Wait()
	if done != total || done < people {
		t.Errorf("%d of %d", done, total)
	}
	must(t, keys.Forget(old))
	for i := range people {
		key := fmt.Sprintf("user%d", i)
		r, _, err := s.Person(t.Context(), key, false)
		must(t, err)
		opens(t, keys, factor.SecretPlace(r.Factors[0].ID), r.Factors[0].Sealed, "secret of "+key)
		if len(r.Standing.Spent) > 0 && r.Standing.Spent[0].Step != commits[i] {
			t.Errorf("%s: step %d, want %d", key, r.Standing.Spent[0].Step, commits[i])
		}
	}
	clients, _, err := s.RADIUSClients(t.Context())
	must(t, err)
	opens(t, keys, policy.SecretPlace(client.ID), clients[0].SealedSecret, "shared secret")
	if claims, err := s.Claim(t.Context(), Start.Add(time.Hour), Start.Add(2*time.Hour), 9); err != nil || len(claims) != 1 {
		t.Errorf("messages: %v, %v", claims, err)
	}
}

func opens(t testing.TB, keys *keyring.Ring, place keyring.Place, sealed []byte, want string) {
	t.Helper()
	if plain, err := keys.Open(nil, place, sealed); err != nil || string(plain) != want {
		t.Errorf("%+v: %q, %v", place, plain, err)
	}
}

// testKeysHeld: of many who bring keys to an empty database at once, one is
// right, and stays so.
func testKeysHeld(t *testing.T, d Database) {
	s := d.Open(t)
	right := make(chan int64, 20)
	var all sync.WaitGroup
	for i := range int64(cap(right)) {
		all.Go(func() {
			if fit, err := s.HoldKeys(t.Context(), i+1, false); err != nil {
				t.Error(err)
			} else if fit {
				right <- i + 1
			}
		})
	}
	all.Wait()
	if len(right) != 1 {
		t.Fatalf("%d keys are the right ones", len(right))
	}
	hold := func(keys int64, anew, want bool) {
		t.Helper()
		if fit, err := s.HoldKeys(t.Context(), keys, anew); fit != want || err != nil {
			t.Errorf("keys %d: %v, %v", keys, fit, err)
		}
	}
	first := <-right
	hold(first, false, true)
	hold(99, false, false)
	hold(99, true, true)
	hold(99, false, true)
	hold(first, false, false)
}
