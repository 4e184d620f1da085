//go:build system

package test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"example.com/muster/test/testkit"
)

// hearsOfNobodyElse: a second directory is silent. Its silence is that of some
// names without a record and of no other, at every door the same; alice goes on.
func (v *visitor) hearsOfNobodyElse() {
	t := v.t
	t.Helper()
	v.m.Run("directory", "add", "silent", "--preset", "openldap", "--url", "ldaps://"+testkit.Loopback(t)+":9",
		"--base", "dc=silent,dc=example,dc=com", "--bind-dn", "cn=muster,dc=silent,dc=example,dc=com",
		"--bind-password-file", v.m.Secret("reads-nothing"), "--untested")
	time.Sleep(3 * time.Second) // the server knows of it by then
	tries := func(name string) int {
		status, _ := v.posts("/signin", url.Values{"username": {name}, "password": {"wrong"}})
		return status
	}
	refused := tries("alice")
	if refused == http.StatusServiceUnavailable {
		t.Fatal("alice's directory answers, and she hears nothing")
	}
	names := map[int][]string{}
	for i := range 60 {
		for _, name := range []string{fmt.Sprint("nobody", i), fmt.Sprintf("nobody%d@evil.example", i)} {
			status := tries(name)
			names[status] = append(names[status], name)
		}
	}
	silent, others := names[http.StatusServiceUnavailable], names[refused]
	if len(silent) == 0 || len(others) < len(silent) || len(names) != 2 {
		t.Fatalf("without a record they hear %v", names)
	}
	for i := range 2 {
		if a := v.asks(silent[i], "wrong"); a.Code != "" {
			t.Errorf("%s is silent in the portal, and hears at RADIUS:\n%s", silent[i], a.Output)
		}
		if a := v.asks(others[i], "wrong"); a.Code != "Access-Reject" {
			t.Errorf("%s is refused in the portal, and hears at RADIUS:\n%s", others[i], a.Output)
		}
	}
	if a := v.asks("alice", v.home.password); a.Code != "Access-Challenge" {
		t.Errorf("alice (%s):\n%s", v.reason(), a.Output)
	}
}

// seesTheDoctor: doctor knows how the directory is.
func (v *visitor) seesTheDoctor(well bool) {
	v.t.Helper()
	testkit.Eventually(v.t, tolerated, "doctor knows how the directory is", func() error {
		out, code := v.m.TryRun("doctor", "--json")
		var list []struct {
			Name, Finding, Hint string
			OK                  bool
		}
		if err := json.Unmarshal([]byte(out.Output), &list); err != nil {
			return err
		}
		for _, c := range list {
			if c.Name != "directory "+v.home.name {
				continue
			}
			good := c.OK && strings.Contains(c.Finding, "good for")
			bad := !c.OK && code != 0 && strings.Contains(c.Finding, ": tcp: ") && c.Hint != ""
			if well && good || !well && bad {
				return nil
			}
			return fmt.Errorf("doctor says %+v, and ends with %d", c, code)
		}
		return fmt.Errorf("doctor does not know the directory: %+v", list)
	})
}
