package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/muster/internal/config"
	"example.com/muster/internal/problem"
)

func TestSecretFromFileOrEnvironmentButNotBoth(t *testing.T) {
	name := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(name, []byte("from the file\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const database = "public_url: https://mfa.example.com\ndatabase: postgres://u@db/muster\n"
	c := parse(t, database)

	if s, err := c.DatabasePassword(); err != nil || !s.Empty() {
		t.Errorf("neither: empty is %v, %v", s.Empty(), err)
	}
	t.Setenv("MUSTER_DATABASE_PASSWORD", "from the environment")
	if s, err := c.DatabasePassword(); err != nil || s.Reveal() != "from the environment" {
		t.Errorf("environment: %v", err)
	}
	c = parse(t, database+"database_password_file: "+name+"\n")
	if _, err := c.DatabasePassword(); problem.KindOf(err) != problem.Invalid {
		t.Errorf("both: %v", err)
	}
	t.Setenv("MUSTER_DATABASE_PASSWORD", "")
	if s, err := c.DatabasePassword(); err != nil || s.Reveal() != "from the file" {
		t.Errorf("file: %v", err)
	}
}

func TestReadSecretFileSaysWhatIsWrongWithTheFile(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"empty": "", "newline": "\n", "long": strings.Repeat("s", 1<<17)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{
		"empty": "is empty", "newline": "is empty", "long": "is longer than 65536 bytes", "absent": "does not exist",
	} {
		path := filepath.Join(dir, name)
		_, err := config.ReadSecretFile(path)
		if public, _ := problem.Public(err); public != path+" "+want {
			t.Errorf("%s: %q", name, public)
		}
	}
}

func TestFileWarnings(t *testing.T) {
	dir := t.TempDir()
	key := filepath.Join(dir, "tls.key")
	if err := os.WriteFile(key, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(key, 0o644); err != nil {
		t.Fatal(err)
	}
	c := parse(t, "public_url: https://mfa.example.com\nhttp: {tls: {cert_file: "+dir+"/absent, key_file: "+key+"}}\n")
	var got []string
	for _, w := range c.FileWarnings() {
		got = append(got, w.String())
	}
	want := "http.tls.cert_file: the file cannot be found here\nhttp.tls.key_file: others can read the file"
	if strings.Join(got, "\n") != want {
		t.Errorf("warnings: %q", got)
	}
}
