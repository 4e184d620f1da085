package ldap

import "time"

// ServerHealth is what is known of one server.
type ServerHealth struct {
	Server string
	InUse  bool
	Err    error     // why it is out of use, or what went wrong last
	Proven time.Time // when it last answered; zero: never
}

// Health returns the state of every server, the preferred one first, and why
// the service account is refused; nil: it is not, as far as we know.
func (d *Directory) Health() (servers []ServerHealth, account error) {
	for _, s := range d.servers {
		s.breaker.mu.Lock()
		servers = append(servers, ServerHealth{
			Server: s.url, InUse: s.breaker.pause == 0, Err: s.breaker.lastErr, Proven: s.breaker.proven,
		})
		s.breaker.mu.Unlock()
	}
	d.account.mu.Lock()
	defer d.account.mu.Unlock()
	return servers, d.account.refused
}
