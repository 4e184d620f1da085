package main

import "example.com/muster/internal/problem"

// radiusClientFlags are the settings of a device. Empty ones are left as they
// are, or get their default when a device is added.
type radiusClientFlags struct {
	Address              string     `placeholder:"CIDR" help:"Where its requests come from: an address or a network."`
	SecretFile           secretFile `placeholder:"FILE" help:"File with the shared secret."`
	FirstFactor          string     `enum:",directory,none" default:"" placeholder:"WHO" help:"Who checks the password: directory (Muster) or none (the device has done it)."`
	Code                 string     `enum:",challenge,append,both" default:"" placeholder:"WHERE" help:"Where the code is typed: challenge (a prompt), append (behind the password) or both."`
	Unenrolled           string     `enum:",enroll,reject,pass,period" default:"" placeholder:"MODE" help:"What happens to people without a factor: enroll, reject, pass or period."`
	MessageAuthenticator string     `enum:",require,accept" default:"" placeholder:"RULE" help:"Whether requests must be signed: require, or accept without."`
}

type radiusClientAdd struct {
	Name string `arg:"" help:"What to call the device."`
	radiusClientFlags
}

// Validate is called by kong.
func (c *radiusClientAdd) Validate() error {
	if c.Address == "" || c.SecretFile.Empty() {
		return problem.New(problem.Invalid, "a new device needs --address and --secret-file").
			WithHint("muster radius client add --help shows how")
	}
	return nil
}

func (c *radiusClientAdd) examples() string {
	return `radius client add vpn --address 192.0.2.1/32 --secret-file vpn.secret
radius client add ssh --address 192.0.2.0/24 --secret-file ssh.secret --code append --message-authenticator accept
radius client add gateway --address 192.0.2.7 --secret-file gateway.secret --first-factor none`
}

type radiusClientSet struct {
	Name string `arg:"" help:"The device."`
	radiusClientFlags
}

func (c *radiusClientSet) examples() string {
	return "radius client set vpn --unenrolled reject\nradius client set vpn --secret-file new.secret"
}

type radiusClientList struct{}

func (c *radiusClientList) examples() string { return "radius client list\nradius client list --json" }

type radiusClientRemove struct {
	Name string `arg:"" help:"The device."`
}

func (c *radiusClientRemove) examples() string { return "radius client remove vpn" }
