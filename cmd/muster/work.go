package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sync/errgroup"

	"example.com/muster/internal/clock"
	"example.com/muster/internal/jobs"
)

// work begins what no request waits for.
func (s *server) work(ctx context.Context, group *errgroup.Group, _ *listening) error {
	mailer := jobs.Mailer{
		Outbox: s.store, Words: s.mailroom.Words, Transport: s.mailroom.Transport, Bell: s.mail,
		Hours: s.config.MailHours(), Now: clock.Now, Log: s.log,
		Runs: s.store, Node: nodeName(),
	}
	if !mailIsOff(s.config) {
		if _, err := s.store.TellAfterMailWasOff(ctx); err != nil {
			return err
		}
	}
	census := jobs.PasswordCensus{Store: s.store, Keys: s.keys, Checker: s.passwords, Log: s.log}
	for _, run := range []func(context.Context){mailer.Run, s.elector.Run, s.clock.Run, s.followClients, s.homes.Follow, s.warm, census.Run} {
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
		PublicURL: strings.TrimSuffix(s.config.PublicURL.String(), "/"), Bell: s.tell, Log: s.log,
	}
	finisher := jobs.Finisher{Acts: s.operator, Sole: !s.store.Shared(), Now: clock.Now, Log: s.log}
	list := []jobs.Job{sweeper.Job(), teller.Job(), finisher.Job(), s.groupRoles(), s.syncJob()}
	if s.config.Mail.WeeklyDigest {
		digest := jobs.Digest{Weeks: s.store, Now: clock.Now, Zone: s.config.TimeZone}
		list = append(list, digest.Job())
	}
	return list
}

// nodeName names this process among those of a cluster.
func nodeName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown host"
	}
	return fmt.Sprintf("%s (process %d)", host, os.Getpid())
}
