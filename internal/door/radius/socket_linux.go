package radius

import (
	"encoding/binary"
	"net/netip"
	"syscall"
)

// askForLocalAddress lets each datagram come with the address it was sent to
// (ip(7) IP_PKTINFO, RFC 3542 section 6.1).
func (s *udpSocket) askForLocalAddress() {
	raw, err := s.conn.SyscallConn()
	if err != nil {
		return
	}
	level, option := syscall.IPPROTO_IPV6, syscall.IPV6_RECVPKTINFO
	if s.bound.Addr().Is4() {
		level, option = syscall.IPPROTO_IP, syscall.IP_PKTINFO
	}
	_ = raw.Control(func(fd uintptr) {
		s.control = syscall.SetsockoptInt(int(fd), level, option, 1) == nil
	})
}

// answerFromThere makes the control message that came with a datagram fit to
// send its reply: the address stays, the interface is left to the routing
// table unless the address is good on one link only.
func (r *route) answerFromThere() {
	if r.used < syscall.SizeofCmsghdr {
		r.used = 0
		return
	}
	info := r.control[syscall.CmsgLen(0):r.used]
	level := binary.NativeEndian.Uint32(r.control[syscall.CmsgLen(0)-8:])
	switch {
	case level == syscall.IPPROTO_IP && len(info) >= syscall.SizeofInet4Pktinfo:
		clear(info[:4])
	case level == syscall.IPPROTO_IPV6 && len(info) >= syscall.SizeofInet6Pktinfo:
		if !netip.AddrFrom16([16]byte(info[:16])).IsLinkLocalUnicast() {
			clear(info[16:20])
		}
	default:
		r.used = 0
	}
}
