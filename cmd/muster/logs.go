package main

type explainCommand struct {
	User    string `required:"" placeholder:"NAME" help:"The user name, as it would be typed."`
	Client  string `required:"" placeholder:"NAME" help:"The device."`
	Address string `placeholder:"IP" help:"Where the person would sit."`
}

func (c *explainCommand) examples() string { return "explain --user alice --client vpn" }

type signinList struct {
	User   string `placeholder:"NAME" help:"Only this person."`
	Client string `placeholder:"NAME" help:"Only this device."`
	Result string `enum:",allowed,denied" default:"" placeholder:"RESULT" help:"Only this result: allowed or denied."`
	Since  moment `placeholder:"WHEN" help:"Only since then: 24h, 7d, a day or an instant."`
	Limit  int    `default:"100" placeholder:"N" help:"At most so many."`
}

func (c *signinList) examples() string {
	return "signin list --user alice --since 24h\nsignin list --result denied --json"
}

type auditList struct {
	Since moment `placeholder:"WHEN" help:"Only since then: 24h, 7d, a day or an instant."`
	Limit int    `default:"100" placeholder:"N" help:"At most so many."`
}

func (c *auditList) examples() string { return "audit list --since 7d" }

type mailList struct {
	User  string `placeholder:"NAME" help:"Only to this person."`
	Limit int    `default:"100" placeholder:"N" help:"At most so many."`
}

func (c *mailList) examples() string { return "mail list --user alice" }
