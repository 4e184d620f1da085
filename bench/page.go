package bench

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/muster/test/testkit"
)

// pageClients is how many connections, kept alive, ask for a page at once.
const pageClients = 16

// pageRate asks for a page over TLS for a while and returns how many answers
// came a second.
func pageRate(t testing.TB, address string, during time.Duration) float64 {
	t.Helper()
	var group sync.WaitGroup
	counts, errs := make([]int, pageClients), make([]error, pageClients)
	start := time.Now()
	for i := range pageClients {
		group.Go(func() { counts[i], errs[i] = fetchPages(address, start.Add(during)) })
	}
	group.Wait()
	took, total := time.Since(start), 0
	for i := range pageClients {
		if errs[i] != nil {
			t.Fatal(errs[i])
		}
		total += counts[i]
	}
	return float64(total) / took.Seconds()
}

// fetchPages asks on one connection, one page after the other.
func fetchPages(address string, until time.Time) (count int, err error) {
	conn, err := tls.DialWithDialer(new(net.Dialer), "tcp", address, &tls.Config{
		ServerName: testkit.PublicHost, InsecureSkipVerify: true, NextProtos: []string{"http/1.1"},
	})
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	answers := bufio.NewReader(conn)
	for ; time.Now().Before(until); count++ {
		if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: "+testkit.PublicHost+"\r\n\r\n"); err != nil {
			return count, err
		}
		response, err := http.ReadResponse(answers, nil)
		if err != nil {
			return count, err
		}
		if response.StatusCode != http.StatusOK {
			return count, fmt.Errorf("the page answers %s", response.Status)
		}
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			return count, err
		}
	}
	return count, nil
}

// serveReadyMade serves a page from memory over TLS. It runs in a process of
// its own, as the program does.
func serveReadyMade(address, pageFile, certFile, keyFile string) error {
	page, err := os.ReadFile(pageFile)
	if err != nil {
		return err
	}
	server := &http.Server{Addr: address, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(page)
	})}
	return server.ListenAndServeTLS(certFile, keyFile)
}

// weight is what a first visit of a page brings over the line.
type weight struct{ files, script, all int }

var linked = regexp.MustCompile(`(?:src|href)="([^"]+\.(?:css|js|mjs|svg|png|ico|woff2?|webmanifest)[^"]*)"`)

// firstVisit fetches the portal's first page and all that it loads, and adds
// up the bodies as they travel, gzipped.
func firstVisit(t testing.TB, m *testkit.Muster) weight {
	t.Helper()
	total := weight{}
	base, err := url.Parse(m.PublicURL() + "/")
	if err != nil {
		t.Fatal(err)
	}
	page := total.fetch(t, m, base.String())
	seen := map[string]bool{}
	for _, match := range linked.FindAllStringSubmatch(page, -1) {
		link, err := base.Parse(match[1])
		if err != nil {
			t.Fatal(err)
		}
		if link.Fragment = ""; !seen[link.String()] {
			seen[link.String()] = true
			total.fetch(t, m, link.String())
		}
	}
	return total
}

// fetch adds one file to the weight and returns its content.
func (w *weight) fetch(t testing.TB, m *testkit.Muster, address string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept-Encoding", "gzip") // set by hand, it comes as it travels
	response, err := m.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v", address, response.Status, err)
	}
	w.files++
	w.all += len(body)
	if strings.Contains(response.Header.Get("Content-Type"), "javascript") {
		w.script += len(body)
	}
	if response.Header.Get("Content-Encoding") != "gzip" {
		return string(body)
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(unpacked)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
