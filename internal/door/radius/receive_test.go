package radius

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/door/radius/wire"
	"example.com/muster/internal/id"
	"example.com/muster/internal/secret"
)

func TestUnknownAddressesAreDroppedAndListed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := always(authn.Decision{Outcome: authn.Allow})
		d := open(t, e)
		for range 3 {
			if replies := d.exchange(t, elsewhere, pap("pa55")); len(replies) != 0 {
				t.Fatal("a stranger got an answer")
			}
			time.Sleep(time.Second)
		}
		s := d.Status()
		if e.calls() != 0 || s.Counters.Strangers != 3 || len(s.Strangers) != 1 {
			t.Fatalf("%d calls, %+v", e.calls(), s)
		}
		if got := s.Strangers[0]; got.Address != elsewhere.Addr() || got.Packets != 3 || got.Last.Sub(got.First) != 2*time.Second {
			t.Errorf("%+v", got)
		}
		if strings.Count(d.log.String(), "unknown address") != 1 {
			t.Errorf("log:\n%s", d.log)
		}
	})
}

func TestTheListOfStrangersIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := open(t, new(engine))
		for i := range 10 * maxStrangers {
			from := netip.AddrFrom4([4]byte{198, 51, byte(i >> 8), byte(i)})
			d.handle(netip.AddrPortFrom(from, 1), []byte("nonsense"))
			d.handle(elsewhere, []byte("nonsense"))
			time.Sleep(time.Millisecond)
		}
		s := d.Status().Strangers
		if len(s) != maxStrangers || !slices.ContainsFunc(s, func(k Stranger) bool { return k.Address == elsewhere.Addr() }) {
			t.Errorf("%d listed, or the one heard of all the time is gone", len(s))
		}
		if !slices.IsSortedFunc(s, func(a, b Stranger) int { return b.Last.Compare(a.Last) }) {
			t.Error("the latest is not first")
		}
		if lines := strings.Count(d.log.String(), "\n"); lines != 1 {
			t.Errorf("%d lines in the log within a second", lines)
		}
	})
}

func TestPacketsThatAreDropped(t *testing.T) {
	other := wire.NewKey(secret.New("another secret"))
	signedBy := func(k *wire.Key, code wire.Code) []byte {
		b := wire.BeginRequest(nil, code, 1, wire.NewAuthenticator())
		return seal(&b, k, with(wire.UserName, "alice"), withPassword(k, "pa55"))
	}
	bare := func(code wire.Code) []byte {
		b := wire.BeginUnsignedRequest(nil, code, 1, wire.NewAuthenticator())
		return seal(&b, key)
	}
	var proxies []option
	for range 15 {
		proxies = append(proxies, with(wire.ProxyState, strings.Repeat("p", 253)))
	}
	for _, tc := range []struct {
		name    string
		client  Client
		request []byte
		trouble Trouble
	}{
		{"nonsense", vpnClient(), []byte("GET / HTTP/1.1\r\n\r\n"), Malformed},
		{"truncated", vpnClient(), pap("pa55")[:40], Malformed},
		{"empty", vpnClient(), nil, Malformed},
		{"a wrong secret", vpnClient(), signedBy(other, wire.AccessRequest), WrongSecret},
		{"a wrong secret, where it may be omitted", accepting(vpnClient()), signedBy(other, wire.AccessRequest), WrongSecret},
		{"no Message-Authenticator", vpnClient(), unsigned(with(wire.UserName, "alice"), withPassword(key, "pa55")), NoMessageAuthenticator},
		{"a wrong secret without one", accepting(vpnClient()), unsigned(with(wire.UserName, "alice"), withPassword(other, "pa55")), UnreadablePassword},
		{"EAP without one", accepting(vpnClient()), unsigned(with(wire.UserName, "alice"), with(wire.EAPMessage, "x")), NoMessageAuthenticator},
		{"Status-Server without one", accepting(vpnClient()), bare(wire.StatusServer), NoMessageAuthenticator},
		{"Status-Server with a wrong secret", accepting(vpnClient()), signedBy(other, wire.StatusServer), WrongSecret},
		{"accounting", vpnClient(), bare(wire.AccountingRequest), SentAccounting},
		{"a reply", vpnClient(), signedBy(key, wire.AccessAccept), UnexpectedCode},
		{"an unknown code", vpnClient(), signedBy(key, 200), UnexpectedCode},
		{"a password of an impossible length", vpnClient(), access(with(wire.UserName, "alice"), with(wire.UserPassword, "short")), Malformed},
		{"more Proxy-State than a reply can repeat", vpnClient(), access(append(proxies, with(wire.UserName, "alice"))...), Malformed},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e := always(authn.Decision{Outcome: authn.Allow})
			d := open(t, e, tc.client)
			d.wantSilence(t, tc.trouble, tc.request)
			if e.calls() != 0 {
				t.Error("the engine was asked")
			}
			if !strings.Contains(d.log.String(), fmt.Sprintf("%q", tc.trouble.Cause())) {
				t.Errorf("the log does not say the cause:\n%s", d.log)
			}
		})
	}
}

