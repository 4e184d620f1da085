package bench

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptrace"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/muster/test/testkit"
)

// peopleLists measures how long it takes to the first byte of a list of people
// in the console: all of them in a period that they have just been told of, with
// every filter and every two of them, first, late and last pages, over TLS, on
// one connection.
func peopleLists(t testing.TB, report *table, on []string, people []person) {
	pg := testkit.StartPostgres(t, "shared_buffers=256MB")
	for _, db := range databases(pg, "people", on) {
		address := testkit.Loopback(t)
		m := testkit.NewMuster(t, testkit.Settings{Database: db.address, Address: address, Mail: mailsWait(address, time.Now())})
		file := testkit.WriteFile(t, filepath.Join(m.Dir, "people.csv"), addressedCSV(0, len(people)), 0o600)
		m.Run("user", "import", file)
		m.Run("require", "--factor", "totp", "--days", "14", "--all")
		m.Run("user", "add", "root", "--password-file", m.Secret(localPassword), "--totp-secret-file", m.Secret(people[0].base32()))
		m.Run("admin", "grant", "root", "--role", "administrator")
		awaitForce(m)
		m.Start()
		awaitSweep(t, m, address, 5*time.Minute)
		client := administrator(t, m, &people[0])
		for range 20 { // whatever is made ready when it is first asked for
			firstByte(t, client, m.PublicURL()+"/console/users")
		}
		var took []time.Duration
		slowest, longest := "", time.Duration(0)
		byFilters := map[string]time.Duration{}
		for _, address := range listAddresses(m, len(people)) {
			one := firstByte(t, client, m.PublicURL()+address)
			if took = append(took, one); one > longest {
				slowest, longest = address, one
			}
			filters := filtersIn(address)
			byFilters[filters] = max(byFilters[filters], one)
		}
		for _, filters := range slices.SortedFunc(maps.Keys(byFilters), func(a, b string) int { return cmp.Compare(byFilters[b], byFilters[a]) }) {
			if worst := byFilters[filters]; worst > 25*time.Millisecond {
				report.line("| at worst by %s on %s: %.1f ms | | | | | |", filters, db.name, milliseconds(worst))
			}
		}
		slices.Sort(took)
		at := func(share float64) float64 { return milliseconds(took[int(share*float64(len(took)-1))]) }
		report.line("| %d lists of %d people on %s: first byte %.1f ms at the median, %.1f ms at p95, %.1f ms at worst (`%s`) | | | | | |",
			len(took), len(people), db.name, at(0.5), at(0.95), at(1), slowest)
		report.atMost("first byte of a list of people, p95 of all filters and pages, "+db.name, " ms", 50, 25, at(0.95))
		m.Server().Stop()
	}
}

// listAddresses are the addresses of lists: each filter alone on three pages,
// and each two of different filters.
func listAddresses(m *testkit.Muster, people int) []string {
	var periods []struct{ ID string }
	if err := json.Unmarshal([]byte(m.Run("period", "list", "--json")), &periods); err != nil {
		panic(err) // the program prints JSON
	}
	filters := [][2]string{
		{"q", "number 99"},
		{"q", addressedName(people - 1)},
		{"q", "nobody at all"},
		{"required", "yes"},
		{"required", "no"},
		{"group", "staff"},
		{"group", "team 7"},
		{"group", "nobody"},
		{"directory", "local"},
		{"kind", "passkey"},
		{"kind", "any"},
		{"kind", "overall"},
		{"period", periods[0].ID},
	}
	for name, values := range map[string][]string{
		"status": {"not-required", "pending", "in-period", "enrolled", "expired", "exempt"},
		"seen":   {"today", "week", "month", "older", "never"},
		"only":   {"disabled", "locked", "suspended", "role", "no-address", "undelivered"},
	} {
		for _, value := range values {
			filters = append(filters, [2]string{name, value})
		}
	}
	pages := []string{"", addressedName(people / 2), addressedName(people - 20)}
	list := make([]string, 0, 1000)
	add := func(some ...[2]string) {
		q := url.Values{}
		for _, f := range some {
			q.Set(f[0], f[1])
		}
		list = append(list, "/console/users?"+q.Encode())
	}
	for _, after := range pages {
		add([2]string{"after", after})
		for _, f := range filters {
			add(f, [2]string{"after", after})
		}
	}
	for i, f := range filters {
		for _, g := range filters[i+1:] {
			if f[0] != g[0] {
				add(f, g)
			}
		}
	}
	return list
}

// filtersIn names the filters of an address, and whether it is a later page.
func filtersIn(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		panic(err) // listAddresses made it
	}
	return strings.Join(slices.Sorted(maps.Keys(u.Query())), " and ")
}

// administrator is the browser of somebody who has signed in to the console.
func administrator(t testing.TB, m *testkit.Muster, app *person) *http.Client {
	t.Helper()
	client := m.Client()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport, ok := client.Transport.(*http.Transport)
	if !ok {
		t.Fatal("the client has another transport")
	}
	client.Jar, transport.DisableKeepAlives = jar, false
	post := func(path string, form url.Values) {
		t.Helper()
		response, err := client.PostForm(m.PublicURL()+path, form)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if body, _ := io.ReadAll(response.Body); response.StatusCode != http.StatusOK {
			t.Fatalf("%s answers %s\n%s", path, response.Status, body)
		}
	}
	post("/signin", url.Values{"username": {"root"}, "password": {localPassword}, "next": {"/console/users"}})
	post("/signin/code", url.Values{"code": {app.code(time.Now().Unix() / 30)}})
	return client
}

// firstByte asks for a page and returns how long its first byte took.
func firstByte(t testing.TB, client *http.Client, address string) (took time.Duration) {
	t.Helper()
	start := time.Now()
	ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{
		GotFirstResponseByte: func() { took = time.Since(start) },
	})
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK || !strings.Contains(string(body), "</html>") || response.Request.URL.Path != "/console/users" {
		t.Fatalf("%s leads to %s: %s %v\n%s", address, response.Request.URL, response.Status, err, body)
	}
	return took
}
