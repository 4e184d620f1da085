package arch_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"example.com/muster/test/arch"
)

// TestRepository holds the repository to its own rules.
func TestRepository(t *testing.T) {
	found, err := arch.Check(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range found {
		t.Error(v)
	}
}

// TestPlantedViolations is the test of the test: each case adds one fault to a
// sound tree, and exactly that fault must be found.
func TestPlantedViolations(t *testing.T) {
	const comment = "// Package p owns nothing.\n"
	cases := []struct {
		name, file, source string
		want               string // part of the one expected violation; empty: none
	}{
		{"sound", "internal/door/radius/a.go", comment + `package radius; import _ "example.com/muster/internal/authn"`, ""},
		{"web is common ground", "internal/door/api/a.go", comment + `package api; import _ "example.com/muster/internal/web"`, ""},
		{"own codec", "internal/door/radius/b.go", comment + `package radius; import _ "example.com/muster/internal/door/radius/wire"`, ""},
		{"kind of factor", "internal/factor/totp/a.go", comment + `package totp; import _ "example.com/muster/internal/factor"`, ""},
		{"test over the store", "internal/authn/a_test.go", comment + `package authn_test; import _ "example.com/muster/internal/store"`, ""},
		{"suite may import testing", "internal/store/storetest/a.go", comment + `package storetest; import _ "testing"`, ""},

		{"upwards", "internal/policy/a.go", comment + `package policy; import _ "example.com/muster/internal/authn"`, "policy/a.go:2: imports internal/authn: imports point to a lower rank"},
		{"sideways", "internal/policy/b.go", comment + `package policy; import _ "example.com/muster/internal/session"`, "imports internal/session: imports point to a lower rank"},
		{"factor siblings", "internal/factor/recovery/a.go", comment + `package recovery; import _ "example.com/muster/internal/factor/totp"`, "imports internal/factor/totp: imports point to a lower rank"},
		{"door to door", "internal/door/portal/a.go", comment + `package portal; import _ "example.com/muster/internal/door/radius"`, "imports internal/door/radius: imports point to a lower rank"},
		{"door to store", "internal/door/portal/b.go", comment + `package portal; import _ "example.com/muster/internal/store"`, "imports internal/store: a door knows"},
		{"door to jobs", "internal/door/portal/c.go", comment + `package portal; import _ "example.com/muster/internal/jobs"`, "imports internal/jobs: a door knows"},
		{"http in the domain", "internal/authn/b.go", comment + `package authn; import _ "net/http"`, "imports net/http: the domain knows neither"},
		{"sql in the domain", "internal/operator/a.go", comment + `package operator; import _ "database/sql/driver"`, "imports database/sql/driver: the domain knows neither"},
		{"driver in the domain", "internal/audit/a.go", comment + `package audit; import _ "github.com/jackc/pgx/v5"`, "imports github.com/jackc/pgx/v5: the domain knows neither"},
		{"config tests itself", "internal/config/c_test.go", comment + `package config_test; import _ "example.com/muster/internal/config"`, ""},
		{"config in the harness", "test/a.go", comment + `package test; import _ "example.com/muster/internal/config"`, "imports internal/config: only the program"},
		{"testing in production", "internal/authn/c.go", comment + `package authn; import _ "testing/fstest"`, "imports testing/fstest: production code"},
		{"suite in production", "cmd/muster/a.go", comment + `package main; import _ "example.com/muster/internal/store/storetest"`, "imports internal/store/storetest: production code"},
		{"oracle in production", "internal/door/radius/d.go", comment + `package radius; import _ "layeh.com/radius/rfc2865"`, "imports layeh.com/radius/rfc2865: this library serves tests only"},
		{"no comment", "internal/keyring/a.go", `package keyring`, "internal/keyring: has no package comment"},
		{"json tag", "internal/directory/a.go", comment + "package directory; type Person struct { Name string `json:\"name\"` }", "has a json tag"},
		{"db tag in a nested type", "internal/session/a.go", comment + "package session; func f() { type row struct { ID string `db:\"id\"` } }", "has a db tag"},
		{"tag at a door", "internal/door/api/b.go", comment + "package api; type person struct { Name string `json:\"name\"` }", ""},
		{"unknown package", "internal/util/a.go", comment + `package util`, "internal/util: has no rank"},
		{"package door", "internal/door/a.go", comment + `package door`, "internal/door: has no rank"},
		{"ignored folder", "internal/util/testdata/a.go", `package broken`, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			found, err := arch.Check(fstest.MapFS{
				"go.mod": {Data: []byte("module example.com/muster\n\ngo 1.26\n")},
				c.file:   {Data: []byte(c.source)},
			})
			if err != nil {
				t.Fatal(err)
			}
			expectOnly(t, found, c.want)
		})
	}
}

// TestPackageComments needs two files a case, so it stands apart.
func TestPackageComments(t *testing.T) {
	const with, without = "// Package authn decides.\npackage authn\n", "package authn\n"
	cases := []struct{ a, b, test, want string }{
		{with, without, without, ""},
		{with, with, without, "has a package comment in a.go and b.go"},
		{without, without, with, "internal/authn: has no package comment"},
	}
	for _, c := range cases {
		found, err := arch.Check(fstest.MapFS{
			"go.mod":                   {Data: []byte("module example.com/muster\n")},
			"internal/authn/a.go":      {Data: []byte(c.a)},
			"internal/authn/b.go":      {Data: []byte(c.b)},
			"internal/authn/a_test.go": {Data: []byte(c.test)},
		})
		if err != nil {
			t.Fatal(err)
		}
		expectOnly(t, found, c.want)
	}
}

func expectOnly(t *testing.T, found []arch.Violation, want string) {
	t.Helper()
	switch {
	case want == "" && len(found) == 0:
	case want != "" && len(found) == 1 && strings.Contains(found[0].String(), want):
	default:
		t.Errorf("found %q, want only %q", found, want)
	}
}
