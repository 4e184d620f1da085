package main

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"time"

	"golang.org/x/sync/errgroup"

	"example.com/muster/internal/clock"
	"example.com/muster/internal/control"
	"example.com/muster/internal/door/radius"
	"example.com/muster/internal/jobs"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/web"
)

// server is a node with its doors.
type server struct {
	*node
	metrics *metrics
	radius  *radius.Door
	clock   *jobs.ClockWatch
	auto    *web.AutoCertificate // nil: the certificate comes from elsewhere
	elector *jobs.Elector

	// What the demo does otherwise.
	pages func(*web.Server) error // more pages; nil: none
	ready func(listening) error   // called once all is served; nil: nothing
}

// listening is where a server can be reached.
type listening struct {
	http, metrics net.Addr // metrics may be nil
	radius        []netip.AddrPort
}

func newServer(n *node) *server {
	s := &server{
		node: n, metrics: newMetrics(),
		clock: &jobs.ClockWatch{Now: clock.Now, Log: n.log, Newest: n.store.NewestSignIn},
		radius: radius.New(radius.Options{
			Engine: n.engine, Now: clock.Now, Log: n.log,
			Brand: n.config.Brand.Name, EnrollAddress: n.config.PublicURL.Host + "/e", Help: n.config.Brand.Help,
		}),
	}
	s.metrics.registry.MustRegister(radiusCollector{s.radius})
	s.metrics.watchPasswords(n.passwords)
	s.elector = &jobs.Elector{
		Leads: n.store, Node: nodeName(), Sole: !n.store.Shared(), Jobs: s.jobs(), Now: clock.Now, Log: n.log,
	}
	s.metrics.registry.MustRegister(jobCollector{s.elector}, &standingCollector{store: s.store, people: n.counted, now: clock.Now, log: s.log})
	n.moreChecks = append(n.moreChecks, s.checkClock)
	return s
}

func (s *server) checkClock() operator.Check {
	c := operator.Check{Name: "clock", OK: true, Finding: "has not been set back"}
	if state := s.clock.State(); state.Behind > 0 {
		c.OK = false
		c.Finding = fmt.Sprintf("is %s behind %s", state.Behind.Round(time.Second), state.Against)
		c.Hint = "set it right, and let it be kept right (NTP)"
	}
	return c
}

// run opens the doors and serves until ctx ends; then it lets finish what is
// in hand. The first door that cannot go on ends all others.
func (s *server) run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	secure, err := s.secure()
	if err != nil {
		return err
	}
	var at listening
	begin := func(part func(context.Context, *errgroup.Group, *listening) error) {
		if err == nil {
			err = part(ctx, group, &at)
		}
	}
	begin(s.serveRADIUS)
	begin(s.serveCommands)
	begin(s.work)
	begin(func(ctx context.Context, g *errgroup.Group, at *listening) error {
		return s.serveWeb(ctx, g, at, secure) // the last: the health page says that all is there
	})
	if err == nil {
		err = s.tellReady(at)
	}
	if err != nil {
		group.Go(func() error { return err }) // ends what has begun
	}
	context.AfterFunc(ctx, func() { tellSupervisor("STOPPING=1") })
	return group.Wait()
}

func (s *server) tellReady(at listening) error {
	addresses := make([]string, len(at.radius))
	for i, a := range at.radius {
		addresses[i] = a.String()
	}
	s.log.Info("serving", "version", thisBuild().String(), "public_url", s.config.PublicURL.String(),
		"http", at.http.String(), "radius", joined(addresses))
	tellSupervisor("READY=1")
	if s.ready != nil {
		return s.ready(at)
	}
	return nil
}

// serveRADIUS opens the RADIUS door, if the configuration has addresses for it.
func (s *server) serveRADIUS(ctx context.Context, group *errgroup.Group, at *listening) error {
	if err := s.clients.Subscribe(ctx, func(clients []operator.RADIUSClient) error {
		known := make([]radius.Client, len(clients))
		for i, c := range clients {
			known[i] = radius.Client(c)
		}
		return s.radius.SetClients(known)
	}); err != nil {
		return err
	}
	var sockets []radius.Socket
	for _, address := range s.config.RADIUS.Listen {
		socket, err := radius.Listen(ctx, address)
		if err != nil {
			return cannotListen("radius.listen", address, err)
		}
		sockets = append(sockets, socket)
		at.radius = append(at.radius, socket.Addr())
	}
	if len(sockets) > 0 {
		group.Go(func() error { return s.radius.Serve(ctx, sockets...) })
	}
	return nil
}

func cannotListen(key, address string, err error) error {
	return problem.Wrap(problem.Unavailable, err, "%s: cannot listen on %s", key, address).
		WithHint("another program may have the address, or this user may not use the port: %v", err)
}

// serveCommands listens for the operator's commands.
func (s *server) serveCommands(ctx context.Context, group *errgroup.Group, _ *listening) error {
	socket, err := control.Listen(s.config.DataDir)
	if err != nil {
		return problem.Wrap(problem.Unavailable, err, "the command socket cannot be made in %s", s.config.DataDir)
	}
	commands := control.Server{Run: s.runner(), Log: s.log}
	group.Go(func() error { return commands.Serve(ctx, socket) })
	return nil
}

// warm reads people into memory, so that their first sign-in is a quick one.
func (s *server) warm(ctx context.Context) {
	if err := s.store.Warm(ctx); err != nil && ctx.Err() == nil {
		s.log.Warn("people could not be read ahead", "error", err)
	}
}

// followClients is needed where other nodes may change them.
func (s *server) followClients(ctx context.Context) {
	if s.store.Shared() {
		s.clients.Follow(ctx)
	}
}
