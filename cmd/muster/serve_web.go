package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"golang.org/x/sync/errgroup"

	"example.com/muster/internal/clock"
	"example.com/muster/internal/door/console"
	"example.com/muster/internal/door/portal"
	"example.com/muster/internal/id"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/selfservice"
	"example.com/muster/internal/session"
	"example.com/muster/internal/web"
)

// serveWeb opens portal and console, and what monitoring asks for.
func (s *server) serveWeb(ctx context.Context, group *errgroup.Group, at *listening, secure *tls.Config) error {
	pages, err := s.webServer()
	if err != nil {
		return err
	}
	token, err := s.config.MetricsToken()
	if err != nil {
		return err
	}
	front := http.NewServeMux()
	// Monitoring asks by address, not by the public name, so these two are
	// not behind the pages' check of the host.
	front.HandleFunc("GET /healthz", s.health)
	front.Handle("/", pages)
	if address := s.config.Metrics.Listen; address != "" {
		own := http.NewServeMux()
		own.Handle("GET /metrics", s.metrics.handler(token))
		if at.metrics, err = s.listen(ctx, group, "metrics.listen", address, own, secure); err != nil {
			return err
		}
	} else if !token.Empty() {
		front.Handle("GET /metrics", s.metrics.handler(token))
	}
	if at.http, err = s.listen(ctx, group, "http.listen", s.config.HTTP.Listen, front, secure); err != nil {
		return err
	}
	return s.keepCertificate(ctx)
}

func (s *server) listen(ctx context.Context, group *errgroup.Group, key, address string, h http.Handler, secure *tls.Config) (net.Addr, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, cannotListen(key, address, err)
	}
	group.Go(func() error { return web.Serve(ctx, listener, h, secure, s.log) })
	return listener.Addr(), nil
}

// webServer makes the server of the pages and lets the doors add theirs.
func (s *server) webServer() (*web.Server, error) {
	logo, err := s.logo()
	if err != nil {
		return nil, err
	}
	b := s.config.Brand
	pages, err := web.New(web.Config{
		PublicURL: s.config.PublicURL,
		Brand:     web.Brand{Name: b.Name, Logo: logo, Colour: b.Colour, Help: b.Help},
		Zone:      s.config.TimeZone, Log: s.log, Now: clock.Now,
		TrustedProxies: s.config.HTTP.TrustedProxies, Observe: s.metrics.page,
	})
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, err, "brand: the pages cannot be shown like that").WithHint("%v", err)
	}
	if err := s.addDoors(pages); err != nil {
		return nil, err
	}
	if s.pages != nil {
		err = s.pages(pages)
	}
	return pages, err
}

// addDoors adds the pages of portal and console.
func (s *server) addDoors(pages *web.Server) error {
	sessions := &session.Keeper{Store: s.store, People: s.engine, IDs: s.ids, Rand: rand.Reader, Now: clock.Now}
	_, err := portal.New(portal.Config{
		Web: pages, Engine: s.engine, Desk: s.desk, Sessions: sessions,
		Self: selfservice.New(selfservice.Config{
			Store: s.store, Desk: s.desk, Keys: s.keys, IDs: s.ids, Rand: rand.Reader, Now: clock.Now,
		}),
		Passwords: s.passwords, Keys: s.keys, Passkeys: s.engine.Passkeys.Available(),
		Office: console.Pages{}, Instructions: s.store,
	})
	if err != nil {
		return err
	}
	_, err = console.New(console.Config{Web: pages, Operator: s.operator, Sessions: sessions, Heard: s.heard})
	return err
}

// heard tells the console what the RADIUS door has heard, in its own words:
// doors do not know each other.
func (s *server) heard() console.Heard {
	status := s.radius.Status()
	h := console.Heard{Clients: make(map[id.ID]console.Traffic, len(status.Clients))}
	for _, c := range status.Clients {
		h.Clients[c.ID] = console.Traffic{
			LastPacket: c.LastPacket, LastFrom: c.LastFrom, LastAnswered: c.LastAnswered,
			LastTrouble: string(c.LastTrouble), LastTroubleAt: c.LastTroubleAt, Troubled: c.Troubled(),
		}
	}
	for _, stranger := range status.Strangers {
		h.Strangers = append(h.Strangers, console.Stranger{
			Address: stranger.Address, First: stranger.First, Last: stranger.Last, Packets: int(stranger.Packets),
		})
	}
	return h
}

func (n *node) logo() ([]byte, error) {
	if n.config.Brand.Logo == "" {
		return nil, nil
	}
	content, err := os.ReadFile(n.config.Brand.Logo)
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, err, "brand.logo: %s cannot be read", n.config.Brand.Logo)
	}
	return content, nil
}

// healthPatience bounds how long a health check waits for the database.
const healthPatience = 2 * time.Second

// health says whether this node can answer: 200, or 503 while the database is
// away or a certificate has not come yet.
func (s *server) health(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), healthPatience)
	defer cancel()
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if err := s.store.Ping(ctx); err != nil {
		s.log.Warn("health check failed", "error", err)
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, "the database does not answer\n")
		return
	}
	if s.auto != nil && s.auto.ValidUntil().IsZero() {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, "there is no web certificate yet; RADIUS is served\n")
		return
	}
	_, _ = io.WriteString(w, "ok\n")
}
