package radius

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/door/radius/wire"
	"example.com/muster/internal/policy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Serving ends with everything answered that had arrived.
func TestServeEndsWell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := open(t, slow(5*time.Second))
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- d.Serve(ctx, d.net) }()
		for i := range uint16(3) {
			d.net.arriving <- datagram{netip.AddrPortFrom(vpn.Addr(), 1+i), pap("pa55")}
		}
		time.Sleep(time.Second)
		stop()
		synctest.Wait()
		select {
		case d.net.arriving <- datagram{vpn, pap("pa55")}:
			t.Error("a packet was read after the end")
		case <-time.After(time.Second):
		}
		if err := <-done; err != nil || len(d.net.replies()) != 3 {
			t.Errorf("%v, %d replies", err, len(d.net.replies()))
		}
	})
}

// The engine may take as long as Patience, and not as long as it likes.
func TestPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		e := &engine{begin: func(ctx context.Context, _ authn.Request) (authn.Decision, error) {
			<-ctx.Done()
			return authn.Decision{}, ctx.Err()
		}}
		d := open(t, e)
		d.wantSilence(t, Undecided, pap("pa55"))
		if took := time.Since(begin); took != 30*time.Second {
			t.Errorf("after %v", took)
		}
	})
}

// serve runs a door on real sockets until the test ends.
func serve(t *testing.T, d *Door, addresses ...string) []netip.AddrPort {
	t.Helper()
	var sockets []Socket
	var bound []netip.AddrPort
	for _, address := range addresses {
		s, err := Listen(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		sockets = append(sockets, s)
		bound = append(bound, s.Addr())
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- d.Serve(ctx, sockets...) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return bound
}

func loopback() Client {
	c := vpnClient()
	c.Address = netip.MustParsePrefix("127.0.0.0/8")
	return c
}

func ask(t *testing.T, from, to string, request []byte) (wire.Packet, error) {
	t.Helper()
	dialer := net.Dialer{}
	if from != "" {
		dialer.LocalAddr = net.UDPAddrFromAddrPort(netip.MustParseAddrPort(from))
	}
	conn, err := dialer.Dial("udp", to) // takes replies from that address only
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	packet, err := wire.Parse(request)
	if err != nil {
		t.Fatal(err)
	}
	return wire.Exchange(t.Context(), conn, key, packet, wire.Retry{Every: 2 * time.Second, Tries: 2, RequireMessageAuthenticator: true})
}

func TestRealSockets(t *testing.T) {
	six := loopback()
	six.ID, six.Name, six.Address = 2, "six", netip.MustParsePrefix("::1/128")
	d := open(t, always(authn.Decision{Outcome: authn.Allow}), loopback(), six)
	bound := serve(t, d.Door, "127.0.0.1:0", "[::1]:0")
	for _, to := range bound {
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				if reply, err := ask(t, "", to.String(), pap("pa55")); err != nil || reply.Code() != wire.AccessAccept {
					t.Errorf("%v: %v", to, err)
				}
			})
		}
		all.Wait()
	}
}

// A socket that listens everywhere answers from the address that was called:
// the device drops replies from elsewhere.
func TestRepliesLeaveFromTheCalledAddress(t *testing.T) {
	for _, address := range []string{":0", "0.0.0.0:0", "[::]:0"} {
		d := open(t, always(authn.Decision{Outcome: authn.Allow}), loopback())
		port := serve(t, d.Door, address)[0].Port()
		for _, called := range []string{"127.0.0.1", "127.0.0.2", "127.1.2.3"} {
			to := netip.AddrPortFrom(netip.MustParseAddr(called), port).String()
			if _, err := ask(t, "127.0.0.1:0", to, pap("pa55")); err != nil {
				t.Errorf("listening on %s, called at %s: %v", address, called, err)
			}
		}
	}
}

func TestListenTellsWhatIsTaken(t *testing.T) {
	s, err := Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := Listen(t.Context(), s.Addr().String()); err == nil {
		t.Error("the address was bound twice")
	}
	if _, err := Listen(t.Context(), "no such address"); err == nil {
		t.Error("nonsense was bound")
	}
}

func TestServeTellsOfASocketClosedUnderIt(t *testing.T) {
	d := open(t, new(engine))
	s, err := Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	if err := d.Serve(t.Context(), s); !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
}

// Clients come and go while requests are answered; none is mistaken for
// another.
func TestClientsChangeWhileServing(t *testing.T) {
	e := &engine{begin: func(_ context.Context, r authn.Request) (authn.Decision, error) {
		return authn.Decision{Outcome: authn.Allow}, nil
	}}
	d := open(t, e, loopback())
	to := serve(t, d.Door, "127.0.0.1:0")[0].String()
	stop := make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			c := loopback()
			c.Unenrolled = []policy.Unenrolled{policy.UnenrolledEnroll, policy.UnenrolledReject}[i%2]
			if err := d.SetClients([]Client{c}); err != nil {
				t.Error(err)
			}
		}
	})
	for range 50 {
		if _, err := ask(t, "", to, pap("pa55")); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	all.Wait()
}
