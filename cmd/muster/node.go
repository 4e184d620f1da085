package main

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/clock"
	"example.com/muster/internal/config"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/directory/bind"
	"example.com/muster/internal/directory/ldapsync"
	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/factor/password"
	"example.com/muster/internal/id"
	"example.com/muster/internal/jobs"
	"example.com/muster/internal/keyring"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/roster"
	"example.com/muster/internal/store"
)

// databaseName is the SQLite database in the data folder.
const databaseName = "muster.db"

// purpose is what a node is opened for.
type purpose int

const (
	forUse     purpose = iota // one command in this process
	forServing                // the doors
	forRestore                // everything in it is about to be replaced
)

// node is the opened data with everything that works on it. The process that
// has it holds the lock of the data folder.
type node struct {
	config    *config.Config
	log       *slog.Logger
	now       func() time.Time
	keys      *keyring.Ring
	store     *store.Store
	passwords *password.Checker
	ids       *id.Source
	clients   *operator.Clients
	engine    *authn.Engine
	readers   *ldapsync.Directories
	roster    *roster.Roster
	homes     *bind.Directories
	desk      *enrollment.Desk
	operator  *operator.Operator
	counted   *operator.Counted
	mailroom  *operator.Mailroom

	mail       *jobs.Bell              // rings when messages wait
	tell       *jobs.Bell              // rings when people may have to be told what is required of them
	serving    bool                    // doors are open on it
	moreChecks []func() operator.Check // of the doors, for doctor
}

// openNode opens keys and database, making and migrating them where needed.
func openNode(ctx context.Context, c *config.Config, log *slog.Logger, why purpose) (*node, error) {
	return openNodeAt(ctx, c, log, why, clock.Now)
}

// openNodeAt is openNode with a clock of one's own.
func openNodeAt(ctx context.Context, c *config.Config, log *slog.Logger, why purpose, now func() time.Time) (*node, error) {
	n := &node{config: c, log: log, now: now, serving: why == forServing, mail: jobs.NewBell(), tell: jobs.NewBell()}
	var err error
	n.keys, err = keyring.Load(c.KeysFile)
	missing := errors.Is(err, fs.ErrNotExist)
	if missing {
		n.keys = keyring.Ephemeral(n.now())
	} else if err != nil {
		return nil, err
	}
	if n.store, err = n.openStore(ctx); err != nil {
		return nil, err
	}
	switch {
	case why == forRestore: // a backup brings its own keys
	case missing:
		err = n.keepNewKeys(ctx)
	default:
		err = n.checkKeys(ctx)
	}
	if err == nil {
		err = n.assemble(ctx, why)
	}
	if err != nil {
		return nil, errors.Join(err, n.close())
	}
	return n, nil
}

// tellAt calls for telling people what is required of them, at an instant.
func (n *node) tellAt(then time.Time) { n.tell.RingIn(then.Sub(n.now())) }

// keepNewKeys writes the keys file, where there is nothing yet that other keys
// have sealed.
func (n *node) keepNewKeys(ctx context.Context) error {
	census, err := n.store.CountPeople(ctx, "", n.now())
	if err != nil {
		return err
	}
	clients, _, err := n.store.RADIUSClients(ctx)
	if err != nil {
		return err
	}
	if census.All > 0 || len(clients) > 0 {
		return problem.New(problem.Unavailable, "the keys file %s is gone, but there are data", n.config.KeysFile).
			WithHint("put the keys back, or restore a backup that holds them: without them no secret can be opened")
	}
	if err := n.keys.Save(n.config.KeysFile); err != nil {
		return err
	}
	// Two nodes may start at once on an empty database: one makes the keys.
	alone := !n.store.Shared()
	fit, err := n.store.HoldKeys(ctx, n.keys.Fingerprint(), alone)
	if err == nil && !fit {
		err = errors.Join(problem.New(problem.Conflict, "another node has made the keys of this database").
			WithHint("copy its keys file to %s; if that is lost, begin with an empty database", n.config.KeysFile),
			os.Remove(n.config.KeysFile))
	}
	return err
}

// checkKeys refuses keys that open nothing in this database.
func (n *node) checkKeys(ctx context.Context) error {
	fit, err := n.store.HoldKeys(ctx, n.keys.Fingerprint(), false)
	if err != nil || fit {
		return err
	}
	return problem.New(problem.Conflict, "the keys in %s are not those of this database", n.config.KeysFile).
		WithHint("put the right keys file there, the same on every node; or restore a backup that holds them")
}

