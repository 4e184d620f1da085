package main

import "time"

type enrollLink struct {
	personArgument
	Lifetime time.Duration `default:"24h" placeholder:"DURATION" help:"How long the link can be used."`
}

func (c *enrollLink) examples() string {
	return "enroll link alice\nenroll link alice --lifetime 72h --json"
}

type factorList struct{ personArgument }

func (c *factorList) examples() string { return "factor list alice" }

type factorRemove struct {
	personArgument
	ID string `arg:"" name:"id" help:"The factor, as factor list shows it."`
	becauseFlag
}

func (c *factorRemove) examples() string {
	return "factor remove alice 01JD8K3Z --reason \"phone sold\""
}

type factorEnroll struct {
	personArgument
	Kind string `arg:"" enum:"totp" help:"The kind of factor: totp."`
}

func (c *factorEnroll) examples() string {
	return "factor enroll alice totp  # then: factor confirm alice --code 123456"
}

type factorConfirm struct {
	personArgument
	Code secretText `required:"" placeholder:"CODE" help:"The code that the authenticator shows now."`
}

func (c *factorConfirm) examples() string { return "factor confirm alice --code 123456" }

type factorRecovery struct{ personArgument }

func (c *factorRecovery) examples() string { return "factor recovery alice" }
