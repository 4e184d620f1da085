package radius

import (
	"context"
	"net"
	"net/netip"
	"time"
)

// Socket is one address the door listens on. Only this package makes them.
type Socket interface {
	// Addr returns the address that was bound.
	Addr() netip.AddrPort
	// Close releases the address.
	Close() error

	// receive reads one datagram into buffer. It returns an error for good
	// once interrupt was called; other errors pass.
	receive(buffer []byte) (n int, from route, err error)
	// send writes one datagram back to where one came from.
	send(datagram []byte, to route) error
	// interrupt ends every receive, now and later.
	interrupt()
}

// route is where a datagram came from and how a reply goes back.
type route struct {
	peer    netip.AddrPort // IPv4 is never written as IPv6 here
	control [controlSize]byte
	used    int // octets of control
}

// controlSize holds one control message with the address that was called.
const controlSize = 64

// receiveBuffer is what we ask the kernel to keep for us while we are busy: a
// second of a busy hour. It may give less.
const receiveBuffer = 4 << 20

// Listen binds a UDP address ("127.0.0.1:1812", ":1812", "[::1]:1812"). If it
// names no host, replies leave from the very address that was called, on
// systems where that can be had: a device drops a reply from another.
func Listen(ctx context.Context, address string) (Socket, error) {
	packets, err := new(net.ListenConfig).ListenPacket(ctx, "udp", address)
	if err != nil {
		return nil, err
	}
	conn := packets.(*net.UDPConn)           //nolint:forcetypeassert // what "udp" gives
	bound := conn.LocalAddr().(*net.UDPAddr) //nolint:forcetypeassert // what a UDPConn has
	_ = conn.SetReadBuffer(receiveBuffer)
	s := &udpSocket{conn: conn, bound: bound.AddrPort()}
	if s.bound.Addr().IsUnspecified() {
		s.askForLocalAddress()
	}
	return s, nil
}

type udpSocket struct {
	conn    *net.UDPConn
	bound   netip.AddrPort
	control bool // receive learns the local address
}

func (s *udpSocket) Addr() netip.AddrPort { return s.bound }

func (s *udpSocket) Close() error { return s.conn.Close() }

func (s *udpSocket) interrupt() { _ = s.conn.SetReadDeadline(time.Unix(1, 0)) }

func (s *udpSocket) receive(buffer []byte) (n int, from route, err error) {
	if s.control {
		n, from.used, _, from.peer, err = s.conn.ReadMsgUDPAddrPort(buffer, from.control[:])
		from.answerFromThere()
	} else {
		n, from.peer, err = s.conn.ReadFromUDPAddrPort(buffer)
	}
	from.peer = netip.AddrPortFrom(from.peer.Addr().Unmap(), from.peer.Port())
	return n, from, err
}

func (s *udpSocket) send(datagram []byte, to route) error {
	if to.used == 0 {
		_, err := s.conn.WriteToUDPAddrPort(datagram, to.peer)
		return err
	}
	_, _, err := s.conn.WriteMsgUDPAddrPort(datagram, to.control[:to.used], to.peer)
	return err
}