func (n *node) openStore(ctx context.Context) (*store.Store, error) {
	options := store.Options{
		Program: thisBuild().Version, Keys: n.keys, Now: n.now, Log: n.log, MailQueued: n.mail.Ring, DutiesDue: n.tellAt,
		MailOff: mailIsOff(n.config),
	}
	if n.config.Database == "" {
		options.File = filepath.Join(n.config.DataDir, databaseName)
	} else {
		options.Postgres = n.config.Database
		var err error
		if options.Password, err = n.config.DatabasePassword(); err != nil {
			return nil, err
		}
	}
	return store.Open(ctx, options)
}

// assemble puts together what stands on keys and database.
func (n *node) assemble(ctx context.Context, why purpose) error {
	n.passwords = password.New(password.Options{Worker: passwordWorker(why)})
	names := directory.NewNames(n.config.Domains)
	public := strings.TrimSuffix(n.config.PublicURL.String(), "/")
	newest, err := n.store.NewestID(ctx)
	if err != nil && why != forRestore {
		return err
	}
	n.ids = id.NewSource(newest)
	restored, err := n.store.FindChanges(ctx, operator.ChangeQuery{Action: operator.ActionRestore, Limit: 1})
	if err != nil && why != forRestore {
		return err
	}
	portal := policy.PortalClient(authn.DoorPortal)
	if n.config.Portal.PasswordAlone {
		portal.Unenrolled = policy.UnenrolledRequired
	}
	n.clients = operator.NewClients(n.store, n.keys, n.log,
		portal, policy.PortalClient(authn.DoorConsole), policy.TestClient(operator.TestClient))
	var restoredAt time.Time
	if len(restored) > 0 {
		restoredAt = restored[0].At()
	}
	passkeys, err := n.passkeyParty()
	if err != nil {
		return err
	}
	n.assembleDirectories(names)
	n.engine = authn.New(authn.Config{
		Directories: n.homes,
		RestoredAt:  restoredAt, Store: mailedDecisions{n.store, n.mail.Ring}, Clients: n.clients, Names: names, Keys: n.keys, Passwords: n.passwords,
		IDs: n.ids, Rand: rand.Reader, Now: n.now, EnrollURL: public + "/e", Log: n.log,
		Passkeys: passkeys,
	})
	n.desk = enrollment.NewDesk(enrollment.Config{
		Store: n.store, Keys: n.keys, IDs: n.ids, Rand: rand.Reader, Now: n.now,
		Issuer: n.config.Brand.Name, NotMeURL: public + "/not-me",
		Passkeys: passkeys, Log: n.log, Administrators: n.engine,
	})
	if n.mailroom, err = n.newMailroom(); err != nil {
		return err
	}
	n.counted = operator.NewCounted(n.store, n.now)
	n.operator = operator.New(operator.Config{
		Groups: groupReader{n.readers}, Browser: groupReader{n.readers}, Roster: n.roster, Prober: prober{n.readers},
		Store: n.counted, Engine: n.engine, Desk: n.desk, Clients: n.clients, Names: names, Keys: n.keys, Passwords: n.passwords,
		IDs: n.ids, Rand: rand.Reader, Now: n.now, Mail: n.mailroom, PublicURL: public, Passkeys: passkeys.Available(), Log: n.log,
		ReadAhead: n.store.Shared(),
	})
	n.roster.Invite, n.roster.Tell, n.roster.Roles = n.operator.WelcomeLink, n.operator.Welcome, n.operator.GroupRolesOf
	if why == forRestore {
		return nil // what is there may not even open with these keys
	}
	return errors.Join(n.clients.Reload(ctx), n.homes.Reload(ctx))
}

// close ends what openNode began.
func (n *node) close() error {
	if n.passwords != nil {
		n.passwords.Close()
	}
	if n.readers != nil {
		n.readers.Close()
	}
	if n.counted != nil {
		n.counted.Close()
	}
	return errors.Join(n.closeMailroom(), n.store.Close())
}

// workerArgument makes this binary a worker that checks passwords; see
// [password.ServeWorker]. People never type it.
const workerArgument = "password-worker"

// passwordWorker returns how to start a worker process, for a server.
func passwordWorker(why purpose) func() *exec.Cmd {
	if why != forServing {
		return nil
	}
	return func() *exec.Cmd {
		// Not os.Executable: after an upgrade that file is another version.
		command := exec.Command("/proc/self/exe", workerArgument) //nolint:noctx // the checker ends it
		command.Args[0] = os.Args[0]
		command.Env = []string{} // it needs nothing of ours, least of all secrets
		command.Stderr = os.Stderr
		return command
	}
}
