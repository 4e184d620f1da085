package main

import (
	"context"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/directory/ldapsync"
	"example.com/muster/internal/operator"
)

var _ operator.Browser = groupReader{}

// Children implements [operator.Browser].
func (g groupReader) Children(ctx context.Context, s directory.Source, dn string) ([]operator.DirectoryNode, bool, error) {
	_, reader, err := g.readers.Of(s)
	if err != nil {
		return nil, false, err
	}
	nodes, more, err := reader.Children(ctx, dn)
	return nodesForOperator(nodes), more, goneIf(err)
}

// Search implements [operator.Browser].
func (g groupReader) Search(ctx context.Context, s directory.Source, text string) ([]operator.DirectoryNode, bool, error) {
	_, reader, err := g.readers.Of(s)
	if err != nil {
		return nil, false, err
	}
	nodes, more, err := reader.Search(ctx, text)
	return nodesForOperator(nodes), more, err
}

func nodesForOperator(nodes []ldapsync.Node) []operator.DirectoryNode {
	list := make([]operator.DirectoryNode, len(nodes))
	for i, n := range nodes {
		list[i] = operator.DirectoryNode{
			Kind: operator.NodeKind(n.Kind), DN: n.DN, Name: n.Name, Entry: n.Change.Entry, Refused: n.Change.Refused,
		}
		if n.Kind == ldapsync.Person {
			list[i].Name = n.Change.Entry.Username
		}
	}
	return list
}
