package ldap_test

import (
	"bytes"
	"fmt"
	"strconv"
	"testing"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/directory/ldap/wire"
	"example.com/muster/internal/directory/ldapsync"
)

// valuesFrom is an entry with at most 1500 of so many members, from the one
// that was asked for, as Active Directory gives them: under the name of the
// range, beside the bare name without a value.
func valuesFrom(m wire.Message, members int) []byte {
	const most = 1500
	from := 0
	if _, rest, ok := bytes.Cut(m.Body, []byte("member;range=")); ok {
		number, _, _ := bytes.Cut(rest, []byte("-"))
		from, _ = strconv.Atoi(string(number))
	}
	to, end := min(from+most, members), "*"
	if to < members {
		end = strconv.Itoa(to - 1)
	}
	var values []byte
	for i := from; i < to; i++ {
		values = append(values, text(fmt.Sprintf("cn=user%d,dc=example", i))...)
	}
	attribute := func(name string, values []byte) []byte { return tlv(0x30, text(name), tlv(0x31, values)) }
	return append(text("cn=all,dc=example"), tlv(0x30,
		attribute("member", nil), attribute(fmt.Sprintf("member;range=%d-%s", from, end), values))...)
}

// TestMembersComeInRanges: a server that gives a part of a long list is asked
// until it has given all; one that gives the same part again is not believed.
func TestMembersComeInRanges(t *testing.T) {
	for _, members := range []int{0, 1, 1499, 1500, 1501, 3000, 10_000} {
		s := serve(t, soundCertificate(), func(p *peer) {
			p.answerAll(func(m wire.Message) {
				_, _ = p.Write(message(m.ID, wire.SearchEntry, valuesFrom(m, members)))
				_, _ = p.Write(message(m.ID, wire.SearchDone, result(wire.Success, "")))
			})
		})
		reader := ldapsync.New(connect(t, quick, nil, s), directory.Source{Preset: directory.ActiveDirectory, Base: "dc=example"})
		got, err := reader.Members(t.Context(), "cn=all,dc=example")
		if err != nil || len(got) != members || members > 0 && got[members-1] != fmt.Sprintf("cn=user%d,dc=example", members-1) {
			t.Errorf("%d of %d members, %v", len(got), members, err)
		}
	}
	s := serve(t, soundCertificate(), func(p *peer) {
		p.answerAll(func(m wire.Message) {
			_, _ = p.Write(message(m.ID, wire.SearchEntry, valuesFrom(wire.Message{}, 1501)))
			_, _ = p.Write(message(m.ID, wire.SearchDone, result(wire.Success, "")))
		})
	})
	reader := ldapsync.New(connect(t, quick, nil, s), directory.Source{Preset: directory.ActiveDirectory, Base: "dc=example"})
	if got, err := reader.Members(t.Context(), "cn=all,dc=example"); err == nil {
		t.Errorf("a part of a list is taken for all of it: %d", len(got))
	}
}
