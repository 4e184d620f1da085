package operator

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"example.com/muster/internal/keyring"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/secret"
)

// RADIUSClient is a protected client with its shared secret, unsealed: what
// the RADIUS door works with.
type RADIUSClient struct {
	policy.Client
	Secret secret.Text
}

// ClientStore is what Clients reads; see RADIUSClients for the methods.
type ClientStore interface {
	RADIUSClients(ctx context.Context) (clients []policy.Client, revision int64, err error)
	RADIUSClientsRevision(ctx context.Context) (int64, error)
}

// Clients is this node's view of the protected clients: what the engine and
// the doors look at for each request. It is safe for concurrent use.
type Clients struct {
	store ClientStore
	keys  *keyring.Ring
	log   *slog.Logger
	own   []policy.Client // our own pages

	byName atomic.Pointer[map[string]policy.Client]

	reloading sync.Mutex // guards what follows
	loaded    bool
	revision  int64
	followers []func([]RADIUSClient) error
}

// NewClients returns a view that knows only our own pages until Reload.
func NewClients(store ClientStore, keys *keyring.Ring, log *slog.Logger, own ...policy.Client) *Clients {
	c := &Clients{store: store, keys: keys, log: log, own: own}
	c.publish(nil)
	return c
}

// Client returns the client with this name; ok is false if there is none.
func (c *Clients) Client(name string) (p policy.Client, ok bool) {
	p, ok = (*c.byName.Load())[name]
	return p, ok
}

// Subscribe has follower called with all RADIUS clients whenever they
// change, one call at a time. It reloads first: when it returns, the follower
// is up to date.
func (c *Clients) Subscribe(ctx context.Context, follower func([]RADIUSClient) error) error {
	c.reloading.Lock()
	c.followers = append(c.followers, follower)
	c.reloading.Unlock()
	return c.Reload(ctx)
}

// Reload reads the clients from the database and tells all followers. A
// client whose secret cannot be opened is left out and logged; the others
// work.
func (c *Clients) Reload(ctx context.Context) error {
	c.reloading.Lock()
	defer c.reloading.Unlock()
	list, revision, err := c.store.RADIUSClients(ctx)
	if err != nil {
		return err
	}
	opened := make([]RADIUSClient, 0, len(list))
	for _, p := range list {
		plain, err := c.keys.Open(nil, policy.SecretPlace(p.ID), p.SealedSecret)
		if err != nil {
			c.log.Error("a client's secret cannot be opened; the client is left out", "client", p.Name, "error", err)
			continue
		}
		opened = append(opened, RADIUSClient{Client: p, Secret: secret.New(string(plain))})
	}
	c.publish(opened)
	for _, follower := range c.followers {
		if err := follower(opened); err != nil {
			c.loaded = false
			return fmt.Errorf("operator: telling of the protected clients: %w", err)
		}
	}
	c.loaded, c.revision = true, revision
	return nil
}

func (c *Clients) publish(clients []RADIUSClient) {
	byName := make(map[string]policy.Client, len(clients)+len(c.own))
	for _, p := range clients {
		byName[p.Name] = p.Client
	}
	for _, p := range c.own {
		byName[p.Name] = p
	}
	c.byName.Store(&byName)
}

// pollEvery is how often Follow looks whether another node has changed a
// client.
const pollEvery = time.Second

// Follow keeps the view current until ctx ends, so that what another node
// changes holds here within two seconds, and so does what failed to take
// effect at once.
func (c *Clients) Follow(ctx context.Context) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	failing := false // said once, not every second
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := c.follow(ctx)
		if err != nil && ctx.Err() == nil && !failing {
			c.log.Warn("cannot look for changed clients", "error", err)
		}
		failing = err != nil
	}
}

func (c *Clients) follow(ctx context.Context) error {
	revision, err := c.store.RADIUSClientsRevision(ctx)
	if err != nil {
		return err
	}
	c.reloading.Lock()
	current := c.loaded && c.revision == revision
	c.reloading.Unlock()
	if current {
		return nil
	}
	return c.Reload(ctx)
}

// reserved reports whether the name belongs to one of our own pages, or means
// everywhere.
func (c *Clients) reserved(name string) bool {
	if name == Everywhere {
		return true
	}
	for _, p := range c.own {
		if p.Name == name {
			return true
		}
	}
	return false
}
