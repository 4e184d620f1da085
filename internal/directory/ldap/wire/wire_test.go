package wire_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
	"pgregory.net/rapid"

	"example.com/muster/internal/directory/ldap/wire"
)

// TestFiltersMeanWhatTheyHold: go-ldap reads a filter back as the same values.
func TestFiltersMeanWhatTheyHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"*", "*)(uid=*", "\x00", `\`, `\2a`, "(", ")"})).Draw(t, "value")
		if value == "" {
			value = "x" // go-ldap reads an empty value as presence
		}
		filter := wire.And(wire.Equal("uid", value), wire.Not(wire.Or(wire.Present("cn"), wire.Contains("mail", value))),
			wire.AtLeast("uSNChanged", "17"), wire.Matches("memberOf", "1.2.840.113556.1.4.1941", value))
		escaped := ldap.EscapeFilter(value)
		want, err := ldap.CompileFilter("(&(uid=" + escaped + ")(!(|(cn=*)(mail=*" + escaped + "*)))(uSNChanged>=17)" +
			"(memberOf:1.2.840.113556.1.4.1941:=" + escaped + "))")
		if err != nil {
			t.Fatal(err)
		}
		request := wire.AppendSearch(nil, 1, wire.Search{Filter: filter})
		packet, err := ber.DecodePacketErr(request)
		if err != nil {
			t.Fatal(err)
		}
		got := packet.Children[1].Children[6].Bytes()
		if !bytes.Equal(got, want.Bytes()) {
			t.Fatalf("filter of %q is\n%x, go-ldap's is\n%x", value, got, want.Bytes())
		}
	})
}

// TestRequests: go-ldap's decoder reads our requests.
func TestRequests(t *testing.T) {
	long := strings.Repeat("x", 300)
	bind, err := ber.DecodePacketErr(wire.AppendBind(nil, 200, "cn=a", long, wire.Policy()))
	if err != nil || bind.Children[0].Value != int64(200) || bind.Children[1].Children[1].Value != "cn=a" ||
		bind.Children[1].Children[2].Data.String() != long {
		t.Errorf("bind: %v, %v", bind, err)
	}
	search, err := ber.DecodePacketErr(wire.AppendSearch(nil, 1<<30, wire.Search{
		Base: "dc=example", Scope: wire.Subtree, Attributes: []string{"cn", "mail"}, SizeLimit: 1000,
		Controls: []wire.Control{wire.Paging(1000, []byte("cookie"))},
	}))
	if err != nil || search.Children[0].Value != int64(1<<30) || search.Children[1].Children[3].Value != int64(1000) ||
		len(search.Children[1].Children[7].Children) != 2 {
		t.Errorf("search: %v, %v", search, err)
	}
	control, err := ldap.DecodeControl(search.Children[2].Children[0])
	if err != nil {
		t.Fatal(err)
	}
	if paging, ok := control.(*ldap.ControlPaging); !ok || paging.PagingSize != 1000 || string(paging.Cookie) != "cookie" {
		t.Errorf("control: %v", control)
	}
}

// answerOf makes a message of an entry with go-ldap's encoder.
func answerOf(id int64, dn string, attributes map[string][]string, order ...string) []byte {
	message := ber.NewSequence("message")
	message.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""))
	entry := ber.Encode(ber.ClassApplication, ber.TypeConstructed, 4, nil, "")
	entry.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, dn, ""))
	list := ber.NewSequence("")
	for _, name := range order {
		one := ber.NewSequence("")
		one.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, name, ""))
		set := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
		for _, v := range attributes[name] {
			set.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, v, ""))
		}
		one.AppendChild(set)
		list.AppendChild(one)
	}
	entry.AppendChild(list)
	message.AppendChild(entry)
	return message.Bytes()
}

func TestEntries(t *testing.T) {
	stream := answerOf(1, "cn=a", map[string][]string{
		"mail": {"a@example.com", "b@example.com"}, "jpegPhoto;binary": {strings.Repeat("\xff", 1<<20)},
		"member;range=0-1499": {"x", "y"}, "member": {},
	}, "mail", "jpegPhoto;binary", "member", "member;range=0-1499")
	stream = append(stream, answerOf(1, "cn=b", map[string][]string{"member;range=1500-*": {"z"}}, "member;range=1500-*")...)
	for name, source := range map[string]io.Reader{
		"at once": bytes.NewReader(stream), "in pieces": iotest.OneByteReader(bytes.NewReader(stream)), "in halves": iotest.HalfReader(bytes.NewReader(stream)),
	} {
		reader := wire.NewReader(source, 2<<20)
		var e wire.Entry
		next := func() {
			t.Helper()
			m, err := reader.Next()
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if err := m.ReadEntry(&e); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		next()
		if len(e.Values("MAIL")) != 2 || string(e.Value("mail")) != "a@example.com" || len(e.Value("jpegphoto")) != 1<<20 || e.Value("mai") != nil {
			t.Errorf("%s: %q", name, e.Values("mail"))
		}
		if values, more := e.Range("member"); len(values) != 2 || more != 1500 {
			t.Errorf("%s: range %q, %d", name, values, more)
		}
		next()
		if values, more := e.Range("member"); len(values) != 1 || more != 0 || string(e.DN) != "cn=b" {
			t.Errorf("%s: last range %q, %d", name, values, more)
		}
		if _, err := reader.Next(); !errors.Is(err, io.EOF) {
			t.Errorf("%s: after the last one %v", name, err)
		}
	}
}

func TestReaderRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		octets string
		want   error
	}{
		"another tag":      {"\x31\x03\x02\x01\x01", wire.ErrMalformed},
		"indefinite":       {"\x30\x80\x02\x01\x01\x00\x00", wire.ErrMalformed},
		"five octets":      {"\x30\x85\x00\x00\x00\x00\x01", wire.ErrMalformed},
		"too long":         {"\x30\x84\x00\x10\x00\x00", wire.ErrTooLong},
		"negative":         {"\x30\x84\xff\xff\xff\xff", wire.ErrMalformed},
		"no operation":     {"\x30\x03\x02\x01\x01", wire.ErrMalformed},
		"negative id":      {"\x30\x05\x02\x01\xff\x61\x00", wire.ErrMalformed},
		"more than fits":   {"\x30\x05\x02\x01\x01\x61\x05", wire.ErrMalformed},
		"cut":              {"\x30\x05\x02\x01", io.ErrUnexpectedEOF},
		"cut in a length":  {"\x30\x84\x00", io.ErrUnexpectedEOF},
		"trailing element": {"\x30\x08\x02\x01\x01\x61\x00\x05\x00\x00", wire.ErrMalformed},
	} {
		if m, err := wire.NewReader(strings.NewReader(tc.octets), 1000).Next(); !errors.Is(err, tc.want) {
			t.Errorf("%s: %+v, %v; want %v", name, m, err, tc.want)
		}
	}
}

// FuzzReader: whatever a server sends, reading it neither panics nor goes on
// for ever, and what our reader takes for an entry go-ldap's decoder reads too.
func FuzzReader(f *testing.F) {
	f.Add(answerOf(1, "cn=a", map[string][]string{"mail": {"a"}, "member;range=0-1": {"x"}}, "mail", "member;range=0-1"))
	f.Add([]byte("\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00"))
	f.Add([]byte("\x30\x84\x00\x00\x00\x05\x02\x01\x01\x42\x00"))
	f.Fuzz(func(t *testing.T, octets []byte) {
		reader := wire.NewReader(bytes.NewReader(octets), 1<<16)
		var e wire.Entry
		for {
			m, err := reader.Next()
			if err != nil {
				return
			}
			_, _ = m.Result()
			_, _ = m.SyncInfo()
			_, _, _ = m.SyncState()
			_, _, _ = m.SyncDone()
			_, _ = m.NextPage()
			_, _, _ = m.DirSyncCookie()
			_ = m.Policy()
			if m.ReadEntry(&e) != nil {
				continue
			}
			e.Attributes(func(name []byte, values [][]byte) {
				if got := e.Values(string(name)); len(values) > 0 && len(got) == 0 {
					t.Errorf("values of %q are not found", name)
				}
				e.Range(string(name))
			})
		}
	})
}

func BenchmarkEntry(b *testing.B) {
	one := answerOf(1, "uid=u000001,ou=people,dc=example,dc=com", map[string][]string{
		"uid": {"u000001"}, "cn": {"User 000001"}, "mail": {"u000001@example.com"}, "mobile": {"+4915100000001"},
	}, "uid", "cn", "mail", "mobile")
	stream := bytes.Repeat(one, 1000)
	b.ReportAllocs()
	b.SetBytes(int64(len(stream)))
	var e wire.Entry
	for b.Loop() {
		reader := wire.NewReader(bytes.NewReader(stream), 1<<20)
		for {
			m, err := reader.Next()
			if err != nil {
				break
			}
			if m.ReadEntry(&e) != nil || e.Value("mail") == nil {
				b.Fatal("not read")
			}
		}
	}
}
