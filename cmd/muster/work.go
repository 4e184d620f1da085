package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sync/errgroup"

	"example.com/muster/internal/clock"
	"example.com/muster/internal/jobs"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/notify/mailfile"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/text"
)

// work begins what no request waits for.
func (s *server) work(ctx context.Context, group *errgroup.Group, _ *listening) error {
	transport, err := s.mailTransport()
	if err != nil {
		return err
	}
	mailer := jobs.Mailer{
		Outbox: s.store, Transport: transport, Bell: s.mail, Now: clock.Now, Log: s.log,
		Words: &notify.Renderer{
			Catalogue: text.Default(), Zone: s.config.TimeZone, PublicURL: s.config.PublicURL.String(),
			Brand: s.config.Brand.Name, Colour: s.config.Brand.Colour, Help: s.config.Brand.Help,
		},
	}
	census := jobs.PasswordCensus{Store: s.store, Keys: s.keys, Checker: s.passwords, Log: s.log}
	for _, run := range []func(context.Context){mailer.Run, s.elector.Run, s.clock.Run, s.followClients, s.warm, census.Run} {
		group.Go(func() error {
			run(ctx)
			return nil
		})
	}
	return nil
}

// jobs is the work that one node of a cluster does.
func (s *server) jobs() []jobs.Job {
	sweeper := jobs.Sweeper{Remains: s.store, Now: clock.Now, Log: s.log}
	teller := jobs.Teller{
		Duties: s.store, IDs: s.ids, Now: clock.Now, Offsets: s.config.Enrollment.Reminders,
		PublicURL: strings.TrimSuffix(s.config.PublicURL.String(), "/"), Log: s.log,
	}
	return []jobs.Job{sweeper.Job(), teller.Job()}
}

// nodeName names this process among those of a cluster.
func nodeName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown host"
	}
	return fmt.Sprintf("%s (process %d)", host, os.Getpid())
}

func (s *server) mailTransport() (notify.Transport, error) {
	switch {
	case s.transport != nil:
		return s.transport, nil
	case s.config.Mail.File == "":
		return notify.Off{}, nil
	}
	folder, err := mailfile.New(s.config.Mail.File, notify.Address{Name: s.config.Brand.Name, Mail: s.config.Mail.From})
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, err, "mail.file: %s cannot be used", s.config.Mail.File)
	}
	return folder, nil
}
