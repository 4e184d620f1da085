package operator

import (
	"regexp"
	"strconv"
	"strings"

	"example.com/muster/internal/factor/password"
	"example.com/muster/internal/factor/totp"
	"example.com/muster/internal/secret"
)

// hashed is what a password hash begins with, of whatever kind: "$2y$",
// "{SSHA}". A password in clear that begins so is refused rather than kept as
// what it is not.
var hashed = regexp.MustCompile(`^(\$[A-Za-z0-9-]+\$|\{[A-Za-z0-9.-]+\})`)

// readPassword checks a password of an import, in clear or hashed.
func readPassword(cell, username string) (given secret.Text, inClear bool, err error) {
	given = secret.New(cell)
	switch {
	case cell == "":
		return secret.Text{}, false, nil
	case hashed.MatchString(cell):
		return given, false, password.Check(given)
	default:
		return given, true, CheckPassword(given, username)
	}
}

func readTOTP(cell string) (secret.Bytes, error) {
	if strings.TrimSpace(cell) == "" {
		return secret.Bytes{}, nil
	}
	return totp.ParseBase32(secret.New(cell))
}

func count(n int) string { return strconv.Itoa(n) }

// ordinal writes 1st, 2nd, 3rd, 4th.
func ordinal(n int) string {
	suffix := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return strconv.Itoa(n) + suffix
}
