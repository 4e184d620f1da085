package timezone_test

import (
	"strings"
	"testing"
	"time"

	"example.com/muster/internal/timezone"
)

func TestOnlyNamesOfTheDatabaseAreZones(t *testing.T) {
	for _, name := range []string{"Europe/Berlin", "America/New_York", "America/Argentina/Buenos_Aires", "Etc/GMT+5", "UTC", "Asia/Kathmandu"} {
		zone, err := timezone.Parse(name)
		if err != nil || zone.String() != name {
			t.Errorf("%q: %v, %v", name, zone, err)
		}
	}
	for _, name := range []string{
		"", " ", "Local", "local", "localtime", "../x", "../../etc/passwd", "Europe/../Europe/Berlin", "/etc/localtime", "Europe/Berlin/",
		"Europe//Berlin", `Europe\Berlin`, "Europe/Berlin\x00", "Europe/Berlin\r\nBcc: x", "Europe/Atlantis", "posix/Europe/Berlin",
		"right/Europe/Berlin", "posixrules", "Factory", "+02:00", "tzdata.zi", strings.Repeat("A", 300), strings.Repeat("A/", 150) + "A",
	} {
		if zone, err := timezone.Parse(name); err == nil {
			t.Errorf("%q is taken for %v", name, zone)
		}
	}
	if got := timezone.Or("nonsense", time.UTC); got != time.UTC {
		t.Errorf("in place of nonsense: %v", got)
	}
}
