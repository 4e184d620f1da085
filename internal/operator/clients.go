package operator

import (
	"context"
	"sync"
	"sync/atomic"

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

// ClientStore is what Clients reads.
type ClientStore interface {
	RADIUSClients(ctx context.Context) (clients []policy.Client, revision int64, err error)
	RADIUSClientsRevision(ctx context.Context) (int64, error)
}

// Clients is this node's view of the protected clients: what the engine and
// the doors read at each request. It is safe for concurrent use.
type Clients struct {
	store ClientStore
	keys  *keyring.Ring
	own   []policy.Client

	byName atomic.Pointer[map[string]policy.Client]

	reloading sync.Mutex // also guards what follows
	revision  int64
	followers []func([]RADIUSClient) error
}
