package operator

import (
	"context"
	"strings"
	"unicode/utf8"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
)

// The limits of a password (NIST SP 800-63B section 5.1.1.2).
const (
	MinPassword = 8    // characters
	MaxPassword = 1024 // octets
)

// CheckPassword refuses a password that is too short, too long, the person's
// own name, or one character over and over. The error is a problem.Invalid
// without the password.
func CheckPassword(password secret.Text, username string) error {
	s := password.Reveal()
	hint := "at least 8 characters; a few words that belong to nobody else are good"
	switch {
	case !utf8.ValidString(s) || strings.ContainsRune(s, 0):
		return refuse(RefusedPassword, problem.Invalid, "the password is not text")
	case len(s) > MaxPassword:
		return refuse(RefusedPassword, problem.Invalid, "the password is longer than %d octets", MaxPassword)
	case utf8.RuneCountInString(s) < MinPassword:
		return refuse(RefusedShortPassword, problem.Invalid, "the password is shorter than %d characters", MinPassword).WithHint("%s", hint)
	case username != "" && strings.EqualFold(s, username):
		return refuse(RefusedPlainPassword, problem.Invalid, "the password is the user name").WithHint("%s", hint)
	}
	first, size := utf8.DecodeRuneInString(s)
	if strings.Trim(s[size:], string(first)) == "" {
		return refuse(RefusedPlainPassword, problem.Invalid, "the password is one character over and over").WithHint("%s", hint)
	}
	return nil
}

// hash checks a password and returns its hash, sealed for the person.
func (o *Operator) hash(ctx context.Context, password secret.Text, person id.ID, username string) ([]byte, error) {
	if err := CheckPassword(password, username); err != nil {
		return nil, err
	}
	hash, err := o.Passwords.Hash(ctx, password)
	if err != nil {
		return nil, err
	}
	return o.Keys.Seal(nil, directory.PasswordPlace(person), []byte(hash.Reveal())), nil
}
