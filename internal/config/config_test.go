package config_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/muster/internal/config"
)

func TestBustedNamesAllTenMistakes(t *testing.T) {
	_, err := config.Load("testdata/busted.yml")
	mistakes, ok := errors.AsType[config.Mistakes](err)
	if !ok {
		t.Fatalf("error is %T: %v", err, err)
	}
	if len(mistakes) != 10 {
		t.Errorf("%d mistakes, want 10", len(mistakes))
	}
	got := report(mistakes)
	if strings.Contains(got, "hunter2") {
		t.Error("a value of the file is repeated")
	}
	golden(t, "testdata/busted.golden", got)
}

func report(mistakes config.Mistakes) string {
	var b strings.Builder
	for _, m := range mistakes {
		fmt.Fprintf(&b, "%s\n    hint: %s\n", m, m.Hint)
	}
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	if config.UpdateGolden {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got), -update writes it anew:\n%s", name, diff)
	}
}

func TestExamplesAreRight(t *testing.T) {
	names, err := filepath.Glob("../../packaging/examples/*.yml")
	if err != nil || len(names) < 4 {
		t.Fatalf("%d examples, %v", len(names), err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			if _, err := config.Load(name); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestDefaults(t *testing.T) {
	c := parse(t, "public_url: https://mfa.example.com/")
	for _, want := range []struct{ name, got, want string }{
		{"public_url", c.PublicURL.String(), "https://mfa.example.com"},
		{"data_dir", c.DataDir, "/var/lib/muster"},
		{"keys_file", c.KeysFile, "/var/lib/muster/keys"},
		{"database", c.Database, ""},
		{"http.listen", c.HTTP.Listen, "127.0.0.1:8080"},
		{"radius.listen", strings.Join(c.RADIUS.Listen, " "), ":1812"},
		{"time_zone", c.TimeZone.String(), "UTC"},
		{"brand.name", c.Brand.Name, "Muster"},
		{"mail.file", c.Mail.File, ""},
		{"mail.from", c.Mail.From, "muster@mfa.example.com"},
		{"metrics.listen", c.Metrics.Listen, ""},
	} {
		if want.got != want.want {
			t.Errorf("%s = %q, want %q", want.name, want.got, want.want)
		}
	}
	if c.HTTP.TLS.Enabled() {
		t.Error("TLS is on by default")
	}
}

func TestDependentDefaultsAndRelativePaths(t *testing.T) {
	c := parse(t, `
public_url: https://mfa.example.com
data_dir: data
http: {tls: {cert_file: tls.crt, key_file: /keys/../tls.key}}
radius: {listen: []}
`)
	for _, want := range []struct{ name, got, want string }{
		{"data_dir", c.DataDir, "/etc/muster/data"},
		{"keys_file", c.KeysFile, "/etc/muster/data/keys"},
		{"cert_file", c.HTTP.TLS.CertFile, "/etc/muster/tls.crt"},
		{"key_file", c.HTTP.TLS.KeyFile, "/tls.key"},
		{"http.listen", c.HTTP.Listen, ":443"},
		{"radius.listen", strings.Join(c.RADIUS.Listen, " "), ""},
	} {
		if want.got != want.want {
			t.Errorf("%s = %q, want %q", want.name, want.got, want.want)
		}
	}
}

func TestEmptyMeansNotGiven(t *testing.T) {
	c := parse(t, "public_url: https://mfa.example.com\ndatabase: \"\"\ndata_dir:\nbrand:\n  # all of it is commented out\n")
	if c.Database != "" || c.DataDir != "/var/lib/muster" {
		t.Errorf("database %q, data_dir %q", c.Database, c.DataDir)
	}
}

func TestSettingsTellValueAndOrigin(t *testing.T) {
	c := parse(t, "public_url: https://mfa.example.com\ndomains: [example.com, EXAMPLE]\n")
	found := map[string]config.Setting{}
	for _, s := range c.Settings() {
		if s.Meaning == "" {
			t.Errorf("%s has no meaning", s.Key)
		}
		found[s.Key] = s
	}
	if s := found["domains"]; s.Value != "example.com, EXAMPLE" || s.Default || !s.IsList {
		t.Errorf("domains: %+v", s)
	}
	if s := found["data_dir"]; s.Value != "/var/lib/muster" || !s.Default {
		t.Errorf("data_dir: %+v", s)
	}
}

func TestLoadOfWhatIsNoFile(t *testing.T) {
	for _, name := range []string{"testdata/absent.yml", "testdata"} {
		_, err := config.Load(name)
		if _, ok := errors.AsType[config.Mistakes](err); err == nil || ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func parse(t *testing.T, content string) *config.Config {
	t.Helper()
	c, err := config.Parse([]byte(content), "/etc/muster")
	if err != nil {
		t.Fatal(err)
	}
	return c
}
