package radius

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/door/radius/wire"
	"example.com/muster/internal/id"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/secret"
)

// engine is a script: what the door asks is noted, and answered by the
// functions; a nil one denies.
type engine struct {
	begin  func(context.Context, authn.Request) (authn.Decision, error)
	answer func(context.Context, authn.Reply) (authn.Decision, error)

	mu      sync.Mutex
	begun   []authn.Request
	replied []authn.Reply
}

func (e *engine) Begin(ctx context.Context, r authn.Request) (authn.Decision, error) {
	e.mu.Lock()
	e.begun = append(e.begun, r)
	e.mu.Unlock()
	if e.begin == nil {
		return authn.Decision{}, nil
	}
	return e.begin(ctx, r)
}

func (e *engine) Answer(ctx context.Context, r authn.Reply) (authn.Decision, error) {
	e.mu.Lock()
	e.replied = append(e.replied, r)
	e.mu.Unlock()
	if e.answer == nil {
		return authn.Decision{}, nil
	}
	return e.answer(ctx, r)
}

func (e *engine) calls() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.begun) + len(e.replied)
}

// always answers every Begin with the same decision.
func always(d authn.Decision) *engine {
	return &engine{begin: func(context.Context, authn.Request) (authn.Decision, error) { return d, nil }}
}

var errAway = errors.New("the database is away")

// network is a socket without a network: what is put in arrives, and what is
// sent is kept.
type network struct {
	arriving chan datagram
	ended    chan struct{}
	once     sync.Once

	mu   sync.Mutex
	sent []datagram
}

type datagram struct {
	peer   netip.AddrPort
	octets []byte
}

func newNetwork() *network {
	return &network{arriving: make(chan datagram), ended: make(chan struct{})}
}

func (n *network) Addr() netip.AddrPort { return netip.AddrPort{} }
func (n *network) Close() error         { return nil }
func (n *network) interrupt()           { n.once.Do(func() { close(n.ended) }) }

func (n *network) receive(buffer []byte) (int, route, error) {
	select {
	case d := <-n.arriving:
		return copy(buffer, d.octets), route{peer: d.peer}, nil
	case <-n.ended:
		return 0, route{}, errors.New("interrupted")
	}
}

func (n *network) send(octets []byte, to route) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.sent = append(n.sent, datagram{to.peer, append([]byte(nil), octets...)})
	return nil
}

// replies returns what was sent so far.
func (n *network) replies() []datagram {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]datagram(nil), n.sent...)
}

var (
	vpn       = netip.MustParseAddrPort("192.0.2.10:40001")
	elsewhere = netip.MustParseAddrPort("198.51.100.7:40001")
	shared    = secret.New("a shared secret")
	key       = wire.NewKey(shared)
)

func vpnClient() Client {
	return Client{
		Client: policy.Client{
			ID: 1, Name: "vpn", Address: netip.MustParsePrefix("192.0.2.0/24"),
			FirstFactor: policy.FirstDirectory, Code: policy.CodeChallenge, Unenrolled: policy.UnenrolledEnroll,
			MessageAuthenticator: policy.RequireMessageAuthenticator,
		},
		Secret: shared,
	}
}

func accepting(c Client) Client {
	c.MessageAuthenticator = policy.AcceptWithout
	return c
}

// testDoor is a door with its network and its log.
type testDoor struct {
	*Door
	net *network
	log *strings.Builder
}

func open(t testing.TB, e Engine, clients ...Client) testDoor {
	t.Helper()
	log := new(strings.Builder)
	d := New(Options{
		Engine: e, Now: time.Now, Log: slog.New(slog.NewTextHandler(log, nil)),
		Brand: "Smith & <Sons>", EnrollAddress: "mfa.example.com/e", MaxInFlight: 8, MaxRemembered: 16,
	})
	if len(clients) == 0 {
		clients = []Client{vpnClient()}
	}
	if err := d.SetClients(clients); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.workers.dismiss)
	return testDoor{d, newNetwork(), log}
}

// handle lets the door work on one datagram to the end, without goroutines of
// the server loop.
func (d testDoor) handle(peer netip.AddrPort, octets []byte) {
	d.receive(d.net, route{peer: peer}, octets)
	d.working.Wait()
}

// exchange is handle and the replies it led to.
func (d testDoor) exchange(t testing.TB, peer netip.AddrPort, request []byte) []wire.Packet {
	t.Helper()
	before := len(d.net.replies())
	d.handle(peer, request)
	var replies []wire.Packet
	for _, sent := range d.net.replies()[before:] {
		p, err := wire.Parse(sent.octets)
		if err != nil || sent.peer != peer {
			t.Fatalf("sent %x to %v, %v", sent.octets, sent.peer, err)
		}
		replies = append(replies, p)
	}
	return replies
}

// wantReply requires one genuine reply of a kind.
func (d testDoor) wantReply(t testing.TB, code wire.Code, request []byte) wire.Packet {
	t.Helper()
	replies := d.exchange(t, vpn, request)
	if len(replies) != 1 {
		t.Fatalf("%d replies, want %v; log: %s", len(replies), code, d.log)
	}
	asked, err := wire.Parse(request)
	if err != nil {
		t.Fatal(err)
	}
	if err := key.VerifyReply(replies[0], asked); err != nil {
		t.Fatal(err)
	}
	if replies[0].Code() != code {
		t.Fatalf("%v, want %v", replies[0].Code(), code)
	}
	return replies[0]
}

// wantSilence requires no reply, and a trouble noted for the client.
func (d testDoor) wantSilence(t testing.TB, trouble Trouble, request []byte) {
	t.Helper()
	if replies := d.exchange(t, vpn, request); len(replies) != 0 {
		t.Fatalf("%v, want silence", replies[0].Code())
	}
	s := d.Status()
	if got := s.Clients[0].LastTrouble; got != trouble || !s.Clients[0].Troubled() {
		t.Errorf("trouble %q, want %q", got, trouble)
	}
	if s.Counters.Troubles[trouble] == 0 {
		t.Errorf("%q was not counted", trouble)
	}
}

// option changes a request before it is sealed.
type option func(*wire.Builder)

func with(t wire.Type, value string) option {
	return func(b *wire.Builder) { b.AddText(t, value) }
}

func withPassword(k *wire.Key, password string) option {
	return func(b *wire.Builder) { b.AddPassword(k, secret.New(password)) }
}

// pap is a request of alice.
func pap(password string, more ...option) []byte {
	return access(append([]option{with(wire.UserName, "alice"), withPassword(key, password)}, more...)...)
}

// access is a signed Access-Request with identifier 1.
func access(options ...option) []byte {
	b := wire.BeginRequest(nil, wire.AccessRequest, 1, wire.NewAuthenticator())
	return seal(&b, key, options...)
}

// unsigned is an Access-Request without Message-Authenticator.
func unsigned(options ...option) []byte {
	b := wire.BeginUnsignedRequest(nil, wire.AccessRequest, 1, wire.NewAuthenticator())
	return seal(&b, key, options...)
}

func seal(b *wire.Builder, k *wire.Key, options ...option) []byte {
	for _, o := range options {
		o(b)
	}
	packet, err := b.Seal(k)
	if err != nil {
		panic(err)
	}
	return packet
}

func handleOf(s string) authn.Handle { return authn.Handle{Text: secret.New(s)} }

const someID = id.ID(1 << 40)
