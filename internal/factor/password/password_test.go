package password_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"example.com/muster/internal/factor/password"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
)

// asWorker in the environment makes the test binary a worker process.
const asWorker = "TEST_PASSWORD_WORKER"

func TestMain(m *testing.M) {
	if os.Getenv(asWorker) != "" {
		if err := password.ServeWorker(os.Stdin, os.Stdout); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

func workerCommand() *exec.Cmd {
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = []string{asWorker + "=1"}
	cmd.Stderr = os.Stderr
	return cmd
}

// inBothPlaces runs a test with checks in this process and in a worker.
func inBothPlaces(t *testing.T, o password.Options, test func(*testing.T, *password.Checker)) {
	t.Helper()
	for name, worker := range map[string]func() *exec.Cmd{"in process": nil, "worker": workerCommand} {
		t.Run(name, func(t *testing.T) {
			o := o
			o.Worker = worker
			c := password.New(o)
			defer c.Close()
			test(t, c)
		})
	}
}

// Hashes made by others, each of its password.
var foreign = []struct{ name, stored, password string }{
	{"phc-winner-argon2 test.c", "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "password"},
	{"phc-winner-argon2 test.c", "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc", "password"},
	{"Openwall crypt_blowfish", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"},
	{"PHP manual, crypt()", "$2y$07$usesomesillystringfore2uDLvp1Ii2e./U9C8sBjqp8I90dH6hi", "rasmuslerdorf"},
	{"OpenLDAP FAQ", "{SSHA}DkMTwBl+a/3DQTxCYEApdUtNXGgdUac3", "secret"},
}

func TestForeignHashes(t *testing.T) {
	inBothPlaces(t, password.Options{}, func(t *testing.T, c *password.Checker) {
		for _, tc := range foreign {
			stored := secret.New(tc.stored)
			if err := password.Check(stored); err != nil {
				t.Errorf("%s: %v", tc.name, err)
			}
			before := c.Stats().Hashes
			right, err := c.Verify(t.Context(), "vpn", stored, secret.New(tc.password))
			if err != nil || !right.OK {
				t.Errorf("%s: the right password: %+v, %v", tc.name, right, err)
			}
			wrong, err := c.Verify(t.Context(), "vpn", stored, secret.New(tc.password+"x"))
			if err != nil || wrong.OK || !wrong.Replacement.Empty() {
				t.Errorf("%s: a wrong password: %+v, %v", tc.name, wrong, err)
			}
			if n := c.Stats().Hashes - before; n != 2 {
				t.Errorf("%s: %d hashes at our own price, want 2", tc.name, n)
			}
			again, err := c.Verify(t.Context(), "vpn", right.Replacement, secret.New(tc.password))
			if err != nil || !again.OK || !again.Replacement.Empty() {
				t.Errorf("%s: the replacement: %+v, %v", tc.name, again, err)
			}
		}
	})
}

func TestOwnHashes(t *testing.T) {
	inBothPlaces(t, password.Options{}, func(t *testing.T, c *password.Checker) {
		for _, pass := range []string{"x", "pässwörd 🔑", "with\x00NUL", "\xff\xfe", strings.Repeat("y", password.MaxLength)} {
			stored, err := c.Hash(t.Context(), secret.New(pass))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(stored.Reveal(), "$argon2id$v=19$m=19456,t=2,p=1$") {
				t.Errorf("stored as %q", stored.Reveal())
			}
			if r, err := c.Verify(t.Context(), "vpn", stored, secret.New(pass)); err != nil || !r.OK || !r.Replacement.Empty() {
				t.Errorf("%q: %+v, %v", pass, r, err)
			}
			if r, err := c.Verify(t.Context(), "vpn", stored, secret.New(pass[1:]+"z")); err != nil || r.OK {
				t.Errorf("another password than %q: %+v, %v", pass, r, err)
			}
		}
		a, _ := c.Hash(t.Context(), secret.New("same"))
		b, _ := c.Hash(t.Context(), secret.New("same"))
		if a.Equal(b) {
			t.Error("two hashes of a password are the same")
		}
	})
}

// Right, wrong, unknown and without a password: one hash each.
func TestEveryAnswerCostsTheSame(t *testing.T) {
	inBothPlaces(t, password.Options{}, func(t *testing.T, c *password.Checker) {
		own, err := c.Hash(t.Context(), secret.New("right"))
		if err != nil {
			t.Fatal(err)
		}
		imported := secret.New(foreign[4].stored)
		for name, check := range map[string]func() error{
			"right": func() error { _, err := c.Verify(t.Context(), "vpn", own, secret.New("right")); return err },
			"wrong": func() error { _, err := c.Verify(t.Context(), "vpn", own, secret.New("wrong")); return err },
			"imported, right": func() error {
				_, err := c.Verify(t.Context(), "vpn", imported, secret.New("secret"))
				return err
			},
			"imported, wrong": func() error { _, err := c.Verify(t.Context(), "vpn", imported, secret.New("wrong")); return err },
			"without":         func() error { _, err := c.Verify(t.Context(), "vpn", secret.Text{}, secret.New("any")); return err },
			"a code only":     func() error { _, err := c.Verify(t.Context(), "vpn", secret.Text{}, secret.New("123456")); return err },
			"unknown":         func() error { return c.Dummy(t.Context(), "vpn", secret.New("any")) },
		} {
			before := c.Stats().Hashes
			if err := check(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if n := c.Stats().Hashes - before; n != 1 {
				t.Errorf("%s: %d hashes", name, n)
			}
		}
	})
}

// While anybody has an imported hash, everybody's check does its work too: no
// clock tells an imported person from any other, or from nobody.
func TestImportedHashesCostEverybodyTheSame(t *testing.T) {
	inBothPlaces(t, password.Options{}, func(t *testing.T, c *password.Checker) {
		own, err := c.Hash(t.Context(), secret.New("right"))
		if err != nil {
			t.Fatal(err)
		}
		stored := []secret.Text{{}, own}
		imported := foreign[1:] // the first is the dearest, and no other kind of work
		for _, tc := range imported {
			stored = append(stored, secret.New(tc.stored))
			c.Expect(secret.New(tc.stored))
		}
		for _, typed := range []string{"right", "secret"} {
			for _, hash := range stored {
				before := c.Stats()
				if _, err := c.Verify(t.Context(), "vpn", hash, secret.New(typed)); err != nil {
					t.Fatal(err)
				}
				after := c.Stats()
				if h, i := after.Hashes-before.Hashes, after.Imported-before.Imported; h != 1 || i != int64(len(imported)) {
					t.Errorf("%q typed for %.10q: %d of our own and %d imported comparisons", typed, hash.Reveal(), h, i)
				}
			}
		}
	})
}

// The kinds are what costs differently, and nothing else.
func TestKinds(t *testing.T) {
	c := password.New(password.Options{})
	own, err := c.Hash(t.Context(), secret.New("right"))
	if err != nil {
		t.Fatal(err)
	}
	c.Expect(own)
	c.Expect(secret.Text{})
	c.Expect(secret.New("$1$nonsense"))
	if got := c.Imported(); got != nil {
		t.Errorf("expects %v of our own and of nonsense", got)
	}
	for _, tc := range foreign {
		c.Expect(secret.New(tc.stored))
		c.Expect(secret.New(tc.stored))
	}
	c.Expect(secret.New("$2b$05$" + strings.Repeat("C", 53)))
	want := []string{"bcrypt, cost 05", "bcrypt, cost 07", "argon2id, m=256, t=2, p=2", "argon2id, m=65536, t=2, p=1", "{SSHA}"}
	got := c.Imported()
	if slices.Sort(got); !slices.Equal(got, sorted(want)) {
		t.Errorf("expects %v, want %v", got, want)
	}
}

func sorted(list []string) []string {
	slices.Sort(list)
	return list
}

// A census forgets what nobody has any more, and nothing else.
func TestRecount(t *testing.T) {
	c := password.New(password.Options{})
	ssha, bcrypt := secret.New(foreign[4].stored), secret.New(foreign[2].stored)
	c.Expect(bcrypt)
	broken := errors.New("broken")
	for name, tc := range map[string]struct {
		err  error
		want []string
	}{
		"fails": {broken, []string{"bcrypt, cost 05", "{SSHA}"}},
		"ends":  {nil, []string{"argon2id, m=256, t=2, p=2", "{SSHA}"}},
	} {
		c.Expect(bcrypt)
		err := c.Recount(func(yield func(secret.Text, error) bool) {
			if yield(ssha, nil) && tc.err != nil {
				yield(secret.Text{}, tc.err)
				return
			}
			if tc.err == nil {
				c.Expect(secret.New(foreign[1].stored)) // imported meanwhile
			}
		})
		got := c.Imported()
		if slices.Sort(got); !errors.Is(err, tc.err) || name == "ends" && !slices.Equal(got, tc.want) {
			t.Errorf("%s: expects %v, %v, want %v", name, got, err, tc.want)
		}
	}
	if err := c.Recount(func(func(secret.Text, error) bool) {}); err != nil || c.Imported() != nil {
		t.Errorf("of nobody: %v, %v", c.Imported(), err)
	}
}

func TestNobodysPasswordIsNeverRight(t *testing.T) {
	c := password.New(password.Options{})
	for _, pass := range []string{"", "x"} {
		if r, err := c.Verify(t.Context(), "vpn", secret.Text{}, secret.New(pass)); err != nil || r.OK || !r.Replacement.Empty() {
			t.Errorf("%q: %+v, %v", pass, r, err)
		}
	}
}

func TestEmptyAndOverlongPasswordsAreNotHashed(t *testing.T) {
	c := password.New(password.Options{})
	stored, err := c.Hash(t.Context(), secret.New("right"))
	if err != nil {
		t.Fatal(err)
	}
	before := c.Stats().Hashes
	for _, pass := range []string{"", strings.Repeat("x", password.MaxLength+1), strings.Repeat("x", 1<<20)} {
		if r, err := c.Verify(t.Context(), "vpn", stored, secret.New(pass)); err != nil || r.OK {
			t.Errorf("%d octets: %+v, %v", len(pass), r, err)
		}
		if err := c.Dummy(t.Context(), "vpn", secret.New(pass)); err != nil {
			t.Errorf("%d octets: %v", len(pass), err)
		}
		if _, err := c.Hash(t.Context(), secret.New(pass)); problem.KindOf(err) != problem.Invalid || err == nil {
			t.Errorf("%d octets: %v", len(pass), err)
		}
	}
	if n := c.Stats().Hashes - before; n != 0 {
		t.Errorf("%d hashes", n)
	}
}

func TestAnUnreadableStoredHashIsAnError(t *testing.T) {
	inBothPlaces(t, password.Options{}, func(t *testing.T, c *password.Checker) {
		r, err := c.Verify(t.Context(), "vpn", secret.New("$1$nonsense"), secret.New("x"))
		if problem.KindOf(err) != problem.Internal || err == nil || r.OK {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

func TestAFullQueueRefusesAtOnce(t *testing.T) {
	inBothPlaces(t, password.Options{Slots: 1, Queue: 3}, func(t *testing.T, c *password.Checker) {
		var ok, refused atomic.Int64
		var wg sync.WaitGroup
		for range 40 {
			wg.Go(func() {
				switch err := c.Dummy(t.Context(), "vpn", secret.New("x")); {
				case err == nil:
					ok.Add(1)
				case problem.KindOf(err) == problem.Unavailable:
					refused.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		s := c.Stats()
		if ok.Load() < 4 || refused.Load() == 0 || ok.Load()+refused.Load() != 40 ||
			s.Hashes != ok.Load() || s.Refused != refused.Load() || s.Waiting != 0 {
			t.Errorf("%d done, %d refused, %+v", ok.Load(), refused.Load(), s)
		}
	})
}

func TestWhoGivesUpIsNotHashed(t *testing.T) {
	inBothPlaces(t, password.Options{Slots: 1}, func(t *testing.T, c *password.Checker) {
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if err := c.Dummy(gone, "vpn", secret.New("x")); problem.KindOf(err) != problem.Unavailable || err == nil {
			t.Errorf("error is %v", err)
		}
		// The slot is taken for 25 ms at least, which these do not wait.
		var wg sync.WaitGroup
		wg.Go(func() { _ = c.Dummy(t.Context(), "vpn", secret.New("x")) })
		for c.Stats().Hashes == 0 {
			short, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			_ = c.Dummy(short, "vpn", secret.New("x"))
			cancel()
		}
		wg.Wait()
		if n := c.Stats().Waiting; n != 0 {
			t.Errorf("%d still wait", n)
		}
	})
}

func TestAnEndedWorkerIsReplaced(t *testing.T) {
	kill := make(chan context.CancelFunc, 100)
	c := password.New(password.Options{Worker: func() *exec.Cmd {
		ctx, cancel := context.WithCancel(context.Background())
		kill <- cancel
		cmd := exec.CommandContext(ctx, "/proc/self/exe")
		cmd.Env = workerCommand().Env
		return cmd
	}})
	defer c.Close()
	if err := c.Dummy(t.Context(), "vpn", secret.New("x")); err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var failed atomic.Int64
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if err := c.Dummy(t.Context(), "vpn", secret.New("x")); problem.KindOf(err) == problem.Unavailable {
					failed.Add(1)
				} else if err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 3 {
		time.Sleep(30 * time.Millisecond)
		(<-kill)()
	}
	close(stop)
	wg.Wait()
	if err := c.Dummy(t.Context(), "vpn", secret.New("x")); err != nil {
		t.Errorf("after three deaths: %v", err)
	}
	if failed.Load() == 0 {
		t.Error("no check noticed that its worker was killed")
	}
}

func TestAWorkerThatCannotStart(t *testing.T) {
	for name, cmd := range map[string]func() *exec.Cmd{
		"no such program": func() *exec.Cmd { return exec.Command("/nonexistent") },
		"ends at once":    func() *exec.Cmd { return exec.Command("/bin/true") },
		"talks nonsense":  func() *exec.Cmd { return exec.Command("/bin/echo", "hello") },
	} {
		c := password.New(password.Options{Worker: cmd})
		for range 3 {
			if err := c.Dummy(t.Context(), "vpn", secret.New("x")); problem.KindOf(err) != problem.Unavailable || err == nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		c.Close()
	}
}

func TestAClosedCheckerRefuses(t *testing.T) {
	c := password.New(password.Options{Worker: workerCommand})
	if err := c.Dummy(t.Context(), "vpn", secret.New("x")); err != nil {
		t.Fatal(err)
	}
	c.Close()
	if err := c.Dummy(t.Context(), "vpn", secret.New("x")); problem.KindOf(err) != problem.Unavailable || err == nil {
		t.Errorf("error is %v", err)
	}
	c.Close()
}
