package main

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"

	"example.com/muster/internal/clock"
	"example.com/muster/internal/config"
	"example.com/muster/internal/notify/inbox"
	"example.com/muster/internal/problem"
)

type demoCommand struct {
	Dir    string `placeholder:"DIR" help:"Keep the data here; without it they are gone afterwards."`
	HTTP   string `default:"127.0.0.1:8080" placeholder:"ADDR" help:"Where portal and console are served."`
	Radius string `name:"radius" default:"127.0.0.1:1812" placeholder:"ADDR" help:"Where RADIUS is served."`
}

func (c *demoCommand) examples() string {
	return "demo  # everything is gone afterwards\ndemo --dir /tmp/muster-demo --http 127.0.0.1:8081 --radius 127.0.0.1:18120"
}

// mailsKept is how many mails the demo's inbox shows.
const mailsKept = 200

// runHere serves made-up people from a scratch folder until it is told to
// stop.
func (c *demoCommand) runHere(ctx context.Context, in invocation) (err error) {
	dir, remove, err := c.folder()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	settled, err := c.configure(dir)
	if err != nil {
		return err
	}
	if clock.Tag != "" {
		in.terminal.warn("this build has a clock that a file can move ("+clock.Tag+")", "")
	}
	mails := inbox.New(mailsKept)
	return withLock(ctx, settled, func() error {
		scene := demoScene{dir: dir}
		if err := scene.set(ctx, settled, demoPost{mails}); err != nil {
			return err
		}
		return withNode(ctx, in, settled, func(n *node) error {
			if err := scene.invite(ctx, n.operator); err != nil {
				return err
			}
			n.mailroom.Transport = demoPost{mails}
			s := newServer(n)
			s.pages = demoPages{mails, settled.PublicURL.String()}.add
			s.ready = func(at listening) error { return scene.announce(in.terminal.out, settled, at) }
			return s.run(ctx)
		})
	})
}

// folder returns where the data go, and what is to be done with that at the
// end.
func (c *demoCommand) folder() (dir string, remove func() error, err error) {
	if c.Dir == "" {
		dir, err = os.MkdirTemp("", "muster-demo-")
		return dir, func() error { return os.RemoveAll(dir) }, err
	}
	dir, err = filepath.Abs(c.Dir)
	if err == nil {
		err = makeDataDir(dir)
	}
	return dir, func() error { return nil }, err
}

// configure writes the configuration of the demo, so that other commands can
// be tried beside it.
func (c *demoCommand) configure(dir string) (*config.Config, error) {
	host, port, err := net.SplitHostPort(c.HTTP)
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, err, "--http is not host:port").WithHint("for example 127.0.0.1:8080")
	}
	if ip := net.ParseIP(host); host != "localhost" && !ip.IsLoopback() {
		return nil, problem.New(problem.Invalid, "--http is not a loopback address").
			WithHint("the demo speaks plain HTTP, so it is for this machine only")
	}
	if host == "127.0.0.1" {
		host = "localhost"
	}
	content := fmt.Sprintf(`# Made by muster demo.
public_url: http://%s
data_dir: data
http: {listen: %q}
radius: {listen: [%q]}
domains: [example.com, EXAMPLE]
brand:
  name: Example Ltd
  help: "IT help desk, +49 30 1234"
`, net.JoinHostPort(host, port), c.HTTP, c.Radius)
	path := filepath.Join(dir, demoConfig)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		return nil, problem.Wrap(problem.Invalid, err, "%s cannot be written", path)
	}
	settled, err := config.Load(path)
	if mistakes, ok := errors.AsType[config.Mistakes](err); ok {
		return nil, problem.Wrap(problem.Invalid, err, "these addresses cannot be used").WithHint("%s", mistakes[0])
	}
	return settled, err
}

// demoConfig is the name of the configuration in the demo's folder.
const demoConfig = "muster.yml"

// keepSecret returns the secret in a file of the demo's folder, made by fresh
// the first time.
func keepSecret(path string, fresh func() string) (string, error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		content = []byte(fresh() + "\n")
		err = os.WriteFile(path, content, 0o600)
	}
	return strings.TrimSpace(string(content)), err
}

// randomKey returns 160 random bits, as people type them into an authenticator.
func randomKey() string {
	var key [20]byte
	_, _ = rand.Read(key[:]) // never fails
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(key[:])
}
