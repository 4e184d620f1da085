package config

import (
	flags "flag"
	"os"
	"testing"
)

// UpdateGolden is set by -update: golden files and the manual are written anew.
var UpdateGolden bool

func TestMain(m *testing.M) {
	flags.BoolVar(&UpdateGolden, "update", false, "write golden files and the manual anew")
	flags.Parse()
	os.Exit(m.Run())
}
