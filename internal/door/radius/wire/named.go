package wire

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// msMachineName is the one vendor attribute that has a name of its own here:
// it tells which computer a Remote Desktop Gateway's user sits at.
const msMachineName = "MS-Machine-Name"

// Attribute is one attribute on its own.
type Attribute struct {
	Type  Type
	Value []byte
}

// ParseAttribute reads NAME=VALUE as an operator writes it. NAME is a name of
// the RFCs in any case, Attr-N for the attribute of number N, or
// MS-Machine-Name. VALUE is text, a number or one of its names
// (NAS-Port-Type=Virtual, blanks written as they are or as hyphens), an
// address; for any attribute 0x and hexadecimal digits give the octets
// themselves, and Vendor-Specific takes nothing else.
//
// Errors name the attribute and what it takes, never a value. User-Password
// and Message-Authenticator are computed, and refused here.
func ParseAttribute(s string) (Attribute, error) {
	name, value, found := strings.Cut(s, "=")
	if !found {
		return Attribute{}, fmt.Errorf("radius: an attribute is written NAME=VALUE")
	}
	if strings.EqualFold(name, msMachineName) {
		return vendorAttribute(VendorMicrosoft, MSMachineName, value)
	}
	t, found := typeNamed(name)
	if !found {
		return Attribute{}, fmt.Errorf("radius: no attribute is named %q", name)
	}
	if t == UserPassword || t == MessageAuthenticator {
		return Attribute{}, fmt.Errorf("radius: %v is computed and cannot be given", t)
	}
	octets, err := dictionary[t].parse(value)
	switch {
	case err != nil:
		return Attribute{}, fmt.Errorf("radius: %v takes %w", t, err)
	case len(octets) > MaxValue:
		return Attribute{}, fmt.Errorf("radius: %v takes at most %d octets", t, MaxValue)
	}
	return Attribute{t, octets}, nil
}

func vendorAttribute(vendor uint32, vendorType byte, value string) (Attribute, error) {
	const header = 4 + attributeHeader
	if len(value) > MaxValue-header {
		return Attribute{}, fmt.Errorf("radius: %s takes at most %d octets", msMachineName, MaxValue-header)
	}
	octets := binary.BigEndian.AppendUint32(nil, vendor)
	octets = append(octets, vendorType, byte(attributeHeader+len(value)))
	return Attribute{VendorSpecific, append(octets, value...)}, nil
}

func typeNamed(name string) (Type, bool) {
	for t, e := range dictionary {
		if e.name != "" && strings.EqualFold(e.name, name) {
			return Type(t), true
		}
	}
	const prefix = "attr-"
	if len(name) > len(prefix) && strings.EqualFold(name[:len(prefix)], prefix) {
		n, err := strconv.ParseUint(name[len(prefix):], 10, 8)
		return Type(n), err == nil && n > 0
	}
	return 0, false
}

// parse returns the octets of a written value; its error completes "takes …".
func (e entry) parse(value string) ([]byte, error) {
	if digits, found := strings.CutPrefix(value, "0x"); found {
		octets, err := hex.DecodeString(digits)
		if err != nil {
			return nil, fmt.Errorf("an even number of hexadecimal digits after 0x")
		}
		return octets, nil
	}
	switch e.kind {
	case number, instant:
		n, err := e.parseNumber(value)
		if err != nil {
			return nil, err
		}
		return binary.BigEndian.AppendUint32(nil, n), nil
	case address:
		a, err := netip.ParseAddr(value)
		if err != nil || a.Zone() != "" {
			return nil, fmt.Errorf("an IP address")
		}
		if strings.Contains(e.name, "IPv6") != a.Is6() {
			return nil, fmt.Errorf("an IP address of the other version")
		}
		return a.AsSlice(), nil
	case text:
		return []byte(value), nil
	default:
		if e.name == "Vendor-Specific" {
			return nil, fmt.Errorf("0x and hexadecimal digits")
		}
		return []byte(value), nil
	}
}

func (e entry) parseNumber(value string) (uint32, error) {
	for name, n := range e.names {
		if strings.EqualFold(strings.ReplaceAll(name, " ", "-"), strings.ReplaceAll(value, " ", "-")) {
			return n, nil
		}
	}
	n, err := strconv.ParseUint(value, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("a number from 0 to 4294967295")
	}
	return uint32(n), nil
}

// Named is an attribute as people read it.
type Named struct{ Name, Value string }

// Named returns the packet's attributes in order, as people read them:
// numbers by name where they have one, addresses, printable text, everything
// else as 0x and hexadecimal digits. User-Password shows as "[secret]".
func (p Packet) Named() []Named {
	var all []Named
	for t, value := range p.All() {
		if t == VendorSpecific {
			if machine, found := p.machineName(value); found {
				all = append(all, Named{msMachineName, machine})
				continue
			}
		}
		all = append(all, Named{t.String(), dictionary[t].show(value)})
	}
	return all
}

// machineName reads a Vendor-Specific that holds MS-Machine-Name alone.
func (Packet) machineName(value []byte) (string, bool) {
	const header = 4 + attributeHeader
	if len(value) < header || binary.BigEndian.Uint32(value) != VendorMicrosoft ||
		value[4] != MSMachineName || int(value[5]) != len(value)-4 || !printable(value[header:]) {
		return "", false
	}
	return string(value[header:]), true
}

// show writes a value so that parse reads the same octets.
func (e entry) show(value []byte) string {
	switch e.kind {
	case hidden:
		return "[secret]"
	case number, instant:
		if len(value) == 4 {
			return e.showNumber(binary.BigEndian.Uint32(value))
		}
	case address:
		if a, ok := netip.AddrFromSlice(value); ok && strings.Contains(e.name, "IPv6") == a.Is6() {
			return a.String()
		}
	default:
		if e.name != "Vendor-Specific" && printable(value) {
			return string(value)
		}
	}
	return "0x" + hex.EncodeToString(value)
}

func (e entry) showNumber(n uint32) string {
	for name, have := range e.names {
		if have == n {
			return strings.ReplaceAll(name, " ", "-")
		}
	}
	return strconv.FormatUint(uint64(n), 10)
}

// printable reports whether value reads as text and cannot be taken for the
// hexadecimal form.
func printable(value []byte) bool {
	if !utf8.Valid(value) || strings.HasPrefix(string(value), "0x") {
		return false
	}
	for _, r := range string(value) {
		if !unicode.IsPrint(r) && r != '\n' {
			return false
		}
	}
	return true
}
