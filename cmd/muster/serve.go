package main

type serveCommand struct{}

func (c *serveCommand) examples() string { return "serve --config /etc/muster/muster.yml" }

type demoCommand struct {
	Dir    string `placeholder:"DIR" help:"Keep the data here; without it they are gone afterwards."`
	HTTP   string `default:"127.0.0.1:8080" placeholder:"ADDR" help:"Where portal and console are served."`
	Radius string `name:"radius" default:"127.0.0.1:1812" placeholder:"ADDR" help:"Where RADIUS is served."`
}

func (c *demoCommand) examples() string {
	return "demo\ndemo --dir /tmp/muster-demo --http 127.0.0.1:8081 --radius 127.0.0.1:18120"
}

type doctorCommand struct{}

func (c *doctorCommand) examples() string { return "doctor --config /etc/muster/muster.yml" }
