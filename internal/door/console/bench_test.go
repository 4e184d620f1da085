package console

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
)

// BenchmarkPages shows pages of a console with 100,000 people.
func BenchmarkPages(b *testing.B) {
	o := newOffice(b)
	admin := o.add("admin", directory.Administrator)
	var file strings.Builder
	file.WriteString("username,display_name,email\n")
	for i := range 100_000 {
		fmt.Fprintf(&file, "user%06d,User Number %d,user%06d@example.com\n", i, i, i)
	}
	if _, err := o.ImportUsers(b.Context(), local, strings.NewReader(file.String()), operator.ImportOptions{}); err != nil {
		b.Fatal(err)
	}
	order := operator.Order{Factor: policy.WantTOTP, Length: 7 * 24 * time.Hour, Postpone: -1}
	started, err := o.Require(b.Context(), local, operator.Selection{All: true}, order, false)
	if err != nil {
		b.Fatal(err)
	}
	o.now = o.now.Add(time.Second)
	desk := o.signIn(admin)
	for name, path := range map[string]string{
		"overview": "/console",
		"people":   "/console/users",
		"search":   "/console/users?q=number+99999",
		"status":   "/console/users?status=enrolled",
		"late":     "/console/users?status=in-period&after=user090000",
		"group":    "/console/users?group=nobody",
		"several":  "/console/users?status=in-period&required=yes&seen=never&group=nobody",
		"campaign": "/console/period?id=" + started.Period.String(),
		"person":   "/console/user?name=user050000",
		"roles":    "/console/roles",
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if a := desk.get(path); a.status != http.StatusOK {
					b.Fatal(a.body)
				}
			}
		})
	}
}
