package config

import (
	"fmt"
	"math"
	"net/mail"
	"net/netip"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
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
	switch strings.ToLower(s) {
	case "true", "yes", "on", "y":
		return nil
	}
	return &complaint{"the terms are not accepted", "without that there is no certificate; use cert_file and key_file instead"}
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
	if s == "Local" {
		return nil, bad
	}
	zone, err := time.LoadLocation(s)
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

func checkLogo(s string) *complaint {
	switch strings.ToLower(filepath.Ext(s)) {
	case ".svg", ".png":
		return checkPath(s)
	}
	return &complaint{"not an .svg or .png file", ""}
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

// minContrast is what WCAG 2.2, success criterion 1.4.3, asks of text.
const minContrast = 4.5

func checkColour(s string) *complaint {
	if len(s) != 7 || s[0] != '#' {
		return &complaint{"not a colour", `for example "#1f5fbf", in quotes`}
	}
	rgb, err := strconv.ParseUint(s[1:], 16, 32)
	if err != nil {
		return &complaint{"not a colour", `for example "#1f5fbf", in quotes`}
	}
	if ratio := contrastWithWhite(uint32(rgb)); ratio < minContrast {
		return &complaint{
			fmt.Sprintf("too light for white text: contrast %.1f, needed %.1f", math.Floor(ratio*10)/10, minContrast),
			"choose a darker one",
		}
	}
	return nil
}

// contrastWithWhite is the contrast ratio of WCAG 2.2 between white and an
// sRGB colour 0xrrggbb: 1 to 21.
func contrastWithWhite(rgb uint32) float64 {
	linear := func(shift int) float64 {
		v := float64(rgb>>shift&0xff) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	luminance := 0.2126*linear(16) + 0.7152*linear(8) + 0.0722*linear(0)
	return 1.05 / (luminance + 0.05)
}
