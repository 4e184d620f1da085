package secret_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"example.com/muster/internal/secret"
)

func TestNothingPrintsASecret(t *testing.T) {
	type holder struct {
		T secret.Text
		B secret.Bytes
		P *secret.Text
	}
	txt := secret.New("hunter2")
	h := holder{T: txt, B: secret.NewBytes([]byte("hunter2")), P: &txt}

	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%10s", "%T"} {
		fmt.Fprintf(&out, verb+"\n", h)
		fmt.Fprintf(&out, verb+"\n", h.T)
		fmt.Fprintf(&out, verb+"\n", h.B)
	}
	j, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(j)
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "t", h.T, "b", h.B, "h", h)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "t", h.T, "b", h.B, "h", h)
	out.Write(log.Bytes())

	for _, leak := range []string{"hunter2", "68756e74", "68756E74", "104 117"} {
		if strings.Contains(out.String(), leak) {
			t.Errorf("printed %q in:\n%s", leak, out.String())
		}
	}
}

func TestEqual(t *testing.T) {
	if !secret.New("a").Equal(secret.New("a")) || secret.New("a").Equal(secret.New("b")) {
		t.Error("Text.Equal is wrong")
	}
	if !secret.NewBytes(nil).Equal(secret.Bytes{}) || secret.NewBytes([]byte{1}).Equal(secret.NewBytes([]byte{2})) {
		t.Error("Bytes.Equal is wrong")
	}
}
