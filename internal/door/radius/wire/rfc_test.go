package wire_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/muster/internal/door/radius/wire"
	"example.com/muster/internal/secret"
)

// rfcKey is the secret of the examples in RFC 2865 section 7 and RFC 5997
// section 6.
var rfcKey = wire.NewKey(secret.New("xyzzy5461"))

// RFC 2865 section 7.1, "User Telnet to Specified Host".
func TestRFC2865_7_1(t *testing.T) {
	request := parse(t, vector(t, "rfc2865_7_1_request"))
	wantNamed(t, request, "User-Name=nemo", "User-Password=[secret]", "NAS-IP-Address=192.168.1.16", "NAS-Port=3")
	wantPassword(t, request, "arctangent")
	wantBuilt(t, request, "arctangent")

	accept := parse(t, vector(t, "rfc2865_7_1_accept"))
	wantReply(t, accept, request, wire.AccessAccept)
	wantNamed(t, accept, "Service-Type=Login", "Login-Service=0", "Login-IP-Host=192.168.1.3")
}

// RFC 2865 section 7.2, "Framed User Authenticating with CHAP".
func TestRFC2865_7_2(t *testing.T) {
	request := parse(t, vector(t, "rfc2865_7_2_request"))
	wantNamed(t, request, "User-Name=flopsy", "CHAP-Password=0x16e97557c316185895f293ff6344077275",
		"NAS-IP-Address=192.168.1.16", "NAS-Port=20", "Service-Type=Framed", "Framed-Protocol=PPP")
	if _, err := rfcKey.Password(request); !errors.Is(err, wire.ErrNoPassword) {
		t.Errorf("Password: %v", err)
	}
	wantBuilt(t, request, "")

	accept := parse(t, vector(t, "rfc2865_7_2_accept"))
	wantReply(t, accept, request, wire.AccessAccept)
	wantNamed(t, accept, "Service-Type=Framed", "Framed-Protocol=PPP", "Framed-IP-Address=255.255.255.254",
		"Framed-Routing=2", "Framed-Compression=1", "Framed-MTU=1500")
}

// RFC 2865 section 7.3, "User with Challenge-Response card".
func TestRFC2865_7_3(t *testing.T) {
	request := parse(t, vector(t, "rfc2865_7_3_request"))
	wantNamed(t, request, "User-Name=mopsy", "User-Password=[secret]", "NAS-IP-Address=192.168.1.16", "NAS-Port=7")
	wantPassword(t, request, "challenge")
	wantBuilt(t, request, "challenge")

	challenge := parse(t, vector(t, "rfc2865_7_3_challenge"))
	wantReply(t, challenge, request, wire.AccessChallenge)
	wantNamed(t, challenge, "Reply-Message=Challenge 32769430.  Enter response at prompt.", "State=32769430")

	answer := parse(t, vector(t, "rfc2865_7_3_answer"))
	wantNamed(t, answer, "User-Name=mopsy", "User-Password=[secret]", "NAS-IP-Address=192.168.1.16", "NAS-Port=7", "State=32769430")
	wantPassword(t, answer, "99101462")
	wantBuilt(t, answer, "99101462")
	wantReply(t, parse(t, vector(t, "rfc2865_7_3_reject")), answer, wire.AccessReject)
}

// RFC 5997 section 6.1, "Minimal Query to Authentication Port". The RFC's
// reply bears no Message-Authenticator; ours does.
func TestRFC5997_6_1(t *testing.T) {
	datagram := vector(t, "rfc5997_6_1_request")
	request := parse(t, datagram)
	if request.Code() != wire.StatusServer || request.Identifier() != 218 {
		t.Errorf("code %v, identifier %d", request.Code(), request.Identifier())
	}
	if err := rfcKey.VerifyRequest(request); err != nil {
		t.Error(err)
	}
	b := wire.BeginRequest(nil, wire.StatusServer, 218, request.Authenticator())
	if built, err := b.Seal(rfcKey); err != nil || !bytes.Equal(built, datagram) {
		t.Errorf("built %x, %v", built, err)
	}
}

// wantBuilt checks that our Builder writes the very octets of want, given its
// attributes by name.
func wantBuilt(t *testing.T, want wire.Packet, password string) {
	t.Helper()
	b := wire.BeginUnsignedRequest(nil, want.Code(), want.Identifier(), want.Authenticator())
	for _, named := range want.Named() {
		if named.Name == wire.UserPassword.String() {
			b.AddPassword(rfcKey, secret.New(password))
			continue
		}
		a, err := wire.ParseAttribute(named.Name + "=" + named.Value)
		if err != nil {
			t.Fatal(err)
		}
		b.Add(a.Type, a.Value)
	}
	built, err := b.Seal(rfcKey)
	if err != nil || !bytes.Equal(built, want.Bytes()) {
		t.Errorf("built\n%x, want\n%x, %v", built, want.Bytes(), err)
	}
}

// wantReply checks a reply of an RFC, which bears no Message-Authenticator.
func wantReply(t *testing.T, reply, request wire.Packet, code wire.Code) {
	t.Helper()
	if reply.Code() != code {
		t.Errorf("code %v, want %v", reply.Code(), code)
	}
	if err := rfcKey.VerifyReply(reply, request); !errors.Is(err, wire.ErrNoMessageAuthenticator) {
		t.Errorf("VerifyReply: %v", err)
	}
	other := wire.NewKey(secret.New("xyzzy5462"))
	if err := other.VerifyReply(reply, request); !errors.Is(err, wire.ErrResponseAuthenticator) {
		t.Errorf("VerifyReply with another secret: %v", err)
	}
}

func wantPassword(t *testing.T, request wire.Packet, want string) {
	t.Helper()
	if password, err := rfcKey.Password(request); err != nil || password.Reveal() != want {
		t.Errorf("User-Password %q, %v", password.Reveal(), err)
	}
}

func wantNamed(t *testing.T, p wire.Packet, want ...string) {
	t.Helper()
	var got []string
	for _, named := range p.Named() {
		got = append(got, named.Name+"="+named.Value)
	}
	if !slices.Equal(got, want) {
		t.Errorf("attributes\n%q, want\n%q", got, want)
	}
}

// vector reads testdata/name.hex: hexadecimal digits, blanks, and comments
// from # to the end of the line.
func vector(t testing.TB, name string) []byte {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("testdata", name+".hex"))
	if err != nil {
		t.Fatal(err)
	}
	var digits strings.Builder
	for line := range strings.Lines(string(file)) {
		octets, _, _ := strings.Cut(line, "#")
		digits.WriteString(strings.Join(strings.Fields(octets), ""))
	}
	octets, err := hex.DecodeString(digits.String())
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return octets
}

// vectors reads all of testdata's.
func vectors(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("testdata/*.hex")
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors: %v", err)
	}
	all := make(map[string][]byte)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".hex")
		all[name] = vector(t, name)
	}
	return all
}

func parse(t testing.TB, datagram []byte) wire.Packet {
	t.Helper()
	p, err := wire.Parse(datagram)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
