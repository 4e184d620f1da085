package config

import (
	"fmt"
	"net/mail"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"example.com/muster/internal/timezone"
	"example.com/muster/internal/web"
)

// parsePublicURL reads a scheme and a host. Cookies are bound to the whole
// host and short links are short, so there is no path.
func parsePublicURL(s string) (*url.URL, *complaint) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Hostname() == "" {
		return nil, &complaint{"not an address", "for example https://mfa.example.com"}
	}
	switch {
	case u.User != nil:
		return nil, &complaint{"has a user or a password in it", "write only scheme and host"}
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return nil, &complaint{"has more than scheme and host", "a path is not possible, give it a host name of its own"}
	case u.Scheme == "https":
	case u.Scheme != "http":
		return nil, &complaint{"is not https", "for example https://mfa.example.com"}
	case !isLoopback(u.Hostname()):
		return nil, &complaint{"is http, which is for loopback addresses only", "use https"}
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

// isLoopback reports whether host never leaves this machine.
func isLoopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}

// checkListen takes "host:port", where host is an IP address, localhost or
// empty for every address. Port 0 takes any free port.
func checkListen(s string) *complaint {
	host, port, ok := splitHostPort(s)
	if !ok {
		return &complaint{"not host:port", "for example 127.0.0.1:8080, [::1]:8080, or :443 for every address"}
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return &complaint{"the port is not a number from 0 to 65535", ""}
	}
	if host == "" || host == "localhost" {
		return nil
	}
	if _, err := netip.ParseAddr(host); err != nil {
		return &complaint{"the host is not an IP address", "leave it empty for every address"}
	}
	return nil
}

func splitHostPort(s string) (host, port string, ok bool) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return "", "", false
	}
	host, port = s[:i], s[i+1:]
	if inner, bracketed := strings.CutPrefix(host, "["); bracketed {
		inner, closed := strings.CutSuffix(inner, "]")
		return inner, port, closed
	}
	return host, port, !strings.Contains(host, ":")
}

// listensOnLoopback expects a value that checkListen accepts.
func listensOnLoopback(s string) bool {
	host, _, ok := splitHostPort(s)
	return ok && isLoopback(host)
}

// checkDatabase takes a PostgreSQL address, with several hosts if there are
// several, without a password in any place where one can be.
func checkDatabase(s string) *complaint {
	example := "for example postgres://muster@db.example.com/muster, or leave it empty for SQLite"
	rest, ok := strings.CutPrefix(s, "postgres://")
	if !ok {
		if rest, ok = strings.CutPrefix(s, "postgresql://"); !ok {
			return &complaint{"not a postgres:// address", example}
		}
	}
	rest, query, _ := strings.Cut(rest, "?")
	authority, name, _ := strings.Cut(rest, "/")
	user, hosts := "", authority
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		user, hosts = authority[:i], authority[i+1:]
	}
	parameters, err := url.ParseQuery(query)
	switch {
	case strings.Contains(user, ":"), parameters.Has("password"), parameters.Has("sslpassword"):
		return &complaint{"has a password in it", "put it into a file and name that as database_password_file"}
	case err != nil:
		return &complaint{"has parameters that cannot be read", example}
	case name == "" || strings.Contains(name, "/"):
		return &complaint{"names no database", example}
	case hosts == "" && !parameters.Has("host"):
		return &complaint{"names no host", example}
	}
	return nil
}

func checkEmail(s string) *complaint {
	if a, err := mail.ParseAddress(s); err != nil || a.Address != s {
		return &complaint{"not a mail address", "for example it@example.com"}
	}
	return nil
}

// checkAccepted takes a YAML boolean in any of its spellings; the reader has
// made sure that it is one.
func checkAccepted(s string) *complaint {
	if isTrue(s) {
		return nil
	}
	return &complaint{"the terms are not accepted", "without that there is no certificate; use cert_file and key_file instead"}
}

// isTrue reads a YAML boolean in any of its spellings.
func isTrue(s string) bool {
	switch strings.ToLower(s) {
	case "true", "yes", "on", "y":
		return true
	}
	return false
}

func checkHTTPS(s string) *complaint {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return &complaint{"not an https address", "for example https://acme.example.com/directory"}
	}
	return nil
}

// checkDomain takes a DNS or NetBIOS name.
func checkDomain(s string) *complaint {
	bad := &complaint{"not a domain name", "for example example.com or EXAMPLE, without @ and \\"}
	if len(s) > 253 {
		return bad
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 {
			return bad
		}
		for _, r := range label {
			if r != '-' && r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
				return bad
			}
		}
	}
	return nil
}

func parseTimeZone(s string) (*time.Location, *complaint) {
	bad := &complaint{"not an IANA time zone", "for example Europe/Berlin or UTC"}
	zone, err := timezone.Parse(s)
	if err != nil {
		return nil, bad
	}
	return zone, nil
}

func checkPath(s string) *complaint {
	if strings.ContainsRune(s, 0) {
		return &complaint{"not a path", ""}
	}
	return nil
}

// checkWords takes a line of text for people.
func checkWords(s string, limit int) *complaint {
	if utf8.RuneCountInString(s) > limit {
		return &complaint{fmt.Sprintf("longer than %d characters", limit), ""}
	}
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return &complaint{"has characters that cannot be printed", "write it on one line"}
	}
	return nil
}

// checkColour asks the pages, which must be able to put white text on it.
func checkColour(s string) *complaint {
	if !isHexColour(s) {
		return &complaint{"not a colour", `for example "#2f55c8", in quotes`}
	}
	if err := web.CheckColour(s); err != nil {
		return &complaint{"too light for white text", err.Error()}
	}
	return nil
}

func isHexColour(s string) bool {
	digits, ok := strings.CutPrefix(s, "#")
	if !ok || len(digits) != 3 && len(digits) != 6 {
		return false
	}
	_, err := strconv.ParseUint(digits, 16, 32)
	return err == nil
}

// parseProxy takes an address or a network.
func parseProxy(s string) (netip.Prefix, *complaint) {
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		return netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	switch {
	case err != nil:
		return p, &complaint{"not an address or a network", "for example 127.0.0.1 or 192.0.2.0/24"}
	case p.Bits() == 0:
		return p, &complaint{"would trust everybody", "name the addresses of your proxies"}
	}
	return p, nil
}

// parseReminder reads how long before the end of a period somebody is reminded.
func parseReminder(v string) (time.Duration, *complaint) {
	d, err := time.ParseDuration(v)
	if err != nil || d < time.Minute || d > 365*24*time.Hour {
		return 0, &complaint{"not a length of time between a minute and a year", "for example 24h"}
	}
	return d, nil
}
