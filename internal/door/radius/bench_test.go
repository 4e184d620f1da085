package radius

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/door/radius/wire"
)

// nowhere is a socket that swallows replies.
type nowhere struct{ network }

func (*nowhere) send([]byte, route) error { return nil }

// BenchmarkDoor is the door's own work on one request, from datagram to reply,
// without the network and with an engine that answers at once.
func BenchmarkDoor(b *testing.B) {
	d := New(Options{
		Engine: ready{}, Now: time.Now, Log: slog.New(slog.DiscardHandler), Brand: "Example", EnrollAddress: "mfa.example.com/e",
	})
	if err := d.SetClients([]Client{vpnClient()}); err != nil {
		b.Fatal(err)
	}
	requests := make([][]byte, 4096)
	for i := range requests {
		requests[i] = pap("a password123456", with(wire.NASIdentifier, "vpn.example.com"), with(wire.CallingStationID, "203.0.113.9"))
	}
	defer d.workers.dismiss()
	socket := new(nowhere)
	from := route{peer: vpn}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		from.peer = netip.AddrPortFrom(vpn.Addr(), uint16(i%64))
		d.receive(socket, from, requests[i%len(requests)])
		if i%16 == 0 {
			d.working.Wait()
		}
	}
	d.working.Wait()
	if s := d.Status().Counters; s.Accepted != s.Received {
		b.Fatalf("%+v", s)
	}
}

// ready is an engine that allows at once.
type ready struct{}

func (ready) Begin(context.Context, authn.Request) (authn.Decision, error) {
	return authn.Decision{Outcome: authn.Allow, SignIn: someID}, nil
}

func (ready) Answer(context.Context, authn.Reply) (authn.Decision, error) {
	return authn.Decision{}, nil
}

// BenchmarkOverUDP is the same with the network and a simple client: 32
// sockets, one request each in flight.
func BenchmarkOverUDP(b *testing.B) {
	d := New(Options{
		Engine: ready{}, Now: time.Now, Log: slog.New(slog.DiscardHandler), Brand: "Example", EnrollAddress: "mfa.example.com/e",
	})
	if err := d.SetClients([]Client{loopback()}); err != nil {
		b.Fatal(err)
	}
	s, err := Listen(b.Context(), "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- d.Serve(ctx, s) }()
	b.ResetTimer()
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(s.Addr()))
			if err != nil {
				b.Error(err)
				return
			}
			defer conn.Close()
			buffer := make([]byte, wire.MaxPacket)
			for range b.N / 32 {
				if _, err := conn.Write(pap("a password123456")); err != nil {
					b.Error(err)
					return
				}
				_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
				if _, err := conn.Read(buffer); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.StopTimer()
	stop()
	if err := <-done; err != nil {
		b.Fatal(err)
	}
}
