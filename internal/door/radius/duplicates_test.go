package radius

import (
	"bytes"
	"context"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/door/radius/wire"
)

// slow is an engine that takes a while to allow.
func slow(d time.Duration) *engine {
	return &engine{begin: func(context.Context, authn.Request) (authn.Decision, error) {
		time.Sleep(d)
		return authn.Decision{Outcome: authn.Allow, SignIn: someID}, nil
	}}
}

// start gives the door a datagram and does not wait for the answer.
func (d testDoor) start(octets []byte) {
	d.receive(d.net, route{peer: vpn}, octets)
	synctest.Wait()
}

// RFC 5080 section 2.2.2.
func TestRetransmissionsGetTheSameAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := slow(3 * time.Second)
		d := open(t, e)
		request := pap("pa55")
		for range 3 { // while the person thinks
			d.start(request)
			time.Sleep(time.Second)
		}
		synctest.Wait()
		if sent := d.net.replies(); len(sent) != 1 || e.calls() != 1 {
			t.Fatalf("%d answers and %d calls to three transmissions", len(sent), e.calls())
		}
		time.Sleep(rememberFor - time.Nanosecond)
		d.start(request)
		sent := d.net.replies()
		if len(sent) != 2 || !bytes.Equal(sent[0].octets, sent[1].octets) || e.calls() != 1 {
			t.Fatalf("%d answers and %d calls", len(sent), e.calls())
		}
		if s := d.Status().Counters; s.Absorbed != 2 || s.Resent != 1 || s.Accepted != 1 {
			t.Errorf("%+v", s)
		}
		time.Sleep(time.Nanosecond)
		d.start(request)
		if e.calls() != 2 {
			t.Errorf("%d calls after %v", e.calls(), rememberFor)
		}
		if e.begun[0].Once != e.begun[1].Once {
			t.Error("the engine cannot know the retransmission")
		}
		d.working.Wait()
	})
}

func TestADifferentPacketInTheSameSlotSupersedes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := slow(3 * time.Second)
		d := open(t, e)
		first, second := pap("pa55"), pap("pa55") // another authenticator
		d.start(first)
		time.Sleep(time.Second)
		d.start(second)
		d.working.Wait()
		sent := d.net.replies()
		if len(sent) != 1 || e.calls() != 2 || d.Status().Counters.Superseded != 1 {
			t.Fatalf("%d answers, %d calls", len(sent), e.calls())
		}
		reply, err := wire.Parse(sent[0].octets)
		if err != nil {
			t.Fatal(err)
		}
		newest, err := wire.Parse(second)
		if err != nil {
			t.Fatal(err)
		}
		if err := key.VerifyReply(reply, newest); err != nil {
			t.Errorf("the answer is not the newest request's: %v", err)
		}
		third := pap("pa55") // supersedes an answer
		d.start(third)
		d.working.Wait()
		d.start(third)
		d.start(second)
		d.working.Wait()
		if e.calls() != 4 {
			t.Errorf("%d calls; the superseded answer was kept", e.calls())
		}
	})
}

// What is not one and the same request is answered on its own.
func TestWhatIsNoRetransmission(t *testing.T) {
	e := always(authn.Decision{Outcome: authn.Allow})
	d := open(t, e)
	request := pap("pa55")
	d.handle(vpn, request)
	d.handle(netip.AddrPortFrom(vpn.Addr(), 40002), request)
	d.handle(netip.MustParseAddrPort("192.0.2.11:40001"), request)
	b := wire.BeginRequest(nil, wire.AccessRequest, 2, wire.NewAuthenticator())
	d.handle(vpn, seal(&b, key, with(wire.UserName, "alice"), withPassword(key, "pa55")))
	seen := map[audit.Once]bool{}
	for _, r := range e.begun {
		seen[r.Once] = true
	}
	if e.calls() != 4 || len(seen) != 4 || len(d.net.replies()) != 4 {
		t.Errorf("%d calls, %d keys, %d replies", e.calls(), len(seen), len(d.net.replies()))
	}
}

func TestFewerPlacesThanRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := slow(time.Second)
		other := vpnClient()
		other.ID, other.Name, other.Address = 2, "other", netip.MustParsePrefix("198.51.100.0/24")
		d := open(t, e, vpnClient(), other) // 8 places, 6 for one client
		for port := range uint16(100) {
			d.receive(d.net, route{peer: netip.AddrPortFrom(vpn.Addr(), 1+port)}, pap("pa55"))
		}
		if s := d.Status().Counters; s.InFlight != 6 || s.Troubles[Overloaded] != 94 {
			t.Errorf("one client: %d in flight, %d dropped", s.InFlight, s.Troubles[Overloaded])
		}
		for port := range uint16(100) {
			d.receive(d.net, route{peer: netip.AddrPortFrom(elsewhere.Addr(), 1+port)}, pap("pa55"))
		}
		if s := d.Status().Counters; s.InFlight != 8 || s.Troubles[Overloaded] != 192 {
			t.Errorf("two clients: %d in flight, %d dropped", s.InFlight, s.Troubles[Overloaded])
		}
		d.working.Wait()
		if s := d.Status().Counters; s.InFlight != 0 || s.Accepted != 8 || s.Remembered != 8 {
			t.Errorf("%+v", s)
		}
	})
}