func TestMessageAuthenticatorMayBeOmittedWhereTheClientSaysSo(t *testing.T) {
	e := always(authn.Decision{Outcome: authn.Allow, SignIn: someID})
	d := open(t, e, accepting(vpnClient()))
	d.wantReply(t, wire.AccessAccept, unsigned(with(wire.UserName, "alice"), withPassword(key, "pässwort")))
	d.wantReply(t, wire.AccessAccept, pap("pa55"))
}

// RFC 5997 section 4.1.
func TestStatusServer(t *testing.T) {
	e := new(engine)
	d := open(t, e)
	b := wire.BeginRequest(nil, wire.StatusServer, 7, wire.NewAuthenticator())
	reply := d.wantReply(t, wire.AccessAccept, seal(&b, key, with(wire.ProxyState, "p")))
	if e.calls() != 0 || reply.Text(wire.ProxyState) != "p" || d.Status().Counters.StatusReplies != 1 {
		t.Errorf("%d calls, %v", e.calls(), reply.Named())
	}
}

func TestTheLongestPrefixWins(t *testing.T) {
	named := func(name, address string, number int) Client {
		c := vpnClient()
		c.Name, c.Address = name, netip.MustParsePrefix(address)
		c.ID = id.ID(number)
		return c
	}
	e := new(engine)
	d := open(t, e, named("everybody", "0.0.0.0/0", 1), named("net", "192.0.2.0/24", 2), named("host", "192.0.2.10/32", 3),
		named("mapped", "::ffff:198.51.100.0/120", 4), named("six", "2001:db8::/32", 5))
	for from, want := range map[string]string{
		"192.0.2.10:1": "host", "192.0.2.11:1": "net", "203.0.113.1:1": "everybody",
		"198.51.100.7:1": "mapped", "[2001:db8::1]:1": "six",
	} {
		d.handle(netip.MustParseAddrPort(from), pap("pa55"))
		if got := e.begun[len(e.begun)-1].Client; got != want {
			t.Errorf("%s is %q, want %q", from, got, want)
		}
	}
}

func TestSetClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := always(authn.Decision{Outcome: authn.Allow})
		d := open(t, e)
		d.wantReply(t, wire.AccessAccept, pap("pa55"))
		began := d.Status().Clients[0].LastPacket

		time.Sleep(time.Minute)
		changed := vpnClient()
		changed.Name, changed.Secret = "gateway", secret.New("changed")
		if err := d.SetClients([]Client{changed}); err != nil {
			t.Fatal(err)
		}
		d.wantSilence(t, WrongSecret, pap("pa55"))
		if got := d.Status().Clients[0]; got.Name != "gateway" || !got.LastAnswered.Equal(began) || got.LastPacket.Sub(began) != time.Minute {
			t.Errorf("what was remembered is gone: %+v", got)
		}

		if err := d.SetClients(nil); err != nil {
			t.Fatal(err)
		}
		if replies := d.exchange(t, vpn, pap("pa55")); len(replies) != 0 || len(d.Status().Clients) != 0 {
			t.Error("a removed client got an answer")
		}
	})
}

func TestSetClientsRefusesWhatCannotWork(t *testing.T) {
	same, bad, empty := vpnClient(), vpnClient(), vpnClient()
	same.ID, same.Name = 2, "same"
	bad.Address = netip.Prefix{}
	empty.Secret = secret.Text{}
	d := open(t, new(engine))
	for want, clients := range map[string][]Client{
		`"vpn" and "same" have the same address 192.0.2.0/24`: {vpnClient(), same},
		`no valid address`: {bad},
		`no shared secret`: {empty},
	} {
		if err := d.SetClients(clients); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if s := d.Status().Clients; len(s) != 1 || s[0].Name != "vpn" {
		t.Errorf("the old clients are gone: %+v", s)
	}
}

// A device whose troubles go on is logged once a minute, not at each packet.
func TestTroubleIsLoggedSparingly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := open(t, new(engine))
		for range 150 {
			d.handle(vpn, []byte("nonsense"))
			time.Sleep(time.Second)
		}
		d.handle(vpn, unsigned(with(wire.UserName, "alice")))
		if lines := strings.Count(d.log.String(), "\n"); lines != 4 {
			t.Errorf("%d lines:\n%s", lines, d.log)
		}
		if n := d.Status().Counters.Troubles[Malformed]; n != 150 {
			t.Errorf("%d counted", n)
		}
	})
}

func TestEveryTroubleHasACause(t *testing.T) {
	seen := map[string]bool{}
	for _, trouble := range Troubles() {
		cause := trouble.Cause()
		if cause == "" || cause == string(trouble) || seen[cause] {
			t.Errorf("%q: %q", trouble, cause)
		}
		seen[cause] = true
	}
}
