package wire_test

import (
	"encoding/hex"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"example.com/muster/internal/door/radius/wire"
	"example.com/muster/internal/secret"
)

func TestParseAttribute(t *testing.T) {
	for written, want := range map[string]string{
		"User-Name=alice":                        "01:616c696365",
		"user-name=":                             "01:",
		"NAS-Identifier=a=b":                     "20:613d62",
		"NAS-IP-Address=192.0.2.7":               "04:c0000207",
		"NAS-IPv6-Address=2001:db8::1":           "5f:20010db8000000000000000000000001",
		"NAS-Port=4294967295":                    "05:ffffffff",
		"NAS-Port-Type=virtual":                  "3d:00000005",
		"NAS-Port-Type=Wireless - Other":         "3d:00000012",
		"Service-Type=Authenticate-Only":         "06:00000008",
		"State=0x00ff":                           "18:00ff",
		"State=plain":                            "18:706c61696e",
		"Calling-Station-Id=0xc3a4":              "1f:c3a4",
		"Vendor-Specific=0x000000090106aabbccdd": "1a:000000090106aabbccdd",
		"MS-Machine-Name=laptop":                 "1a:0000013732086c6170746f70",
		"Attr-250=0x01":                          "fa:01",
		"attr-6=1":                               "06:00000001",
		"Reply-Message=größe":                    "12:" + hex.EncodeToString([]byte("größe")),
	} {
		a, err := wire.ParseAttribute(written)
		if got := hex.EncodeToString([]byte{byte(a.Type)}) + ":" + hex.EncodeToString(a.Value); err != nil || got != want {
			t.Errorf("%s: %s, %v; want %s", written, got, err, want)
		}
	}
}

func TestParseAttributeExplainsMistakes(t *testing.T) {
	for written, want := range map[string]string{
		"User-Name":                             "NAME=VALUE",
		"":                                      "NAME=VALUE",
		"=x":                                    `no attribute is named ""`,
		"Nonsense=1":                            `no attribute is named "Nonsense"`,
		"Attr-0=1":                              `no attribute is named`,
		"Attr-256=1":                            `no attribute is named`,
		"User-Password=hunter2":                 "User-Password is computed",
		"Attr-2=hunter2":                        "User-Password is computed",
		"Message-Authenticator=0x00":            "Message-Authenticator is computed",
		"NAS-Port=one":                          "NAS-Port takes a number",
		"NAS-Port=4294967296":                   "NAS-Port takes a number",
		"NAS-IP-Address=vpn":                    "NAS-IP-Address takes an IP address",
		"NAS-IP-Address=::1":                    "of the other version",
		"NAS-IPv6-Address=fe80::1%eth0":         "takes an IP address",
		"NAS-IPv6-Address=10.0.0.1":             "of the other version",
		"State=0x0":                             "even number of hexadecimal digits",
		"Vendor-Specific=9":                     "Vendor-Specific takes 0x",
		"User-Name=" + strings.Repeat("a", 254): "at most 253 octets",
		"MS-Machine-Name=" + strings.Repeat("a", 248): "at most 247 octets",
	} {
		_, err := wire.ParseAttribute(written)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: %v, want %q", written, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the value is in the error", written)
		}
	}
}

// What Named shows, ParseAttribute reads back to the same octets, whatever a
// device sent.
func TestNamedIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := wire.BeginUnsignedRequest(nil, wire.AccessRequest, 0, wire.NewAuthenticator())
		kind := wire.Type(rapid.IntRange(3, 255).Filter(func(n int) bool { return n != int(wire.MessageAuthenticator) }).Draw(t, "type"))
		value := rapid.OneOf(
			rapid.SliceOfN(rapid.Byte(), 0, 30),
			rapid.SliceOfN(rapid.Byte(), 4, 4),
			rapid.Map(rapid.StringN(0, 20, 60), func(s string) []byte { return []byte(s) }),
			rapid.Just([]byte("\x00\x00\x01\x37\x32\x05abc")),
			rapid.Just([]byte("0x12")),
		).Draw(t, "value")
		b.Add(kind, value)
		packet, err := b.Seal(rfcKey)
		if err != nil {
			t.Fatal(err)
		}
		p, err := wire.Parse(packet)
		if err != nil {
			t.Fatal(err)
		}
		shown := p.Named()[0]
		a, err := wire.ParseAttribute(shown.Name + "=" + shown.Value)
		if err != nil || a.Type != kind || string(a.Value) != string(value) {
			t.Fatalf("%v of %x is shown as %v and read as %v of %x, %v", kind, value, shown, a.Type, a.Value, err)
		}
	})
}

func TestNamedNeverShowsAPassword(t *testing.T) {
	b := wire.BeginRequest(nil, wire.AccessRequest, 0, wire.NewAuthenticator())
	b.AddPassword(rfcKey, secret.New("hunter2"))
	packet, err := b.Seal(rfcKey)
	if err != nil {
		t.Fatal(err)
	}
	for _, named := range parse(t, packet).Named() {
		if named.Name == "User-Password" && named.Value != "[secret]" {
			t.Errorf("%v", named)
		}
	}
}
