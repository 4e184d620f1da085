package radius

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/secret"
	"example.com/muster/internal/text"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestTextsGolden holds every text that a VPN client shows, as it leaves us.
func TestTextsGolden(t *testing.T) {
	now := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	said := newTexts("Smith & <Sons>", "mfa.example.com/e", "help desk, +49 30 1234567", func() time.Time { return now })
	invite := &authn.Invite{Code: secret.New("K7MPQ2XR"), Until: now.Add(10 * time.Minute), Due: now.Add(9*24*time.Hour + time.Hour)}
	for _, language := range text.Default().Languages() {
		var all strings.Builder
		for _, m := range []authn.Message{
			authn.MessageAskCode, authn.MessageWrongCode, authn.MessageEnroll, authn.MessagePostpone, authn.MessageRefused,
			authn.MessageChangePassword, authn.MessageExpired, authn.MessageNotIncluded,
			authn.MessageNeedsLink, authn.MessageNeedsHelp,
		} {
			fmt.Fprintf(&all, "%s: %s\n", m, said.say(m, language.Tag, invite))
		}
		limited, last, used := *invite, *invite, *invite
		limited.MayPostpone, last.MayPostpone, used.UsedUp = true, true, true
		limited.TimesLeft, last.TimesLeft = 3, 1
		for _, i := range []*authn.Invite{&limited, &last, &used} {
			for _, m := range []authn.Message{authn.MessageEnroll, authn.MessagePostpone, authn.MessageGoOn, authn.MessageGoOnHelp} {
				if (m == authn.MessageEnroll) == i.UsedUp {
					fmt.Fprintf(&all, "%s (%d times): %s\n", m, i.TimesLeft, said.say(m, language.Tag, i))
				}
			}
		}
		file := "testdata/texts." + language.Tag + ".golden"
		if *update {
			if err := os.WriteFile(file, []byte(all.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if all.String() != string(want) {
			t.Errorf("%s says otherwise:\n%s", file, all.String())
		}
	}
}
