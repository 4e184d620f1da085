package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/control"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/problem"
)

type backupCommand struct {
	File           string     `arg:"" help:"The file to write. It appears when all is written."`
	Force          bool       `help:"Replace the file if there is one already."`
	WithKeys       bool       `help:"Include the keys that seal secrets; needs a passphrase."`
	PassphraseFile secretFile `placeholder:"FILE" help:"File with the passphrase for the keys."`
}

func (c *backupCommand) examples() string {
	return `backup /var/backups/muster.backup
backup /var/backups/latest.backup --force
backup /var/backups/muster.backup --with-keys --passphrase-file backup.passphrase`
}

// Validate is called by kong.
func (c *backupCommand) Validate() error {
	if c.WithKeys == c.PassphraseFile.Empty() {
		return problem.New(problem.Invalid, "--with-keys and --passphrase-file go together").
			WithHint("muster help backup shows how")
	}
	return nil
}

// download names the file that the command makes.
func (c *backupCommand) download() (path string, replace bool) { return c.File, c.Force }

// Run implements stateful.
func (c *backupCommand) Run(ctx context.Context, env *Env) error {
	if err := env.Operator.Backup(ctx, env.Actor, env.File, c.PassphraseFile.Text); err != nil {
		return err
	}
	if !c.WithKeys {
		env.warn("the keys are not in the backup", "keep a copy of the keys file in another place")
	}
	return env.done("written " + c.File)
}

type restoreCommand struct {
	File           string     `arg:"" help:"The backup."`
	PassphraseFile secretFile `placeholder:"FILE" help:"File with the passphrase, if the backup holds the keys."`
}

func (c *restoreCommand) examples() string {
	return `restore /var/backups/muster.backup
restore /var/backups/muster.backup --passphrase-file backup.passphrase`
}

// restoredJSON says what was restored. Names of fields are a contract.
type restoredJSON struct {
	CreatedAt string `json:"created_at"`
	Program   string `json:"program"`
	People    int    `json:"people"`
}

// runHere never goes over the socket: nothing else may use the data while all
// of it is replaced.
func (c *restoreCommand) runHere(ctx context.Context, in invocation) error {
	settled, err := loadConfig(in)
	if err != nil {
		return err
	}
	backup, err := os.Open(c.File)
	if err != nil {
		return problem.Wrap(problem.Invalid, err, "%s cannot be read", c.File)
	}
	defer backup.Close()
	if err := makeDataDir(settled.DataDir); err != nil {
		return err
	}
	lock, err := control.TryLock(settled.DataDir)
	if errors.Is(err, control.ErrLocked) {
		return problem.Wrap(problem.Conflict, err, "a server or another command uses %s", settled.DataDir).
			WithHint("stop the server first")
	}
	if err != nil {
		return lockProblem(settled.DataDir, err)
	}
	defer lock.Unlock() //nolint:errcheck // the process ends
	n, err := openNode(ctx, settled, quietLog(in.terminal.err), forRestore)
	if err != nil {
		return err
	}
	by := actor(control.Caller{UID: os.Getuid()}, control.Call{Sudo: os.Getenv("SUDO_USER")})
	info, err := c.restore(ctx, n, by, backup)
	if err := errors.Join(err, n.close()); err != nil {
		return err
	}
	if in.json {
		return printJSON(in.terminal.out, restoredJSON{info.CreatedAt.UTC().Format("2006-01-02T15:04:05Z"), info.Program, info.People})
	}
	_, err = fmt.Fprintf(in.terminal.out, "restored %s, as of %s\n",
		operator.HowMany(info.People, "person", "people"), info.CreatedAt.In(settled.TimeZone).Format("2006-01-02 15:04"))
	return err
}

func (c *restoreCommand) restore(ctx context.Context, n *node, by audit.Actor, backup *os.File) (operator.BackupInfo, error) {
	return n.operator.Restore(ctx, by, backup, operator.RestoreOptions{
		Passphrase: c.PassphraseFile.Text, KeysFile: n.config.KeysFile,
	})
}

type keyRotate struct{}

func (c *keyRotate) examples() string { return "key rotate" }

// Run implements stateful.
func (c *keyRotate) Run(ctx context.Context, env *Env) error {
	if err := env.Operator.RotateKeys(ctx, env.Actor, env.Progress); err != nil {
		return err
	}
	return env.done("every secret is sealed with a new key; copy the keys file to wherever you keep it")
}

// makeDataDir makes the data folder if it is not there.
func makeDataDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return problem.Wrap(problem.Invalid, err, "the data folder %s cannot be made", dir)
	}
	return nil
}
