package wire_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"example.com/muster/internal/door/radius/wire"
)

// datagram is a header with the given length field, then attributes.
func datagram(length int, attributes ...byte) []byte {
	head := append([]byte{byte(wire.AccessRequest), 7, byte(length >> 8), byte(length)}, make([]byte, 16)...)
	return append(head, attributes...)
}

func TestParseRefusesMalformedPackets(t *testing.T) {
	long := append([]byte{byte(wire.ProxyState), 255}, make([]byte, wire.MaxValue)...)
	for _, tc := range []struct {
		name     string
		datagram []byte
		want     error
	}{
		{"nothing", nil, wire.ErrTruncated},
		{"one octet short of a header", datagram(20)[:19], wire.ErrTruncated},
		{"length below a header", datagram(19), wire.ErrLength},
		{"length zero", datagram(0), wire.ErrLength},
		{"length above 4096", datagram(4097, make([]byte, 4077)...), wire.ErrLength},
		{"length beyond the datagram", datagram(21), wire.ErrTruncated},
		{"half an attribute header", datagram(21, 1), wire.ErrAttribute},
		{"attribute of length 0", datagram(22, 1, 0), wire.ErrAttribute},
		{"attribute of length 1", datagram(22, 1, 1), wire.ErrAttribute},
		{"attribute beyond the packet", datagram(24, 1, 5, 'a', 'b'), wire.ErrAttribute},
		{"attribute into the padding", datagram(24, 1, 5, 'a', 'b', 'c'), wire.ErrAttribute},
		{"second attribute beyond", datagram(25, 1, 3, 'a', 2, 3), wire.ErrAttribute},
		{"two names", datagram(26, 1, 3, 'a', 1, 3, 'b'), wire.ErrRepeated},
		{"two passwords", datagram(26, 2, 3, 'a', 2, 3, 'b'), wire.ErrRepeated},
		{"two states", datagram(26, 24, 3, 'a', 24, 3, 'a'), wire.ErrRepeated},
		{"two Message-Authenticators", datagram(24, 80, 2, 80, 2), wire.ErrRepeated},
		{"no attributes", datagram(20), nil},
		{"an empty attribute", datagram(22, 1, 2), nil},
		{"padding", append(datagram(20), 0xde, 0xad), nil},
		{"two Proxy-States", datagram(26, 33, 3, 'a', 33, 3, 'b'), nil},
		{"the longest attribute", datagram(20+255, long...), nil},
		{"type 0 and type 255", datagram(24, 0, 2, 255, 2), nil},
	} {
		p, err := wire.Parse(tc.datagram)
		if !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, err, tc.want)
		}
		if err != nil && len(p.Bytes()) > 0 {
			t.Errorf("%s: a packet beside the error", tc.name)
		}
	}
}

// RFC 2865 section 3: octets outside the range of the length field are padding.
func TestPaddingIsNoPartOfThePacket(t *testing.T) {
	request := vector(t, "rfc2865_7_1_request")
	padded := parse(t, append(slices.Clone(request), "extra"...))
	if !bytes.Equal(padded.Bytes(), request) {
		t.Errorf("%x", padded.Bytes())
	}
	if cap(padded.Bytes()) != len(request) {
		t.Error("appending to the view would write into the padding")
	}
}

func TestZeroPacketHasNoAttributes(t *testing.T) {
	var p wire.Packet
	if p.Has(wire.UserName) || len(p.Named()) > 0 {
		t.Error("the zero packet has attributes")
	}
}

func TestLookups(t *testing.T) {
	attributes := slices.Concat(
		[]byte{31, 2},             // Calling-Station-Id, empty
		[]byte{5, 5, 1, 2, 3},     // NAS-Port, an octet short
		[]byte{4, 6, 10, 0, 0, 1}, // NAS-IP-Address
		[]byte{33, 3, 'x', 33, 3, 'y', 33, 2},
		[]byte{26, 5, 0, 0, 1},                                // Vendor-Specific without a whole vendor
		[]byte{26, 12, 0, 0, 0, 9, 50, 6, 'n', 'o', 'n', 'o'}, // another vendor's type 50
		[]byte{26, 9, 0, 0, 1, 55, 50, 9, 'x'},                // a sub-attribute too long
		[]byte{26, 17, 0, 0, 1, 55, 1, 3, 'z', 50, 8, 'l', 'a', 'p', 't', 'o', 'p'},
	)
	p := parse(t, datagram(20+len(attributes), attributes...))
	if value, found := p.Lookup(wire.CallingStationID); !found || len(value) != 0 {
		t.Errorf("empty attribute: %q, %v", value, found)
	}
	if p.Has(wire.UserName) || p.Text(wire.UserName) != "" {
		t.Error("an attribute that is not there")
	}
	if _, found := p.Uint32(wire.NASPort); found {
		t.Error("a number of three octets")
	}
	if a, found := p.Address(wire.NASIPAddress); !found || a.String() != "10.0.0.1" {
		t.Errorf("address %v", a)
	}
	if _, found := p.Address(wire.NASPort); found {
		t.Error("an address of three octets")
	}
	var states []string
	for value := range p.Values(wire.ProxyState) {
		states = append(states, string(value))
	}
	if !slices.Equal(states, []string{"x", "y", ""}) {
		t.Errorf("Proxy-State %q", states)
	}
	if value, _ := p.Vendor(wire.VendorMicrosoft, wire.MSMachineName); string(value) != "laptop" {
		t.Errorf("MS-Machine-Name %q", value)
	}
	if _, found := p.Vendor(wire.VendorMicrosoft, 2); found {
		t.Error("a vendor type that is not there")
	}
}

func TestNamesOfCodesAndTypes(t *testing.T) {
	seen := map[string]bool{}
	for c := range 256 {
		name := wire.Code(c).String()
		if name == "" || seen[name] {
			t.Errorf("code %d is named %q", c, name)
		}
		seen[name] = true
	}
	for n := range 256 {
		name := wire.Type(n).String()
		if name == "" || seen[name] || strings.ContainsAny(name, " =") {
			t.Errorf("type %d is named %q", n, name)
		}
		seen[name] = true
	}
}
