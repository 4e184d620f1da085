package main

type backupCommand struct {
	File           string     `arg:"" help:"The file to write; an existing one is replaced when all is written."`
	WithKeys       bool       `help:"Include the keys that seal secrets; needs a passphrase."`
	PassphraseFile secretFile `placeholder:"FILE" help:"File with the passphrase for the keys."`
}

func (c *backupCommand) examples() string {
	return `backup /var/backups/muster.backup
backup /var/backups/muster.backup --with-keys --passphrase-file backup.passphrase`
}

// download names the file that the command makes.
func (c *backupCommand) download() string { return c.File }

type restoreCommand struct {
	File           string     `arg:"" help:"The backup."`
	PassphraseFile secretFile `placeholder:"FILE" help:"File with the passphrase, if the backup holds the keys."`
}

func (c *restoreCommand) examples() string { return "restore /var/backups/muster.backup" }

type keyRotate struct{}

func (c *keyRotate) examples() string { return "key rotate" }
