package operator

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strconv"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/keyring"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
)

// ActionRestore names a restore in the log of changes: codes of the time before
// it are not accepted.
const ActionRestore = "restore"

// RotateKeys makes a new sealing key, seals everything anew with it while
// others work, and forgets keys that were replaced longer ago than a day. If
// it is interrupted, the next run finishes the work. progress may be nil.
func (o *Operator) RotateKeys(ctx context.Context, by audit.Actor, progress func(done, total int64)) error {
	if err := o.may(ctx, by, Configure, nil); err != nil {
		return err
	}
	fresh, err := o.Keys.Rotate(o.Now())
	if err != nil {
		return err
	}
	log := o.entry(by, "key.rotate", "", "")
	log.Detail = "key " + strconv.FormatUint(uint64(fresh), 10)
	if err := o.Store.Reseal(ctx, progress, log); err != nil {
		return told(err)
	}
	return o.forgetKeys()
}

// keepOldKeys is how long a key is kept after another took its place: other
// nodes read the keys file again by and by, and seal with the old one until
// then.
const keepOldKeys = 24 * time.Hour

// forgetKeys removes the keys that have sealed nothing for long enough. It
// must follow on a Reseal.
func (o *Operator) forgetKeys() error {
	keys := o.Keys.Keys() // oldest first
	for i, k := range keys[:len(keys)-1] {
		if replaced := keys[i+1].Created; o.Now().Sub(replaced) < keepOldKeys {
			return nil
		}
		if err := o.Keys.Forget(k.ID); err != nil {
			return err
		}
	}
	return nil
}

// Backup writes everything as of one instant to w. With a passphrase the keys
// go with it, sealed under that; without, whoever restores needs the keys
// file.
func (o *Operator) Backup(ctx context.Context, by audit.Actor, w io.Writer, passphrase secret.Text) error {
	if err := o.may(ctx, by, Configure, nil); err != nil {
		return err
	}
	log := o.entry(by, "backup", "", "")
	var keys []byte
	if !passphrase.Empty() {
		var err error
		if keys, err = o.Keys.SealWithPassphrase(passphrase); err != nil {
			return err
		}
		log.Detail = "with keys"
	}
	if err := o.Store.Backup(ctx, w, keys, log); err != nil {
		return told(err)
	}
	return nil
}

// RestoreOptions say what to do with the keys of a backup.
type RestoreOptions struct {
	Passphrase secret.Text // opens the keys in the backup; empty: the present keys must fit
	KeysFile   string      // where the backup's keys go
}

// Restore checks a backup from its first to its last octet and whether the
// keys fit, and only then replaces everything with it. Nothing else may have
// the database open. Any refusal is a problem.Invalid and changes nothing.
func (o *Operator) Restore(ctx context.Context, by audit.Actor, r io.ReadSeeker, opt RestoreOptions) (BackupInfo, error) {
	if err := o.may(ctx, by, Configure, nil); err != nil {
		return BackupInfo{}, err
	}
	info, err := o.Store.InspectBackup(ctx, r)
	if err != nil {
		return BackupInfo{}, told(err)
	}
	ring, err := o.ringFor(info, opt.Passphrase)
	if err != nil {
		return BackupInfo{}, err
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return BackupInfo{}, problem.Wrap(problem.Invalid, err, "the backup cannot be read twice")
	}
	log := o.entry(by, ActionRestore, "", "")
	log.Detail = "of " + info.CreatedAt.UTC().Format(time.RFC3339)
	if err := o.Store.Restore(ctx, r, ring.Fingerprint(), log); err != nil {
		return BackupInfo{}, told(err)
	}
	if ring != o.Keys {
		// A crash between the two leaves data without their keys; restoring
		// once more mends it, since the backup has both.
		if err := ring.Replace(opt.KeysFile); err != nil {
			return BackupInfo{}, err
		}
	}
	return info, nil
}

