package main

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"example.com/muster/internal/secret"
)

func leaves(t *testing.T) []*kong.Node {
	t.Helper()
	var tree cli
	parser, err := newParser(&tree, newTerminal())
	if err != nil {
		t.Fatal(err)
	}
	return parser.Model.Leaves(true)
}

// TestEveryExampleParses proves that help shows command lines that work.
func TestEveryExampleParses(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{
		"alice.password", "bob.totp", "vpn.secret", "ssh.secret", "gateway.secret", "new.secret", "backup.passphrase", "late.txt", "bind.password", "ca.pem",
	} {
		if err := os.WriteFile(name, []byte("secret"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	examples := rootExamples
	for _, leaf := range leaves(t) {
		e, ok := reflect.TypeAssert[explained](leaf.Target.Addr())
		if !ok {
			t.Errorf("%s has no examples", leaf.Path())
			continue
		}
		for line := range strings.Lines(e.examples()) {
			if !strings.HasPrefix(line, typedPath(leaf)) {
				t.Errorf("the example of %s is another command: %s", leaf.Path(), line)
			}
		}
		examples += "\n" + e.examples()
	}
	for line := range strings.Lines(examples) {
		var tree cli
		parser, err := newParser(&tree, newTerminal())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parser.Parse(words(line)); err != nil {
			t.Errorf("muster %s: %v", strings.TrimSpace(line), err)
		}
	}
}

// words splits a command line at blanks outside double quotes, up to a #.
func words(line string) []string {
	line, _, _ = strings.Cut(line, "  #")
	quoted := false
	fields := strings.FieldsFunc(line, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return !quoted && (r == ' ' || r == '\n')
	})
	for i, f := range fields {
		fields[i] = strings.Trim(f, `"`)
	}
	return fields
}

// TestEveryLeafRuns holds that each command is of one of the two kinds.
func TestEveryLeafRuns(t *testing.T) {
	for _, leaf := range leaves(t) {
		command := leaf.Target.Addr().Interface()
		_, isLocal := command.(local)
		_, isStateful := command.(stateful)
		if isLocal == isStateful {
			t.Errorf("%s: local %v, stateful %v", leaf.Path(), isLocal, isStateful)
		}
		if leaf.Help == "" {
			t.Errorf("%s has no help", leaf.Path())
		}
	}
}

// TestCommandsCrossTheSocketWhole fills every field of every command, sends
// it through JSON, and wants the same command back.
func TestCommandsCrossTheSocketWhole(t *testing.T) {
	for _, leaf := range leaves(t) {
		sent := reflect.New(leaf.Target.Type())
		fill(t, sent.Elem())
		payload, err := json.Marshal(sent.Interface())
		if err != nil {
			t.Fatal(err)
		}
		got := reflect.New(leaf.Target.Type())
		if err := json.Unmarshal(payload, got.Interface()); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(sent.Interface(), got.Interface()) {
			t.Errorf("%s arrived as another command:\n%s", leaf.Path(), payload)
		}
	}
}

func fill(t *testing.T, v reflect.Value) {
	t.Helper()
	switch v.Type() {
	case reflect.TypeFor[secretText]():
		v.Set(reflect.ValueOf(secretText{secret.New("s3cret")}))
		return
	case reflect.TypeFor[secretFile]():
		v.Set(reflect.ValueOf(secretFile{secretText{secret.New("s3cret")}}))
		return
	case reflect.TypeFor[time.Duration]():
		v.SetInt(int64(time.Minute))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for _, field := range v.Fields() {
			fill(t, field)
		}
	case reflect.String:
		v.SetString("text")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int:
		v.SetInt(7)
	case reflect.Slice:
		v.Set(reflect.ValueOf([]string{"a", "b"}))
	default:
		t.Fatalf("a command has a field of kind %s, which nobody has thought about", v.Kind())
	}
}

func TestSecretsOfCommandsDoNotPrint(t *testing.T) {
	for _, leaf := range leaves(t) {
		command := reflect.New(leaf.Target.Type())
		fill(t, command.Elem())
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			for _, v := range []any{command.Interface(), command.Elem().Interface()} {
				if s := fmt.Sprintf(verb, v); strings.Contains(s, "s3cret") || strings.Contains(s, "733363726574") {
					t.Errorf("%s: %s shows %s", leaf.Path(), verb, s)
				}
			}
		}
	}
}
