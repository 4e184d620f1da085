package main

import (
	"context"
	"crypto/x509"
	"io"
	"os"
	"time"

	"example.com/muster/internal/config"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/notify/mailfile"
	"example.com/muster/internal/notify/smtp"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/text"
)

// newMailroom returns how mails look and leave by the configuration.
func (n *node) newMailroom() (*operator.Mailroom, error) {
	transport, err := mailTransport(n.config)
	if err != nil {
		return nil, err
	}
	logo, err := n.logo()
	if err != nil {
		return nil, err
	}
	return &operator.Mailroom{
		Transport: transport, TellNew: n.config.Mail.OnSetup,
		Words: &notify.Renderer{
			Catalogue: text.Default(), Zone: n.config.TimeZone, PublicURL: n.config.PublicURL.String(),
			Brand: n.config.Brand.Name, Colour: n.config.Brand.Colour, Help: n.config.Brand.Help,
			Logo:      notify.LogoFrom(logo),
			Templates: n.store, Instructions: n.store, Log: n.log,
		},
	}, nil
}

func mailTransport(c *config.Config) (notify.Transport, error) {
	from := notify.Address{Name: c.Brand.Name, Mail: c.Mail.From}
	switch {
	case c.Mail.SMTP != nil:
		return mailServer(c, from)
	case mailIsOff(c):
		return notify.Off{}, nil
	}
	folder, err := mailfile.New(c.Mail.File, from)
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, err, "mail.file: %s cannot be used", c.Mail.File)
	}
	return folder, nil
}

// mailIsOff reports whether no mail leaves.
func mailIsOff(c *config.Config) bool { return c.Mail.SMTP == nil && c.Mail.File == "" }

func mailServer(c *config.Config, from notify.Address) (notify.Transport, error) {
	password, err := c.SMTPPassword()
	if err != nil {
		return nil, err
	}
	roots, err := rootsIn(c.Mail.SMTP.CAFile)
	if err != nil {
		return nil, err
	}
	server, err := smtp.New(smtp.Options{
		Host: c.Mail.SMTP.Host, Port: c.Mail.SMTP.Port, Security: smtp.Security(c.Mail.SMTP.TLS),
		Username: c.Mail.SMTP.Username, Password: password, From: from, Hello: c.PublicURL.Hostname(), Roots: roots,
	})
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, err, "smtp.from: this address cannot be used")
	}
	return server, nil
}

// rootsIn reads certificates to trust; nil, those of the system, if no file is
// named.
func rootsIn(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, err, "smtp.ca_file: %s cannot be read", file)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(content) {
		return nil, problem.New(problem.Invalid, "smtp.ca_file: there is no certificate in %s", file).WithHint("it has to be PEM")
	}
	return roots, nil
}

// closeMailroom ends what the transport may hold open.
func (n *node) closeMailroom() error {
	if n.mailroom == nil {
		return nil
	}
	if open, ok := n.mailroom.Transport.(io.Closer); ok {
		return open.Close()
	}
	return nil
}

// probeTimeout bounds how long doctor talks to the mail server.
const probeTimeout = 10 * time.Second

// checkMailServer connects to the mail server, without sending anything.
func (n *node) checkMailServer(ctx context.Context) operator.Check {
	c := operator.Check{Name: "mail-server", OK: true, Finding: "mail goes into " + n.config.Mail.File}
	if _, kept := n.mailroom.Transport.(demoPost); kept {
		c.Finding = "mails are kept, and shown at " + n.config.PublicURL.String() + demoInboxPath
		return c
	}
	server, isServer := n.mailroom.Transport.(*smtp.Server)
	if !isServer {
		if n.config.Mail.File == "" {
			c.Finding, c.Hint = "no mail is sent", "set smtp in the configuration"
		}
		return c
	}
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	for _, step := range server.Probe(ctx) {
		c = operator.Check{Name: c.Name, OK: step.OK, Finding: step.Name + ": " + step.Finding, Hint: step.Hint}
		if !step.OK {
			break
		}
	}
	return c
}
