package wire_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"example.com/muster/internal/door/radius/wire"
	"example.com/muster/internal/secret"
)

func key(shared string) *wire.Key { return wire.NewKey(secret.New(shared)) }

// signed builds a PAP request with a fixed authenticator.
func signed(t testing.TB, k *wire.Key, password string) []byte {
	t.Helper()
	b := wire.BeginRequest(nil, wire.AccessRequest, 9, wire.Authenticator([]byte("0123456789abcdef")))
	b.AddText(wire.UserName, "alice")
	b.AddPassword(k, secret.New(password))
	b.AddText(wire.NASIdentifier, "vpn.example.com")
	request, err := b.Seal(k)
	if err != nil {
		t.Fatal(err)
	}
	return request
}

// RFC 2869 section 5.14, computed here by the letter: HMAC-MD5 (Type,
// Identifier, Length, Request Authenticator, Attributes) with 16 zeros in the
// attribute's place. The last secret is longer than the hash's block.
func TestMessageAuthenticatorByTheLetter(t *testing.T) {
	for _, shared := range []string{"", "s3cret", strings.Repeat("long", 40)} {
		request := signed(t, key(shared), "pa55")
		zeroed := slices.Clone(request)
		copy(zeroed[22:38], make([]byte, 16))
		mac := hmac.New(md5.New, []byte(shared))
		mac.Write(zeroed)
		if want := mac.Sum(nil); !bytes.Equal(request[22:38], want) {
			t.Errorf("%q: %x, want %x", shared, request[22:38], want)
		}
	}
}

func TestVerifyRequest(t *testing.T) {
	k := key("s3cret")
	request := signed(t, k, "pa55")
	if err := k.VerifyRequest(parse(t, request)); err != nil {
		t.Error(err)
	}
	if err := key("S3cret").VerifyRequest(parse(t, request)); !errors.Is(err, wire.ErrMessageAuthenticator) {
		t.Errorf("another secret: %v", err)
	}
	if err := rfcKey.VerifyRequest(parse(t, vector(t, "rfc2865_7_1_request"))); !errors.Is(err, wire.ErrNoMessageAuthenticator) {
		t.Errorf("none: %v", err)
	}
	for _, size := range []byte{2, 17, 19} {
		short := datagram(20+int(size), append([]byte{80, size}, make([]byte, size-2)...)...)
		if err := k.VerifyRequest(parse(t, short)); !errors.Is(err, wire.ErrMessageAuthenticator) {
			t.Errorf("of length %d: %v", size, err)
		}
	}
}

// Whichever octet is changed, no check passes: neither of a request nor of a
// reply.
func TestEveryOctetIsProtected(t *testing.T) {
	k := key("s3cret")
	request := signed(t, k, "pa55")
	b := wire.BeginReply(nil, wire.AccessChallenge, parse(t, request))
	b.AddMessage("enter the code")
	b.AddText(wire.State, "ABC")
	reply, err := b.Seal(k)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.VerifyReply(parse(t, reply), parse(t, request)); err != nil {
		t.Fatal(err)
	}
	for at := range request {
		request[at] ^= 1
		if p, err := wire.Parse(request); err == nil && k.VerifyRequest(p) == nil {
			t.Errorf("request: octet %d is free", at)
		}
		request[at] ^= 1
	}
	for at := range reply {
		reply[at] ^= 1
		if p, err := wire.Parse(reply); err == nil && k.VerifyReply(p, parse(t, request)) == nil {
			t.Errorf("reply: octet %d is free", at)
		}
		reply[at] ^= 1
	}
}

func TestVerifyReplyNamesWhatIsWrong(t *testing.T) {
	k := key("s3cret")
	request := parse(t, signed(t, k, "pa55"))
	b := wire.BeginReply(nil, wire.AccessAccept, request)
	accept, err := b.Seal(k)
	if err != nil {
		t.Fatal(err)
	}
	if err := key("other").VerifyReply(parse(t, accept), request); !errors.Is(err, wire.ErrResponseAuthenticator) {
		t.Errorf("another secret: %v", err)
	}
	foreign := slices.Clone(accept)
	foreign[1]++
	if err := k.VerifyReply(parse(t, foreign), request); !errors.Is(err, wire.ErrIdentifier) {
		t.Errorf("another identifier: %v", err)
	}
	forged := slices.Clone(accept)
	forged[25] ^= 1 // in the Message-Authenticator
	sum := md5.Sum(slices.Concat(forged[:4], request.Bytes()[4:20], forged[20:], []byte("s3cret")))
	copy(forged[4:20], sum[:])
	if err := k.VerifyReply(parse(t, forged), request); !errors.Is(err, wire.ErrMessageAuthenticator) {
		t.Errorf("another Message-Authenticator: %v", err)
	}
}

func TestPasswords(t *testing.T) {
	for _, password := range []string{
		"", "a", "fifteen octets.", "sixteen octets!!", "seventeen octets.",
		"pässwörd 密碼 пароль", strings.Repeat("x", 127), strings.Repeat("x", 128),
		"inner\x00null", "\xff\xfe not UTF-8", " blanks ",
	} {
		for _, shared := range []string{"s", "s3cret", strings.Repeat("long", 40)} {
			k := key(shared)
			p := parse(t, signed(t, k, password))
			got, err := k.Password(p)
			if err != nil || got.Reveal() != password {
				t.Errorf("%q came back as %q, %v", password, got.Reveal(), err)
			}
			if hidden, _ := p.Lookup(wire.UserPassword); len(password) > 8 && bytes.Contains(hidden, []byte(password[:8])) {
				t.Errorf("%q is not hidden", password)
			}
		}
	}
}

func TestPasswordOfAnImpossibleLength(t *testing.T) {
	for _, size := range []int{0, 1, 15, 17, 129, 144, 253} {
		attributes := append([]byte{2, byte(2 + size)}, make([]byte, size)...)
		p := parse(t, datagram(20+len(attributes), attributes...))
		if _, err := key("s").Password(p); !errors.Is(err, wire.ErrPasswordLength) {
			t.Errorf("%d octets: %v", size, err)
		}
	}
	if _, err := key("s").Password(parse(t, datagram(20))); !errors.Is(err, wire.ErrNoPassword) {
		t.Errorf("none: %v", err)
	}
}

func TestKeyServesManyAtOnce(t *testing.T) {
	k := key("s3cret")
	request := parse(t, signed(t, k, "pa55"))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 200 {
				password, err := k.Password(request)
				if err != nil || password.Reveal() != "pa55" || k.VerifyRequest(request) != nil {
					t.Error("a computation was disturbed")
					return
				}
			}
		})
	}
	all.Wait()
}
