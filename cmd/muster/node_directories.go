package main

import (
	"context"
	"crypto/rand"
	"errors"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/directory/bind"
	"example.com/muster/internal/directory/ldap"
	"example.com/muster/internal/directory/ldapsync"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/roster"
	"example.com/muster/internal/secret"
)

// assembleDirectories puts together what speaks to the directories that people
// come from. Nothing is asked yet.
func (n *node) assembleDirectories(names directory.Names) {
	n.readers = &ldapsync.Directories{Unseal: n.bindPassword, Now: n.now, Notice: n.noticed}
	n.roster = roster.New(roster.Config{
		Store: n.store, Reader: n.readers, IDs: n.ids, Now: n.now, Log: n.log, Domains: n.config.Domains,
	})
	n.homes = bind.New(bind.Config{
		Sources: n.store, Reach: n.reach, Keep: n.readers.Keep, Roster: n.roster, Names: names, MAC: n.keys.MAC, Rand: rand.Reader, Now: n.now, Log: n.log,
	})
}

// bindPassword returns the password of the account that reads a directory.
func (n *node) bindPassword(s directory.Source) (secret.Text, error) {
	plain, err := n.keys.Open(nil, directory.BindPasswordPlace(s.ID), s.Password)
	if err != nil {
		return secret.Text{}, problem.Wrap(problem.Internal, err, "the password for the directory %s cannot be opened", s.Name)
	}
	return secret.New(string(plain)), nil
}

// noticed writes to the log when servers of a directory go and come back.
func (n *node) noticed(s directory.Source, notice ldap.Notice) {
	level := n.log.Info
	if notice.Err != nil {
		level = n.log.Warn
	}
	level("directory: "+string(notice.Kind), "directory", s.Name, "server", notice.Server, "error", notice.Err)
}

// reach returns the connections of a directory, and who reads it.
func (n *node) reach(s directory.Source) (bind.Binder, bind.Finder, error) {
	connections, reader, err := n.readers.Of(s)
	if err != nil {
		return nil, nil, err
	}
	return connections, finder{reader}, nil
}

// finder says what a reader finds ambiguous as bind names it.
type finder struct{ *ldapsync.Reader }

// Find implements [bind.Finder].
func (f finder) Find(ctx context.Context, username, principal string) (directory.EntryChange, bool, error) {
	e, ok, err := f.Reader.Find(ctx, username, principal)
	if errors.Is(err, ldapsync.ErrAmbiguous) {
		err = bind.ErrAmbiguous
	}
	return e, ok, err
}
