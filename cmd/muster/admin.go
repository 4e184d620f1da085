package main

type adminInvite struct {
	personArgument
	Reset bool `help:"Also for a person who exists: ends their sessions, and tells every administrator."`
}

func (c *adminInvite) examples() string { return "admin invite alice\nadmin invite alice --reset" }

type roleFlag struct {
	Role string `required:"" enum:"administrator,help-desk,auditor" placeholder:"ROLE" help:"administrator, help-desk or auditor."`
}

type adminGrant struct {
	personArgument
	roleFlag
}

func (c *adminGrant) examples() string { return "admin grant bob --role help-desk" }

type adminRevoke struct {
	personArgument
	roleFlag
}

func (c *adminRevoke) examples() string { return "admin revoke bob --role help-desk" }

type adminList struct{}

func (c *adminList) examples() string { return "admin list" }
