package store

import (
	"context"
	"net/netip"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
)

const clientColumns = `id, name, address, secret, first_factor, code, unenrolled, message_authenticator, created_at`

// clientsRevision names the row of table revision that rises with every change
// to a client.
const clientsRevision = "radius_client"

// RADIUSClients implements [operator.RADIUSClients].
func (s *Store) RADIUSClients(ctx context.Context) (clients []policy.Client, revision int64, err error) {
	// The revision first: if a client changes in between, it is read again.
	if revision, err = s.RADIUSClientsRevision(ctx); err != nil {
		return nil, 0, err
	}
	clients, err = all(ctx, s.db.reader(), scanClient, `SELECT `+clientColumns+` FROM radius_client ORDER BY name`)
	return clients, revision, err
}

// scanClient reads clientColumns.
func scanClient(row scanner) (c policy.Client, err error) {
	var (
		cid, created                                    int64
		address, first, code, unenrolled, authenticator string
	)
	err = row.Scan(&cid, &c.Name, &address, &c.SealedSecret, &first, &code, &unenrolled, &authenticator, &created)
	if err != nil {
		return c, err
	}
	c.ID, c.CreatedAt = id.ID(cid), instant(created)
	c.FirstFactor, c.Code, c.Unenrolled = policy.FirstFactor(first), policy.CodePlace(code), policy.Unenrolled(unenrolled)
	c.MessageAuthenticator = policy.MessageAuthenticator(authenticator)
	c.Address, err = netip.ParsePrefix(address)
	return c, err
}

// RADIUSClientsRevision implements [operator.RADIUSClients].
func (s *Store) RADIUSClientsRevision(ctx context.Context) (int64, error) {
	n, _, err := one(ctx, s.db.reader(), number, `SELECT number FROM revision WHERE name = $1`, clientsRevision)
	return n, err
}

// AddRADIUSClient implements [operator.RADIUSClients].
func (s *Store) AddRADIUSClient(ctx context.Context, c policy.Client, log audit.Change) error {
	return s.write(ctx, func(w *work) error {
		if err := w.freeForClient(ctx, c); err != nil {
			return err
		}
		err := run(ctx, w, `INSERT INTO radius_client (`+clientColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			append(clientArgs(c), micros(c.CreatedAt))...)
		if err != nil {
			return err
		}
		return w.log(ctx, log)
	})
}

// SetRADIUSClient implements [operator.RADIUSClients].
func (s *Store) SetRADIUSClient(ctx context.Context, c policy.Client, log audit.Change) error {
	return s.turnPeriod(ctx, func(w *work) error {
		if err := w.freeForClient(ctx, c); err != nil {
			return err
		}
		was, _, err := one(ctx, w, text, `SELECT name FROM radius_client WHERE id = $1`, int64(c.ID))
		if err != nil {
			return err
		}
		if was != "" && was != c.Name {
			if err := w.movePlace(ctx, was, c.Name); err != nil {
				return err
			}
		}
		n, err := changed(w.ExecContext(ctx, `UPDATE radius_client SET name = $2, address = $3, secret = $4,
			first_factor = $5, code = $6, unenrolled = $7, message_authenticator = $8 WHERE id = $1`, clientArgs(c)...))
		if err != nil || n == 0 {
			return orElse(err, operator.ErrGone)
		}
		return w.log(ctx, log)
	})
}

// freeForClient raises the revision, which also keeps other writers out, and
// makes sure that nobody else has the client's name or address.
func (w *work) freeForClient(ctx context.Context, c policy.Client) error {
	if err := w.bump(ctx, clientsRevision); err != nil {
		return err
	}
	for _, is := range []struct {
		column, value string
		taken         error
	}{
		{"name", c.Name, operator.ErrNameTaken},
		{"address", c.Address.String(), operator.ErrAddressTaken},
	} {
		n, _, err := one(ctx, w, number,
			`SELECT count(*) FROM radius_client WHERE id <> $1 AND `+is.column+` = $2`, int64(c.ID), is.value)
		if err != nil {
			return err
		}
		if n > 0 {
			return is.taken
		}
	}
	return nil
}

// clientArgs are clientColumns without the last.
func clientArgs(c policy.Client) []any {
	return []any{
		int64(c.ID), c.Name, c.Address.String(), c.SealedSecret,
		string(c.FirstFactor), string(c.Code), string(c.Unenrolled), string(c.MessageAuthenticator),
	}
}
