package keyring

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestNothingPrintsAKey(t *testing.T) {
	r := Ephemeral(time.Unix(0, 0))
	c := r.current.Load().keys
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		out := fmt.Sprintf(verb, r) + fmt.Sprintf(verb, c) + fmt.Sprintf(verb, c.Root)
		for _, leak := range []string{
			base64.StdEncoding.EncodeToString(c.Root[:])[:10],
			fmt.Sprintf("%x", c.Root[:4]),
			fmt.Sprintf("%X", c.Root[:4]),
			strings.Trim(fmt.Sprintf("%d", c.Root[:4]), "[]"),
		} {
			if strings.Contains(out, leak) {
				t.Errorf("%s prints a key: %s", verb, out)
			}
		}
	}
}
