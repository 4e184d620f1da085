package ldapsync

import (
	"testing"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/secret"
)

// TestOnlyWhatThereIsStaysOpen: connections end with the directory that they are
// to, and with the settings that they were opened with.
func TestOnlyWhatThereIsStaysOpen(t *testing.T) {
	d := &Directories{
		Unseal: func(directory.Source) (secret.Text, error) { return secret.New("password"), nil },
		Now:    time.Now,
	}
	defer d.Close()
	source := directory.Source{
		ID: 1, Name: "corp", Preset: directory.OpenLDAP, Servers: []string{"ldaps://localhost:1"}, Base: "dc=example,dc=com",
		BindDN: "cn=muster,dc=example,dc=com",
	}
	other := source
	other.ID, other.Name = 2, "other"
	for _, s := range []directory.Source{source, other} {
		if _, _, err := d.Of(s); err != nil {
			t.Fatal(err)
		}
	}
	was := d.open[source.ID]
	d.Keep([]directory.Source{source})
	if d.open[source.ID] != was || len(d.open) != 1 {
		t.Errorf("one of two was removed, open are %v", d.open)
	}
	source.Base = "ou=people,dc=example,dc=com"
	d.Keep([]directory.Source{source})
	if len(d.open) != 0 {
		t.Error("the directory was changed, and the old connections are open")
	}
}
