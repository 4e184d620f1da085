package password_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"example.com/muster/internal/factor/password"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
)

func TestCheckRefuses(t *testing.T) {
	const salt, tag = "c29tZXNhbHQ", "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	bcrypt := strings.Repeat("C", 53)
	ssha := func(n int) string { return "{SSHA}" + base64.StdEncoding.EncodeToString(make([]byte, n)) }
	for name, stored := range map[string]string{
		"nothing":             "",
		"a clear password":    "hunter2hunter2",
		"argon2i":             "$argon2i$v=19$m=65536,t=2,p=1$" + salt + "$" + tag,
		"argon2d":             "$argon2d$v=19$m=65536,t=2,p=1$" + salt + "$" + tag,
		"an old version":      "$argon2id$v=16$m=65536,t=2,p=1$" + salt + "$" + tag,
		"no version":          "$argon2id$m=65536,t=2,p=1$" + salt + "$" + tag,
		"too much memory":     "$argon2id$v=19$m=65537,t=2,p=1$" + salt + "$" + tag,
		"all the memory":      "$argon2id$v=19$m=4294967296,t=2,p=1$" + salt + "$" + tag,
		"too many passes":     "$argon2id$v=19$m=65536,t=11,p=1$" + salt + "$" + tag,
		"too many lanes":      "$argon2id$v=19$m=65536,t=2,p=5$" + salt + "$" + tag,
		"lanes past a byte":   "$argon2id$v=19$m=65536,t=2,p=257$" + salt + "$" + tag,
		"no passes":           "$argon2id$v=19$m=65536,t=0,p=1$" + salt + "$" + tag,
		"too little memory":   "$argon2id$v=19$m=7,t=2,p=1$" + salt + "$" + tag,
		"a short salt":        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbA$" + tag,
		"a short tag":         "$argon2id$v=19$m=65536,t=2,p=1$" + salt + "$" + tag[:20],
		"a long tag":          "$argon2id$v=19$m=65536,t=2,p=1$" + salt + "$" + tag + tag + tag,
		"odd base64":          "$argon2id$v=19$m=65536,t=2,p=1$" + salt + "$" + tag[:41],
		"more after it":       "$argon2id$v=19$m=65536,t=2,p=1$" + salt + "$" + tag + "$",
		"a line end after it": "$argon2id$v=19$m=65536,t=2,p=1$" + salt + "$" + tag + "\n",
		"bcrypt cost 15":      "$2b$15$" + bcrypt,
		"bcrypt cost 3":       "$2b$03$" + bcrypt,
		"bcrypt 2x":           "$2x$10$" + bcrypt,
		"short bcrypt":        "$2b$10$" + bcrypt[1:],
		"long bcrypt":         "$2b$10$" + bcrypt + "C",
		"SSHA without salt":   ssha(20),
		"SSHA cut":            ssha(19),
		"SSHA with much salt": ssha(20 + 65),
		"SSHA of no base64":   "{SSHA}hunter2*",
		"SHA":                 "{SHA}" + base64.StdEncoding.EncodeToString(make([]byte, 20)),
		"clear in LDAP":       "{CLEARTEXT}hunter2",
	} {
		err := password.Check(secret.New(stored))
		if problem.KindOf(err) != problem.Invalid || err == nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		_, hint := problem.Public(err)
		for _, leak := range []string{"hunter2", salt, tag[:10], "CCCC"} {
			if strings.Contains(err.Error()+hint, leak) {
				t.Errorf("%s: the error shows it: %v", name, err)
			}
		}
	}
}

func TestCheckAcceptsTheBounds(t *testing.T) {
	for _, stored := range []string{
		"$argon2id$v=19$m=65536,t=10,p=4$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5Q",
		"$2b$14$" + strings.Repeat("C", 53),
		"{ssha}" + base64.StdEncoding.EncodeToString(make([]byte, 21)),
	} {
		if err := password.Check(secret.New(stored)); err != nil {
			t.Errorf("%s: %v", stored, err)
		}
	}
}

// Whatever is offered: no panic, and no error that quotes it.
func FuzzCheck(f *testing.F) {
	for _, tc := range foreign {
		f.Add(tc.stored)
	}
	f.Fuzz(func(t *testing.T, stored string) {
		err := password.Check(secret.New(stored))
		if err == nil {
			return
		}
		if text, hint := problem.Public(err); len(stored) > 30 && strings.Contains(text+hint, stored) {
			t.Errorf("the error quotes %q", stored)
		}
	})
}
