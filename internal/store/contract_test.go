package store_test

import (
	"example.com/muster/internal/authn"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/jobs"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/selfservice"
	"example.com/muster/internal/session"
	"example.com/muster/internal/store"
)

// Whatever needs a store declares what it needs of one.
var _ interface { //nolint:interfacebloat // the sum of small ones
	authn.Store
	operator.Store
	enrollment.Store
	session.Store
	selfservice.Store
	notify.Outbox
	jobs.Remains
	jobs.Leads
	jobs.Weeks
} = (*store.Store)(nil)

var _ jobs.PasswordStore = (*store.Store)(nil)
