package ldapsync

import (
	"bytes"
	"context"
	"errors"

	"example.com/muster/internal/directory/ldap"
	"example.com/muster/internal/directory/ldap/wire"
	"example.com/muster/internal/roster"
)

// errNoCookie: a server that takes the control and then ignores it.
var errNoCookie = errors.New("the server answers DirSync without a cookie")

// dirSyncStart returns a cookie for what changes from now on. ok is false where
// the account has no right to replicate changes: without it DirSync does not
// tell all deletions, and another way is taken.
func (r *run) dirSyncStart(ctx context.Context) (cookie []byte, ok bool, err error) {
	// The cookie does not depend on the filter: this one matches next to nothing.
	cookie, err = r.dirSyncRounds(ctx, nil, wire.Equal("objectClass", "domainDNS"), func(*wire.Entry) error { return nil })
	if _, answered := ldap.CodeOf(err); answered || errors.Is(err, errNoCookie) {
		return nil, false, nil
	}
	return cookie, err == nil, err
}

// dirSync asks which people have changed since the cookie, and reads those.
func (r *run) dirSync(ctx context.Context, next cursor) (roster.Reading, error) {
	var changed, deleted []string
	filter := wire.Or(wire.Equal("objectClass", "user"), wire.Equal("isDeleted", "TRUE"))
	cookie, err := r.dirSyncRounds(ctx, r.since.Cookie, filter, func(e *wire.Entry) error {
		object, ok := r.mapping.identity(e.Value(r.mapping.identityAttribute))
		switch {
		case !ok:
		case string(e.Value("isDeleted")) == "TRUE":
			deleted = append(deleted, object)
		default:
			changed = append(changed, object)
		}
		return nil
	})
	if _, answered := ldap.CodeOf(err); answered { // a cookie that the server does not know any more
		return r.restart(ctx)
	}
	if err != nil {
		return roster.Reading{}, err
	}
	next.Cookie = cookie
	if len(changed) > mostChanged {
		return r.full(ctx, next)
	}
	missing, err := r.again(ctx, changed)
	if err != nil {
		return roster.Reading{}, err
	}
	if err := r.gone(append(missing, deleted...)); err != nil {
		return roster.Reading{}, err
	}
	return r.end(roster.Reading{How: "changes by DirSync"}, next), nil
}

// restart reads everything as if there had been no cursor.
func (r *run) restart(ctx context.Context) (roster.Reading, error) {
	r.since = cursor{}
	next, err := r.activeDirectoryCursor(ctx)
	if err != nil {
		return roster.Reading{}, err
	}
	return r.full(ctx, next)
}

// dirSyncRounds asks until the server has no more, and returns the last cookie.
func (r *run) dirSyncRounds(ctx context.Context, cookie []byte, filter wire.Filter,
	each func(*wire.Entry) error,
) ([]byte, error) {
	for {
		last, err := r.session.Exchange(ctx, wire.Search{
			Base: r.root.DefaultContext, Scope: wire.Subtree, Filter: filter, // any attribute: a filter may be about it
			Controls: []wire.Control{wire.DirSync(0, cookie)},
		}, func(_ wire.Message, e *wire.Entry) error { return each(e) }, nil)
		if err != nil {
			return nil, err
		}
		next, more, ok := last.DirSyncCookie()
		if !ok || len(next) == 0 {
			return nil, errNoCookie
		}
		next = bytes.Clone(next)
		if !more || bytes.Equal(next, cookie) {
			return next, nil
		}
		cookie = next
	}
}
