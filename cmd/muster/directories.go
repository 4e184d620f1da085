package main

import (
	"context"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/directory/ldap"
	"example.com/muster/internal/directory/ldap/wire"
	"example.com/muster/internal/directory/ldapsync"
	"example.com/muster/internal/jobs"
	"example.com/muster/internal/operator"
)

// prober tries the servers of directories.
type prober struct{ connections *ldapsync.Directories }

// Probe implements [operator.Prober].
func (p prober) Probe(ctx context.Context, s directory.Source) ([]operator.DirectoryStep, error) {
	connections, _, err := p.connections.Of(s)
	if err != nil {
		return nil, err
	}
	return stepsForOperator(connections.Test(ctx, s.Base)), nil
}

// Try implements [operator.Prober].
func (p prober) Try(ctx context.Context, s directory.Source) ([]operator.DirectoryStep, error) {
	tested, err := p.connections.Try(ctx, s)
	return stepsForOperator(tested), err
}

// OutOfUse implements [operator.Prober].
func (p prober) OutOfUse(s directory.Source) (urls []string) {
	connections, _, err := p.connections.Of(s)
	if err != nil {
		return nil
	}
	servers, _ := connections.Health()
	for _, server := range servers {
		if !server.InUse {
			urls = append(urls, server.Server)
		}
	}
	return urls
}

// CheckFilter implements [operator.Prober].
func (p prober) CheckFilter(text string) error {
	_, err := wire.ParseFilter(text)
	return err
}

func stepsForOperator(tested []ldap.Step) []operator.DirectoryStep {
	steps := make([]operator.DirectoryStep, len(tested))
	for i, step := range tested {
		steps[i] = operator.DirectoryStep{
			Server: step.Server, Name: step.Name, OK: step.Status == ldap.OK, Skipped: step.Status == ldap.Skipped,
			Found: step.Found, Said: step.Said, Hint: step.Hint, CertificateEnds: step.CertificateEnds,
		}
	}
	return steps
}

// followDirectories makes a change to the directories hold here at once.
func (n *node) followDirectories(ctx context.Context) error { return n.homes.Reload(ctx) }

// syncJobAgain is how soon it begins anew if it had to give up.
const syncJobAgain = 10 * time.Second

// syncJob keeps people in step with their directories for as long as this node
// leads. It does not end by itself: what is due when is the roster's to know.
func (n *node) syncJob() jobs.Job {
	return jobs.Job{Name: "directories", Every: syncJobAgain, Run: n.roster.Work}
}
