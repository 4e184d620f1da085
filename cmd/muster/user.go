package main

// personArgument names the person a command is about.
type personArgument struct {
	Name string `arg:"" help:"The user name."`
}

// becauseFlag says for the log why something was changed.
type becauseFlag struct {
	Reason string `placeholder:"TEXT" help:"Why, for the log."`
}

type userAdd struct {
	personArgument
	DisplayName    string     `placeholder:"NAME" help:"What to call the person."`
	Email          string     `placeholder:"ADDRESS" help:"Where mail reaches the person."`
	Phone          string     `placeholder:"NUMBER" help:"The telephone number, with + and country code."`
	Group          []string   `sep:"none" placeholder:"GROUP" help:"A group; may be repeated."`
	PasswordFile   secretFile `placeholder:"FILE" help:"File with the password."`
	TOTPSecretFile secretFile `name:"totp-secret-file" placeholder:"FILE" help:"File with the base32 secret of an authenticator that the person has already."`
}

func (c *userAdd) examples() string {
	return `user add alice --display-name "Alice" --email alice@example.com --password-file alice.password
user add bob --group vpn --group staff --totp-secret-file bob.totp`
}

type userShow struct{ personArgument }

func (c *userShow) examples() string { return "user show alice\nuser show alice --json" }

type userEnable struct {
	personArgument
	becauseFlag
}

func (c *userEnable) examples() string { return "user enable alice" }

type userDisable struct {
	personArgument
	becauseFlag
}

func (c *userDisable) examples() string { return `user disable alice --reason "left the company"` }

type userUnlock struct {
	personArgument
	becauseFlag
}

func (c *userUnlock) examples() string { return "user unlock alice" }

type userReset struct {
	personArgument
	Reason string `required:"" placeholder:"TEXT" help:"Why, for the log."`
}

func (c *userReset) examples() string {
	return `user reset alice --reason "lost her phone, known by voice"`
}

type userRemove struct {
	personArgument
	becauseFlag
}

func (c *userRemove) examples() string { return "user remove alice" }

type userList struct {
	Search string `placeholder:"TEXT" help:"Only people with this in a name or address."`
	Status string `placeholder:"STATUS" help:"Only people of this status."`
	Limit  int    `default:"100" placeholder:"N" help:"At most so many."`
	After  string `placeholder:"NAME" help:"Go on after this user name."`
}

func (c *userList) examples() string {
	return "user list --search example.com\nuser list --status locked --json\nuser list --limit 1000 --after alice"
}

type userImport struct {
	File         string `arg:"" help:"The CSV file, with a header row; - is the standard input."`
	Update       bool   `help:"Change people who exist already; never their factors."`
	AllOrNothing bool   `help:"Import nothing if one row is bad."`
}

func (c *userImport) examples() string {
	return `user import people.csv  # columns: username,display_name,email,phone,password,totp_secret,groups
user import people.csv --update
user import people.csv --all-or-nothing --json`
}

// upload names the file that goes along with the command.
func (c *userImport) upload() string { return c.File }
