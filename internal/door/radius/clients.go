package radius

import (
	"fmt"
	"net/netip"

	"github.com/gaissmai/bart"

	"example.com/muster/internal/door/radius/wire"
	"example.com/muster/internal/id"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/secret"
)

// Client is a protected client together with its shared secret, unsealed.
type Client struct {
	policy.Client
	Secret secret.Text
}

// client is a Client at work.
type client struct {
	Client
	key     *wire.Key
	journal *journal
}

// clientTable finds clients by address; it is never changed once in use.
type clientTable struct {
	byAddress bart.Table[*client]
	journals  map[id.ID]*journal
	all       []*client
}

// SetClients replaces all clients at once, also while serving. What is
// remembered of a client that stays (by ID) is kept. It returns an error, and
// changes nothing, if two clients have the same address, an address is
// invalid, or a secret is empty.
func (d *Door) SetClients(clients []Client) error {
	old := d.clients.Load()
	table := &clientTable{journals: make(map[id.ID]*journal, len(clients))}
	for _, c := range clients {
		address := unmap(c.Address)
		switch other, taken := table.byAddress.Get(address); {
		case !address.IsValid():
			return fmt.Errorf("radius: client %q has no valid address", c.Name)
		case taken:
			return fmt.Errorf("radius: clients %q and %q have the same address %v", other.Name, c.Name, address)
		case c.Secret.Empty():
			return fmt.Errorf("radius: client %q has no shared secret", c.Name)
		}
		kept := old.journals[c.ID]
		if kept == nil {
			kept = new(journal)
		}
		entry := &client{Client: c, key: wire.NewKey(c.Secret), journal: kept}
		table.byAddress.Insert(address, entry)
		table.journals[c.ID] = kept
		table.all = append(table.all, entry)
	}
	d.clients.Store(table)
	return nil
}

// unmap writes an IPv4 network that was written as IPv6 (::ffff:192.0.2.0/120)
// as what it is: received addresses are written that way.
func unmap(p netip.Prefix) netip.Prefix {
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked()
}

// find returns the client with the longest prefix that holds address, or nil.
func (t *clientTable) find(address netip.Addr) *client {
	c, _ := t.byAddress.Lookup(address.WithZone(""))
	return c
}
