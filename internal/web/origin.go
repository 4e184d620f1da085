package web

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// clientOf returns where a request comes from: the peer of the connection, or
// what trusted proxies say. Of X-Forwarded-For the last address counts that no
// trusted proxy has; anything further left was written by the client itself.
func (s *Server) clientOf(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	client := peer.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !s.trusts(client) {
			break
		}
		addr, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		client = addr.Unmap()
	}
	return client
}

func (s *Server) trusts(peer netip.Addr) bool {
	return slices.ContainsFunc(s.cfg.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(peer) })
}

// hostKnown reports whether a request names the host people are told to use.
// On loopback every name of it will do, for all of them are this machine.
func (s *Server) hostKnown(r *http.Request) bool {
	if strings.EqualFold(r.Host, s.cfg.PublicURL.Host) {
		return true
	}
	host, port := splitHost(r.Host)
	_, ours := splitHost(s.cfg.PublicURL.Host)
	if strings.EqualFold(host, s.hostname) {
		return defaultPort(port, s.cfg.PublicURL.Scheme) == defaultPort(ours, s.cfg.PublicURL.Scheme)
	}
	return isLoopback(s.hostname) && isLoopback(host)
}

func splitHost(hostport string) (host, port string) {
	if host, port, err := net.SplitHostPort(hostport); err == nil {
		return host, port
	}
	return strings.Trim(hostport, "[]"), ""
}

func defaultPort(port, scheme string) string {
	switch {
	case port != "":
		return port
	case scheme == "https":
		return "443"
	default:
		return "80"
	}
}

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}
