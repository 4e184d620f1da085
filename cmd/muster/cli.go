package main

import "github.com/alecthomas/kong"

// cli is the whole command line. The names are a contract with scripts.
type cli struct {
	Config string `name:"config" placeholder:"FILE" default:"/etc/muster/muster.yml" env:"MUSTER_CONFIG" help:"The configuration, where state is meant."`
	JSON   bool   `name:"json" help:"Print data as JSON."`

	Serve       serveCommand       `cmd:"" group:"server" help:"Run the server."`
	Demo        demoCommand        `cmd:"" group:"server" help:"Run a server with made-up people, to look around."`
	CheckConfig checkConfigCommand `cmd:"" group:"server" help:"Say everything that is wrong with a configuration, or what holds."`
	Doctor      doctorCommand      `cmd:"" group:"server" help:"Look for what keeps the server from working well."`
	Version     versionCommand     `cmd:"" group:"server" help:"Print the version."`
	Help        helpCommand        `cmd:"" group:"server" help:"Explain a command, or the exit codes."`

	User   userCommands   `cmd:"" group:"people" help:"People."`
	Enroll enrollCommands `cmd:"" group:"people" help:"Getting people their factors."`
	Factor factorCommands `cmd:"" group:"people" help:"Authenticators and recovery codes of a person."`
	Admin  adminCommands  `cmd:"" group:"people" help:"People with a role in the console."`

	Instructions instructionsCommands `cmd:"" group:"people" help:"What your company tells its people about signing in."`

	Require  requireCommands  `cmd:"" group:"periods" help:"Require a factor of people, now or within a period."`
	Period   periodCommands   `cmd:"" group:"periods" help:"Enrollment periods."`
	Exempt   exemptCommand    `cmd:"" group:"periods" help:"Ask nothing of people until an instant."`
	Pass     passCommands     `cmd:"" group:"periods" help:"Temporary passes: besides the password, for one enrollment."`
	Bypass   bypassCommand    `cmd:"" group:"periods" help:"Let a person in once without the second factor."`
	Simulate simulateCommands `cmd:"" group:"periods" help:"Try on made-up people what an act on many would do."`
	Status   statusCommand    `cmd:"" group:"periods" help:"Count people by where they stand."`

	Radius    radiusCommands    `cmd:"" name:"radius" group:"doors" help:"RADIUS clients."`
	Directory directoryCommands `cmd:"" group:"directories" help:"Directories that people come from."`
	Sync      syncCommands      `cmd:"" group:"directories" help:"What of a directory is kept in step."`

	Explain explainCommand `cmd:"" group:"doors" help:"Say what would be decided about a sign-in, and why."`

	Signin signinCommands `cmd:"" group:"logs" help:"The log of sign-ins."`
	Audit  auditCommands  `cmd:"" group:"logs" help:"The log of changes."`
	Mail   mailCommands   `cmd:"" group:"logs" help:"Mails, waiting and sent."`

	Backup  backupCommand  `cmd:"" group:"data" help:"Write everything into one file, while the server runs or not."`
	Restore restoreCommand `cmd:"" group:"data" help:"Replace everything by what a backup holds."`
	Key     keyCommands    `cmd:"" group:"data" help:"The keys that seal secrets at rest."`
}

var groups = []kong.Group{
	{Key: "server", Title: "Server:"},
	{Key: "people", Title: "People:"},
	{Key: "periods", Title: "Requirements and periods:"},
	{Key: "directories", Title: "Directories:"},
	{Key: "doors", Title: "Doors:"},
	{Key: "logs", Title: "Logs:"},
	{Key: "data", Title: "Data:"},
}

type userCommands struct {
	Add      userAdd      `cmd:"" help:"Add a person."`
	Show     userShow     `cmd:"" help:"Show a person."`
	List     userList     `cmd:"" help:"List people."`
	Set      userSet      `cmd:"" help:"Change what describes a person."`
	Password userPassword `cmd:"" help:"Give a local person another password."`
	Enable   userEnable   `cmd:"" help:"Let a person sign in again."`
	Disable  userDisable  `cmd:"" help:"Refuse a person at every door."`
	Unlock   userUnlock   `cmd:"" help:"Lift the locks that wrong guesses caused."`
	Reset    userReset    `cmd:"" help:"Remove a person's factors, so that a link enrolls new ones."`
	Remove   userRemove   `cmd:"" help:"Remove a person."`
	Import   userImport   `cmd:"" help:"Add people from a CSV file."`
	Test     userTry      `cmd:"" help:"Try a person's sign-in, step by step; it counts like any other."`

	TestPart userTryPart `cmd:"" hidden:"" help:"One part of user test, where the data is."`
}

type enrollCommands struct {
	Link enrollLink `cmd:"" help:"Make a link with which a person enrolls."`
}

type factorCommands struct {
	List     factorList     `cmd:"" help:"List a person's factors."`
	Remove   factorRemove   `cmd:"" help:"Remove a factor."`
	Enroll   factorEnroll   `cmd:"" help:"Make a new authenticator secret for a person."`
	Confirm  factorConfirm  `cmd:"" help:"Confirm the new authenticator with a code of it."`
	Recovery factorRecovery `cmd:"" help:"Make new recovery codes; the old ones end."`
}

type adminCommands struct {
	Invite adminInvite `cmd:"" help:"Make a one-time set-up link for an administrator."`
	Grant  adminGrant  `cmd:"" help:"Give a person a role."`
	Revoke adminRevoke `cmd:"" help:"Take a role from a person."`
	List   adminList   `cmd:"" help:"List people with a role."`

	Group adminGroupCommands `cmd:"" help:"Roles by membership in a group of a directory."`
}

type radiusCommands struct {
	Client radiusClientCommands `cmd:"" help:"Devices that may ask."`
	Test   radiusTest           `cmd:"" help:"Ask a RADIUS server, as a device does."`
}

type radiusClientCommands struct {
	Add    radiusClientAdd    `cmd:"" help:"Add a device."`
	Set    radiusClientSet    `cmd:"" help:"Change a device."`
	List   radiusClientList   `cmd:"" help:"List the devices."`
	Remove radiusClientRemove `cmd:"" help:"Remove a device."`
}

type signinCommands struct {
	List signinList `cmd:"" help:"List sign-ins, newest first."`
}

type auditCommands struct {
	List auditList `cmd:"" help:"List changes, newest first."`
}

type keyCommands struct {
	Rotate keyRotate `cmd:"" help:"Make a new key and seal every secret with it."`
}
