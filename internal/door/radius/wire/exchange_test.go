package wire_test

import (
	"context"
	"crypto/md5"
	"errors"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"example.com/muster/internal/door/radius/wire"
)

// script answers the n-th transmission of a request (from 0) with the
// datagrams it returns.
type script func(n int, request wire.Packet) [][]byte

// exchange runs one exchange against a scripted server, in a bubble, and tells
// how often the request was sent and how long it took.
func exchange(ctx context.Context, t *testing.T, retry wire.Retry, answer script) (reply wire.Packet, sent int, took time.Duration, err error) {
	t.Helper()
	request := parse(t, signed(t, rfcKey, "pa55"))
	client, server := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		buffer := make([]byte, wire.MaxPacket)
		for {
			n, err := server.Read(buffer)
			if err != nil {
				return
			}
			if string(buffer[:n]) != string(request.Bytes()) {
				t.Error("a retransmission differs")
			}
			for _, datagram := range answer(sent, request) {
				_, _ = server.Write(datagram)
			}
			sent++
		}
	}()
	begin := time.Now()
	reply, err = wire.Exchange(ctx, client, rfcKey, request, retry)
	took = time.Since(begin)
	_ = client.Close()
	_ = server.Close()
	<-done
	return reply, sent, took, err
}

func accept(t *testing.T, k *wire.Key, request wire.Packet) []byte {
	b := wire.BeginReply(nil, wire.AccessAccept, request)
	packet, err := b.Seal(k)
	if err != nil {
		t.Error(err)
	}
	return packet
}

func TestExchange(t *testing.T) {
	silence := func(int, wire.Packet) [][]byte { return nil }
	for _, tc := range []struct {
		name   string
		retry  wire.Retry
		answer script
		err    error
		sent   int
		took   time.Duration
	}{
		{"at once", wire.Retry{}, func(_ int, p wire.Packet) [][]byte { return [][]byte{accept(t, rfcKey, p)} }, nil, 1, 0},
		{"silence", wire.Retry{}, silence, wire.ErrNoReply, 3, 9 * time.Second},
		{"silence, as told", wire.Retry{Every: time.Second, Tries: 5}, silence, wire.ErrNoReply, 5, 5 * time.Second},
		{"to the third", wire.Retry{}, func(n int, p wire.Packet) [][]byte {
			if n < 2 {
				return nil
			}
			return [][]byte{accept(t, rfcKey, p)}
		}, nil, 3, 6 * time.Second},
		{"forged first, then genuine", wire.Retry{}, func(_ int, p wire.Packet) [][]byte {
			return [][]byte{{1, 2, 3}, accept(t, key("wrong"), p), accept(t, rfcKey, p)}
		}, nil, 1, 0},
		{"forged alone", wire.Retry{Tries: 1}, func(_ int, p wire.Packet) [][]byte {
			return [][]byte{accept(t, key("wrong"), p)}
		}, wire.ErrForged, 1, 3 * time.Second},
		{"another request's", wire.Retry{Tries: 1}, func(_ int, p wire.Packet) [][]byte {
			other := accept(t, rfcKey, p)
			other[1]++
			return [][]byte{other}
		}, wire.ErrNoReply, 1, 3 * time.Second},
		{
			"without Message-Authenticator, which is demanded",
			wire.Retry{Tries: 1, RequireMessageAuthenticator: true},
			unsignedReply, wire.ErrNoMessageAuthenticator, 1, 3 * time.Second,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				reply, sent, took, err := exchange(t.Context(), t, tc.retry, tc.answer)
				if !errors.Is(err, tc.err) || sent != tc.sent || took != tc.took {
					t.Errorf("%v after %v and %d transmissions; want %v after %v and %d", err, took, sent, tc.err, tc.took, tc.sent)
				}
				if err == nil && reply.Code() != wire.AccessAccept {
					t.Errorf("reply %v", reply.Code())
				}
			})
		})
	}
}

func TestExchangeEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
		defer cancel()
		_, sent, took, err := exchange(ctx, t, wire.Retry{}, func(int, wire.Packet) [][]byte { return nil })
		if !errors.Is(err, context.DeadlineExceeded) || sent != 2 || took != 4*time.Second {
			t.Errorf("%v after %v and %d transmissions", err, took, sent)
		}
	})
}

// A port where nobody listens answers by ICMP; the server may be starting.
func TestExchangeWithAClosedPort(t *testing.T) {
	gone, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("udp", gone.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = gone.Close()
	request := parse(t, signed(t, rfcKey, "pa55"))
	_, err = wire.Exchange(t.Context(), conn, rfcKey, request, wire.Retry{Every: 10 * time.Millisecond})
	if !errors.Is(err, wire.ErrNoReply) {
		t.Error(err)
	}
}

// unsignedReply is an Accept with a right Response Authenticator and nothing
// else: the header's digest over what we would have built.
func unsignedReply(_ int, request wire.Packet) [][]byte {
	packet := []byte{byte(wire.AccessAccept), request.Identifier(), 0, 20}
	sum := md5.Sum(slices.Concat(packet, request.Bytes()[4:20], []byte("xyzzy5461")))
	return [][]byte{append(packet, sum[:]...)}
}
