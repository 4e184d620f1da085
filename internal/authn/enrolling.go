package authn

import (
	"context"

	"example.com/muster/internal/challenge"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor"
)

// Enrolling returns the right that an Enroll decision gave to the browser
// holding its handle. ok is false if there is none, or no longer.
func (e *Engine) Enrolling(ctx context.Context, door string, h Handle) (r enrollment.Right, ok bool, err error) {
	hash := HashHandle(e.Keys, h)
	c, err := e.Store.Challenge(ctx, hash)
	if err != nil {
		return enrollment.Right{}, false, unavailable(err)
	}
	if c == nil || c.Door != door || c.Purpose != challenge.Enroll || !c.Password || c.Status(e.Now()) != challenge.Pending {
		return enrollment.Right{}, false, nil
	}
	client, known := e.Clients.Client(c.Client)
	if !known || !client.Browser {
		return enrollment.Right{}, false, nil
	}
	return enrollment.Right{
		Person: c.Person, Browser: enrollment.HashBrowser(h.Text), Challenge: &hash, Invitation: c.Invitation,
		Until: c.ExpiresAt, Proven: []factor.Method{factor.MethodPassword},
	}, true, nil
}