// ringFor returns the keys that open what a backup holds.
func (o *Operator) ringFor(info BackupInfo, passphrase secret.Text) (*keyring.Ring, error) {
	ring := o.Keys
	switch {
	case !passphrase.Empty() && info.Keys == nil:
		return nil, problem.New(problem.Invalid, "the backup has no keys in it").
			WithHint("put the keys file in its place, and leave the passphrase out")
	case !passphrase.Empty():
		var err error
		if ring, err = keyring.OpenWithPassphrase(info.Keys, passphrase); err != nil {
			return nil, err
		}
	}
	if s := info.Sealed; s != nil {
		at := keyring.Place{Table: s.Table, Column: s.Column, Row: s.Row, RowID: s.RowID}
		if _, err := ring.Open(nil, at, bytes.Clone(s.Value)); err != nil {
			return nil, problem.Wrap(problem.Invalid, err, "the keys do not fit the backup").
				WithHint("put the keys file that belongs to it in place, or give the passphrase of the keys in it")
		}
	}
	return ring, nil
}

// Check is one thing that was looked at, and what was found.
type Check struct {
	Name    string // stable: scripts search for it
	OK      bool
	Finding string // English, lower case
	Hint    string // empty where all is well
}

// Checks looks at what an administrator can put right. What concerns files and
// sockets is looked at elsewhere.
func (o *Operator) Checks(ctx context.Context, by audit.Actor) ([]Check, error) {
	if err := o.may(ctx, by, Read, nil); err != nil {
		return nil, err
	}
	var list []Check
	for _, look := range []func(context.Context) (Check, error){
		o.checkAdministrators, o.checkRADIUSClients, o.checkMails, o.checkKeys, o.checkPeriods,
	} {
		c, err := look(ctx)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	directories, err := o.checkDirectories(ctx, by)
	return append(list, directories...), err
}

func (o *Operator) checkAdministrators(ctx context.Context) (Check, error) {
	c := Check{Name: "administrators", OK: true, Finding: "somebody can administer"}
	has, err := o.HasAdministrator(ctx)
	if err != nil {
		return c, err
	}
	if !has {
		c.OK, c.Finding, c.Hint = false, "nobody can administer in the console", "muster admin invite NAME"
	}
	return c, nil
}

func (o *Operator) checkRADIUSClients(ctx context.Context) (Check, error) {
	c := Check{Name: "radius-clients", OK: true}
	list, _, err := o.Store.RADIUSClients(ctx)
	if err != nil {
		return c, unavailable(err)
	}
	warned := 0
	for _, client := range list {
		if len(Warnings(client)) > 0 {
			warned++
		}
	}
	c.Finding = HowMany(len(list), "client", "clients") + ", " + HowMany(warned, "with a warning", "with warnings")
	if len(list) == 0 {
		c.OK, c.Hint = false, "muster radius client add NAME --address CIDR --secret-file FILE"
	} else if warned > 0 {
		c.Hint = "muster radius client list tells them"
	}
	return c, nil
}

func (o *Operator) checkMails(ctx context.Context) (Check, error) {
	c := Check{Name: "mail", OK: true, Finding: "every mail of the last seven days arrived"}
	counts, err := o.Store.CountMails(ctx, o.Now().Add(-MailsWatched))
	if err != nil {
		return c, unavailable(err)
	}
	if lost := counts[notify.Failed] + counts[notify.Bounced] + counts[notify.NoAddress]; lost > 0 {
		c.OK, c.Finding, c.Hint = false, HowMany(lost, "mail", "mails")+" did not arrive in the last seven days", "muster mail list --trouble tells why, and those of before"
	} else if counts[notify.Retrying] > 0 {
		c.Finding, c.Hint = HowMany(counts[notify.Retrying], "mail", "mails")+" could not be sent yet", "muster mail list --state retrying tells why"
	}
	return c, nil
}

func (o *Operator) checkKeys(context.Context) (Check, error) {
	keys := o.Keys.Keys()
	c := Check{Name: "keys", OK: true, Finding: HowMany(len(keys), "sealing key", "sealing keys")}
	if i := slices.IndexFunc(keys, func(k keyring.KeyInfo) bool { return k.Active }); i >= 0 {
		c.Finding += ", the active one of " + keys[i].Created.UTC().Format(time.DateOnly)
	}
	return c, nil
}