func TestTheMemoryForAnswersIsBounded(t *testing.T) {
	e := always(authn.Decision{Outcome: authn.Allow})
	d := open(t, e) // 16 remembered
	var requests [][]byte
	for i := range uint16(50) {
		requests = append(requests, pap("pa55"))
		d.handle(netip.AddrPortFrom(vpn.Addr(), 1+i), requests[i])
	}
	if n := d.Status().Counters.Remembered; n != 16 {
		t.Errorf("%d remembered", n)
	}
	d.handle(netip.AddrPortFrom(vpn.Addr(), 50), requests[49]) // the youngest is kept
	d.handle(netip.AddrPortFrom(vpn.Addr(), 1), requests[0])   // the oldest made room
	if e.calls() != 51 || d.Status().Counters.Resent != 1 {
		t.Errorf("%d calls", e.calls())
	}
}

// Against a model that forgets nothing too early and remembers everything by
// value, over all orders of arrivals, answers, failures and waiting.
func TestDuplicatesAgainstAModel(t *testing.T) {
	type modelled struct {
		once     audit.Once
		answered bool
		reply    string
		at       time.Time
		by       *exchange // nil: answered
	}
	rapid.Check(t, func(t *rapid.T) {
		const limit = 1 << 20 // never reached
		d := newDuplicates(limit)
		model := map[slot]*modelled{}
		var open []*exchange
		now := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
		pick := func(t *rapid.T) *exchange {
			if len(open) == 0 {
				t.Skip("nothing in progress")
			}
			i := rapid.IntRange(0, len(open)-1).Draw(t, "which")
			e := open[i]
			open = slices.Delete(open, i, i+1)
			return e
		}
		arrive := func(t *rapid.T, s slot, once audit.Once) *exchange {
			m := model[s]
			if m != nil && m.answered && now.Sub(m.at) >= rememberFor {
				delete(model, s)
				m = nil
			}
			e := &exchange{s, once}
			verdict, reply := d.begin(e, now, nil)
			switch {
			case m == nil || m.once != once:
				if verdict != fresh {
					t.Fatalf("verdict %d of a new request", verdict)
				}
				model[s] = &modelled{once: once, by: e}
				return e
			case m.answered:
				if verdict != answered || string(reply) != m.reply {
					t.Fatalf("verdict %d, reply %q, want %q", verdict, reply, m.reply)
				}
			case verdict != waiting:
				t.Fatalf("verdict %d of a request in progress", verdict)
			}
			return nil
		}
		answer := func(t *rapid.T, e *exchange, reply string) {
			m := model[e.slot]
			current := m != nil && m.by == e
			if send := d.finish(e, []byte(reply), now); send != current {
				t.Fatalf("send %v, want %v", send, current)
			}
			if current {
				*m = modelled{once: e.once, answered: true, reply: reply, at: now}
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"arrive": func(t *rapid.T) {
				s, once := slot{rapid.ByteRange(0, 3).Draw(t, "slot")}, audit.Once{rapid.ByteRange(1, 3).Draw(t, "once")}
				if e := arrive(t, s, once); e != nil {
					open = append(open, e)
				}
			},
			"answer": func(t *rapid.T) {
				answer(t, pick(t), rapid.StringN(0, 5, 5).Draw(t, "reply"))
			},
			"answer many": func(t *rapid.T) { // so that pieces fill up
				for i := range rapid.IntRange(0, answersInPiece).Draw(t, "many") {
					if e := arrive(t, slot{1: byte(i), 2: byte(i >> 8)}, audit.Once{9}); e != nil {
						answer(t, e, strconv.Itoa(i))
					}
				}
			},
			"fail": func(t *rapid.T) {
				e := pick(t)
				if m := model[e.slot]; m != nil && m.by == e {
					delete(model, e.slot)
				}
				d.abandon(e)
			},
			"wait": func(t *rapid.T) {
				now = now.Add(time.Duration(rapid.Int64Range(0, int64(rememberFor)).Draw(t, "wait")))
			},
			"": func(t *rapid.T) {
				remembered := 0
				for _, m := range model {
					if !m.answered || now.Sub(m.at) < rememberFor {
						remembered++
					}
				}
				d.answers.forget(now)
				if d.size() != remembered {
					t.Fatalf("%d remembered, want %d", d.size(), remembered)
				}
				if a := &d.answers; a.next-a.oldest > uint64(len(a.pieces)*answersInPiece) || a.oldest == a.next && a.octets != 0 {
					t.Fatalf("%d answers of %d octets in %d pieces", a.next-a.oldest, a.octets, len(a.pieces))
				}
			},
		})
	})
}

// Long replies take the room of several.
func TestTheOctetsOfAnswersAreBounded(t *testing.T) {
	d := newDuplicates(100)
	now := time.Now()
	for i := range byte(200) {
		e := &exchange{slot: slot{i}}
		d.begin(e, now, nil)
		d.finish(e, make([]byte, 4*usualReply), now)
	}
	if d.size() != 25 {
		t.Errorf("%d remembered", d.size())
	}
}

func TestDuplicatesServeManyAtOnce(t *testing.T) {
	d := newDuplicates(50)
	var all sync.WaitGroup
	for g := range byte(4) {
		all.Go(func() {
			for i := range 2000 {
				e := &exchange{slot{byte(i), g % 2}, audit.Once{byte(i), byte(i >> 8)}}
				verdict, reply := d.begin(e, time.Now(), nil)
				switch {
				case verdict == answered && !bytes.Equal(reply, []byte{byte(i), byte(i >> 8)}):
					t.Errorf("another's answer %x", reply)
				case verdict == fresh && i%7 == 0:
					d.abandon(e)
				case verdict == fresh:
					d.finish(e, []byte{byte(i), byte(i >> 8)}, time.Now())
				}
			}
		})
	}
	all.Wait()
	if d.size() > 50+4 {
		t.Errorf("%d remembered", d.size())
	}
}
