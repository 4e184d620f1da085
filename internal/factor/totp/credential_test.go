package totp_test

import (
	"bytes"
	"testing"

	"example.com/muster/internal/factor/totp"
	"example.com/muster/internal/secret"
)

func TestCredentialIsReadAsWritten(t *testing.T) {
	p := totp.Defaults()
	p.Algorithm, p.Digits, p.Skew = totp.SHA512, 8, 3
	want := totp.Credential{Params: p, Key: secret.NewBytes([]byte("12345678901234567890"))}
	got, err := totp.Decode(want.Encode())
	if err != nil || got.Params != want.Params || !got.Key.Equal(want.Key) {
		t.Errorf("Decode(Encode) = %+v, %v", got.Params, err)
	}
	for _, bad := range [][]byte{nil, {1}, {2, 0, 6, 30, 1, 7}, {1, 9, 6, 30, 1, 7}, {1, 0, 7, 30, 1, 7}, bytes.Repeat([]byte{0}, 40)} {
		if _, err := totp.Decode(bad); err == nil {
			t.Errorf("Decode(%v) succeeded", bad)
		}
	}
}
