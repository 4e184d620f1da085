//go:build system

package ldapsync_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/directory/ldap"
	"example.com/muster/internal/directory/ldapsync"
	"example.com/muster/internal/id"
	"example.com/muster/internal/roster"
	"example.com/muster/internal/secret"
	"example.com/muster/test/testkit"
)

// directories is the roster's reader over one source.
type directories struct {
	*ldapsync.Directories
	t      *testing.T
	source directory.Source
}

func newDirectories(t *testing.T, source directory.Source, password string) *directories {
	source.ID, source.Name = 1, "example"
	source.Attributes = source.Preset.Attributes()
	d := &ldapsync.Directories{
		Unseal: func(directory.Source) (secret.Text, error) { return secret.New(password), nil },
		Now:    time.Now,
		Limits: ldap.Limits{Operation: 20 * time.Second},
	}
	t.Cleanup(d.Close)
	return &directories{d, t, source}
}

func ofSlapd(t *testing.T, s *testkit.Slapd) *directories {
	return newDirectories(t, directory.Source{
		Preset: directory.OpenLDAP, Servers: []string{s.URL}, CA: testkit.ReadFile(t, s.PKI.CAFile),
		Base: testkit.SlapdBase, BindDN: testkit.SlapdService,
	}, testkit.SlapdServicePassword)
}

func ofSamba(t *testing.T, s *testkit.Samba, admin bool) *directories {
	source := directory.Source{
		Preset: directory.ActiveDirectory, Servers: []string{s.URL}, CA: testkit.ReadFile(t, s.PKI.CAFile),
		Base: testkit.SambaBase, BindDN: testkit.SambaService,
	}
	if admin {
		source.BindDN = testkit.SambaAdmin
		return newDirectories(t, source, testkit.SambaAdminPassword)
	}
	return newDirectories(t, source, testkit.SambaServicePassword)
}

// seen is what a reading has handed over.
type seen struct {
	roster.Reading
	put     map[string]directory.Entry // by user name
	same    []string                   // objects
	gone    []string
	refused []directory.EntryChange
	remarks map[string][]directory.Remark
	named   map[string]int // objects
	groups  map[string]directory.Object
}

func (s *seen) takeGroups(list []directory.Group) error {
	s.groups = map[string]directory.Object{}
	for _, g := range list {
		s.groups[directory.GroupName(g.DN)] = g.Object
	}
	return nil
}

// expectRenamed checks that a group has another name now, and is the same one.
func expectRenamed(t *testing.T, before, after *seen, was, is string) {
	t.Helper()
	object, known := before.groups[was]
	if _, there := after.groups[was]; !known || there || after.groups[is] != object {
		t.Errorf("%s is %s now: %v, before %v", was, is, after.groups, before.groups)
	}
}

func (s *seen) names() string { return strings.Join(slices.Sorted(maps.Keys(s.put)), " ") }

func (d *directories) read(item directory.Item, cursor []byte) *seen {
	d.t.Helper()
	s := &seen{put: map[string]directory.Entry{}, remarks: map[string][]directory.Remark{}, named: map[string]int{}}
	var err error
	s.Reading, err = d.Read(d.t.Context(), d.source, item, cursor, s.takeGroups, s.take)
	if err != nil {
		d.t.Fatalf("reading %+v: %v", item, err)
	}
	for object, times := range s.named {
		if times > 1 && object != "" {
			d.t.Errorf("%s is named %d times, by %s", object, times, s.How)
		}
	}
	return s
}

func (d *directories) poll(cursor []byte) *seen {
	d.t.Helper()
	s := &seen{put: map[string]directory.Entry{}, remarks: map[string][]directory.Remark{}, named: map[string]int{}}
	var err error
	s.Cursor, err = d.Poll(d.t.Context(), d.source, cursor, s.take)
	if err != nil {
		d.t.Fatalf("polling: %v", err)
	}
	return s
}

func (s *seen) take(changes []directory.EntryChange) error {
	for _, c := range changes {
		s.named[c.Entry.Object]++
		switch {
		case c.Refused != "":
			s.refused = append(s.refused, c)
		case c.Gone:
			s.gone = append(s.gone, c.Entry.Object)
		case c.Same:
			s.same = append(s.same, c.Entry.Object)
		default:
			s.put[c.Entry.Username] = c.Entry
			if c.Remarks != nil {
				s.remarks[c.Entry.Username] = c.Remarks
			}
		}
	}
	return nil
}

var people = directory.Item{ID: id.ID(1), Name: "people"}

// expectRead checks names handed over, whether that is all, and how.
func (s *seen) expect(t *testing.T, names string, whole bool, how string) {
	t.Helper()
	if s.names() != names || s.Whole != whole || !strings.HasPrefix(s.How, how) {
		t.Errorf("read %q, whole %v, %s; want %q, %v, %s", s.names(), s.Whole, s.How, names, whole, how)
	}
}

// expectGone checks that exactly these are told to be gone, one by one or by
// not being mentioned.
func (s *seen) expectGone(t *testing.T, objects ...string) {
	t.Helper()
	if s.Listed {
		for _, o := range objects {
			if slices.Contains(s.same, o) {
				t.Errorf("%s is said to be there", o)
			}
		}
		return
	}
	for _, o := range objects {
		if !slices.Contains(s.gone, o) {
			t.Errorf("%s is not said to be gone, only %v", o, s.gone)
		}
	}
}

func TestOpenLDAPChanges(t *testing.T) {
	for _, tc := range []struct {
		name    string
		options testkit.SlapdOptions
		how     string
		listed  bool
	}{
		{"journal", testkit.SlapdOptions{}, "changes by RFC 4533", false},
		{"no journal", testkit.SlapdOptions{NoJournal: true}, "changes by modifyTimestamp", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := testkit.StartSlapd(t, tc.options)
			d := ofSlapd(t, s)
			for _, name := range []string{"alice", "bob", "carol"} {
				s.AddPerson(name, "mail: "+name+"@example.com", "mobile: 0151 1000001", "preferredLanguage: de-DE, en;q=0.5")
			}
			first := d.read(people, nil)
			first.expect(t, "alice bob carol", true, "full")
			alice := first.put["alice"]
			if alice.Mail != "alice@example.com" || alice.Mobile != "0151 1000001" || alice.Language != "de-DE" || alice.DN != "uid=alice,"+testkit.SlapdPeople {
				t.Errorf("alice = %+v", alice)
			}

			unchanged := d.read(people, first.Cursor)
			if unchanged.Whole || unchanged.Listed != tc.listed || len(unchanged.gone) > 0 {
				t.Errorf("unchanged: %+v", unchanged)
			}

			s.Modify("dn: uid=alice," + testkit.SlapdPeople + "\nchangetype: modify\nreplace: mobile\nmobile: +4915100\n")
			s.Modify("dn: uid=bob," + testkit.SlapdPeople + "\nchangetype: modrdn\nnewrdn: uid=robert\ndeleteoldrdn: 1\n")
			s.Delete("uid=carol," + testkit.SlapdPeople)
			s.AddPerson("dave")
			second := d.read(people, first.Cursor)
			second.expect(t, "alice dave robert", false, tc.how)
			second.expectGone(t, first.put["carol"].Object)
			if got := second.put["robert"]; got.Object != first.put["bob"].Object {
				t.Errorf("bob renamed is another object: %s, was %s", got.Object, first.put["bob"].Object)
			}
			if got := second.put["alice"].Mobile; got != "+4915100" {
				t.Errorf("alice's new number is %q", got)
			}

			// Out of the filter: no longer in what is read.
			filtered := people
			filtered.Filter = "(&(objectClass=inetOrgPerson)(!(title=left)))"
			before := d.read(filtered, nil)
			s.Modify("dn: uid=dave," + testkit.SlapdPeople + "\nchangetype: modify\nreplace: title\ntitle: left\n")
			after := d.read(filtered, before.Cursor)
			after.expectGone(t, before.put["dave"].Object)

			for object, want := range map[string]bool{first.put["alice"].Object: true, before.put["dave"].Object: false, first.put["carol"].Object: false} {
				if in, err := d.Includes(t.Context(), d.source, filtered, object); err != nil || in != want {
					t.Errorf("%s is included: %v, %v", object, in, err)
				}
			}

			// A cursor of another item, or of nobody, means everything.
			d.read(filtered, first.Cursor).expect(t, "alice robert", true, "full")
			d.read(people, []byte("nonsense")).expect(t, "alice dave robert", true, "full")
		})
	}
}

func TestOpenLDAPPoll(t *testing.T) {
	s := testkit.StartSlapd(t, testkit.SlapdOptions{People: 2000})
	d := ofSlapd(t, s)
	first := d.poll(nil)
	if len(first.put) > 0 || first.Cursor == nil {
		t.Fatalf("the first poll: %d entries, cursor %s", len(first.put), first.Cursor)
	}
	s.Modify("dn: uid=u000007," + testkit.SlapdPeople + "\nchangetype: modify\nreplace: pwdAccountLockedTime\npwdAccountLockedTime: 000001010000Z\n")
	second := d.poll(first.Cursor)
	if second.names() != "u000007" || second.put["u000007"].Barred != directory.BarredDisabled {
		t.Errorf("poll after locking for good: %+v", second.put)
	}
	third := d.poll(second.Cursor)
	if len(third.put)+len(third.gone)+len(third.same) > 0 {
		t.Errorf("poll with nothing new: %+v", third)
	}
	if lost := d.poll([]byte("nonsense")); len(lost.put) != 2000 {
		t.Errorf("a poll that cannot go on hands over %d, not everybody", len(lost.put))
	}
}

func TestOpenLDAPGroups(t *testing.T) {
	for _, reverse := range []bool{true, false} {
		t.Run(fmt.Sprintf("reverse %v", reverse), func(t *testing.T) {
			s := testkit.StartSlapd(t, testkit.SlapdOptions{NoReverse: !reverse})
			d := ofSlapd(t, s)
			for _, name := range []string{"alice", "bob", "carol", "dave", "erin"} {
				s.AddPerson(name)
			}
			dn := func(name string) string { return "uid=" + name + "," + testkit.SlapdPeople }
			group := func(name string) string { return "cn=" + name + "," + testkit.SlapdGroups }
			s.AddGroup("mitte", dn("alice"), "uid=nobody,"+testkit.SlapdPeople)
			s.AddGroup("berlin", group("mitte"), dn("bob"))
			s.AddGroup("vpn", group("berlin"), dn("carol"))
			s.Modify("dn: " + group("mitte") + "\nchangetype: modify\nadd: member\nmember: " + group("vpn") + "\n") // a loop
			s.Add("dn: cn=unix," + testkit.SlapdGroups + "\nobjectClass: posixGroup\ncn: unix\ngidNumber: 100\nmemberUid: dave\nmemberUid: *\n")
			s.Modify("dn: " + group("berlin") + "\nchangetype: modify\nadd: member\nmember: " + group("unix") + "\n")

			item := people
			item.Group = group("vpn")
			first := d.read(item, nil)
			first.expect(t, "alice bob carol dave", true, "full")
			groups := first.put["alice"].Groups
			for _, name := range []string{"mitte", "berlin", "vpn"} {
				if !slices.ContainsFunc(groups, func(g string) bool { return strings.EqualFold(g, group(name)) }) {
					t.Errorf("alice is not in %s: %v", name, groups)
				}
			}
			if got := first.put["dave"].Groups; !slices.Contains(got, group("unix")) {
				t.Errorf("dave's groups: %v", got)
			}

			everybody := d.read(people, nil)
			for name, e := range everybody.put {
				_, want := first.put[name]
				if in, err := d.Includes(t.Context(), d.source, item, e.Object); err != nil || in != want {
					t.Errorf("%s is included: %v, %v", name, in, err)
				}
			}

			s.Modify("dn: " + group("berlin") + "\nchangetype: modify\ndelete: member\nmember: " + dn("bob") + "\n-\nadd: member\nmember: " + dn("erin") + "\n")
			d.read(item, first.Cursor).expect(t, "alice carol dave erin", true, "")

			before := d.read(people, nil)
			s.Modify("dn: " + group("mitte") + "\nchangetype: modrdn\nnewrdn: cn=mitte-nord\ndeleteoldrdn: 1\n")
			expectRenamed(t, before, d.read(people, before.Cursor), "mitte", "mitte-nord")

			item.Group = group("missing")
			if in, err := d.Includes(t.Context(), d.source, item, first.put["alice"].Object); err != nil || in {
				t.Errorf("a group that is not there includes alice: %v, %v", in, err)
			}
			if _, err := d.Read(t.Context(), d.source, item, nil, nil, first.take); err == nil {
				t.Error("a group that is not there reads as an empty one")
			}
		})
	}
}

// TestOpenLDAPManyMembers: a group of 10,000, among 20,000 people.
func TestOpenLDAPManyMembers(t *testing.T) {
	s := testkit.StartSlapd(t, testkit.SlapdOptions{People: 20000})
	d := ofSlapd(t, s)
	members := make([]string, 10000)
	for i := range members {
		members[i] = fmt.Sprintf("uid=u%06d,%s", i, testkit.SlapdPeople)
	}
	s.AddGroup("all", members...)
	item := people
	item.Group = "cn=all," + testkit.SlapdGroups
	start := time.Now()
	got := d.read(item, nil)
	if len(got.put) != len(members) {
		t.Errorf("%d people of a group of %d", len(got.put), len(members))
	}
	t.Logf("a group of %d read in %v", len(members), time.Since(start))
}

// TestRowByRow: what is wrong with one entry concerns that entry only.
func TestRowByRow(t *testing.T) {
	s := testkit.StartSlapd(t, testkit.SlapdOptions{})
	d := ofSlapd(t, s)
	s.AddPerson("alice", "mail: a@example.com", "mail: b@example.com")
	s.AddPerson("big", "mobile: "+strings.Repeat("1", 1000), "displayName: x", "description: "+strings.Repeat("x", 1<<20))
	s.AddPerson("odd", "preferredLanguage: not a language")
	s.AddPerson("plain")
	long := strings.Repeat("y", 300)
	s.Add("dn: cn=long," + testkit.SlapdPeople + "\nobjectClass: inetOrgPerson\ncn: long\nsn: long\nuid: " + long + "\n")
	s.Add("dn: cn=none," + testkit.SlapdPeople + "\nobjectClass: inetOrgPerson\ncn: none\nsn: none\n")
	d.source.Attributes.DisplayName = "description" // a megabyte
	got := d.read(people, nil)
	if len(got.put) != 4 || len(got.refused) != 2 {
		t.Errorf("read %q, refused %+v", got.names(), got.refused)
	}
	if got.put["alice"].Mail != "a@example.com" || len(got.remarks["alice"]) != 1 {
		t.Errorf("two mail addresses: %+v, %v", got.put["alice"], got.remarks["alice"])
	}
	if got.put["big"].Mobile != "" || got.put["big"].DisplayName != "" || len(got.remarks["big"]) != 2 {
		t.Errorf("too long: %v", got.remarks["big"])
	}
	if len(got.remarks["odd"]) != 1 {
		t.Errorf("not a language: %v", got.remarks["odd"])
	}
}

func TestActiveDirectoryChanges(t *testing.T) {
	for _, tc := range []struct {
		name  string
		admin bool
		how   string
	}{
		{"ordinary account", false, "changes by uSNChanged"},
		{"with the right to replicate", true, "changes by DirSync"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := testkit.StartSamba(t)
			d := ofSamba(t, s, tc.admin)
			s.Add("dn: OU=Staff," + testkit.SambaBase + "\nobjectClass: organizationalUnit\nou: Staff\n")
			for _, name := range []string{"alice", "bob", "carol"} {
				s.AddPerson(name, "Example-Pw1", "mail: "+name+"@example.com", "telephoneNumber: +49301")
			}
			item := people
			item.Filter = "(&(objectCategory=person)(objectClass=user)(mail=*))"
			for _, base := range []string{testkit.SambaBase, "ou=staff, dc=EXAMPLE,dc=com"} {
				d.source.Base = base
				if names, err := d.DomainNames(t.Context(), d.source); err != nil || !slices.Equal(names, []string{"example"}) {
					t.Errorf("the domain of %s is called %q, %v", base, names, err)
				}
			}
			d.source.Base = testkit.SambaBase
			first := d.read(item, nil)
			first.expect(t, "alice bob carol", true, "full")
			if a := first.put["alice"]; a.Mail != "alice@example.com" || a.Phone != "+49301" || a.Barred != "" || !a.ExpiresAt.IsZero() {
				t.Errorf("alice = %+v", a)
			}
			unchanged := d.read(item, first.Cursor)
			if len(unchanged.put) > 0 || len(unchanged.gone) > 0 {
				t.Errorf("unchanged: %+v", unchanged)
			}

			s.Modify("dn: CN=alice," + testkit.SambaPeople + "\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: 514\n")
			s.Modify("dn: CN=bob," + testkit.SambaPeople + "\nchangetype: modrdn\nnewrdn: CN=robert\ndeleteoldrdn: 1\nnewsuperior: OU=Staff," + testkit.SambaBase + "\n")
			s.Delete("CN=carol," + testkit.SambaPeople)
			s.AddPerson("dave", "Example-Pw1", "mail: dave@example.com", "accountExpires: 132000000000000000")
			second := d.read(item, unchanged.Cursor)
			if second.names() != "alice bob dave" || !strings.HasPrefix(second.How, tc.how) {
				t.Errorf("changes: %q by %s", second.names(), second.How)
			}
			second.expectGone(t, first.put["carol"].Object)
			if second.put["alice"].Barred != directory.BarredDisabled {
				t.Errorf("alice is not disabled: %+v", second.put["alice"])
			}
			if b := second.put["bob"]; b.Object != first.put["bob"].Object || b.DN != "CN=robert,OU=Staff,"+testkit.SambaBase {
				t.Errorf("bob moved: %+v", b)
			}
			if at := second.put["dave"].ExpiresAt; at.Year() != 2019 {
				t.Errorf("dave's account ends %v", at)
			}

			// Out of the base: no longer in what is read.
			item.Base = "OU=Staff," + testkit.SambaBase
			before := d.read(item, nil)
			before.expect(t, "bob", true, "full")
			s.Modify("dn: CN=robert,OU=Staff," + testkit.SambaBase + "\nchangetype: modrdn\nnewrdn: CN=bob\ndeleteoldrdn: 1\nnewsuperior: " + testkit.SambaPeople + "\n")
			after := d.read(item, before.Cursor)
			after.expectGone(t, before.put["bob"].Object)
			if after.Whole {
				t.Errorf("a reading of changes by %s says that it was full", after.How)
			}
		})
	}
}

func TestActiveDirectoryGroups(t *testing.T) {
	s := testkit.StartSamba(t)
	d := ofSamba(t, s, false)
	dn := func(name string) string { return "CN=" + name + "," + testkit.SambaPeople }
	for _, name := range []string{"alice", "bob", "carol", "dave"} {
		s.AddPerson(name, "Example-Pw1")
	}
	s.AddGroup("mitte", dn("alice"))
	s.AddGroup("berlin", dn("mitte"), dn("bob"))
	s.AddGroup("vpn", dn("berlin"))
	s.Modify("dn: " + dn("mitte") + "\nchangetype: modify\nadd: member\nmember: " + dn("vpn") + "\n") // a loop
	item := people
	item.Group = dn("vpn")
	first := d.read(item, nil)
	first.expect(t, "alice bob", true, "full")
	for _, name := range []string{"mitte", "berlin", "vpn"} {
		if !slices.Contains(first.put["alice"].Groups, dn(name)) {
			t.Errorf("alice is not in %s: %v", name, first.put["alice"].Groups)
		}
	}
	for name, e := range d.read(people, nil).put {
		_, want := first.put[name]
		if in, err := d.Includes(t.Context(), d.source, item, e.Object); err != nil || in != want {
			t.Errorf("%s is included: %v, %v", name, in, err)
		}
	}
	s.Modify("dn: " + dn("berlin") + "\nchangetype: modify\ndelete: member\nmember: " + dn("bob") + "\n-\nadd: member\nmember: " + dn("carol") + "\n")
	d.read(item, first.Cursor).expect(t, "alice carol", true, "full")

	before := d.read(people, nil)
	s.Modify("dn: " + dn("mitte") + "\nchangetype: modrdn\nnewrdn: CN=mitte-nord\ndeleteoldrdn: 1\n")
	expectRenamed(t, before, d.read(people, before.Cursor), "mitte", "mitte-nord")

	// Everybody's primary group lists nobody as a member.
	item.Group = "CN=Domain Users," + testkit.SambaPeople
	all := d.read(item, nil)
	for _, name := range []string{"alice", "bob", "carol", "dave"} {
		if _, ok := all.put[name]; !ok {
			t.Errorf("%s is not in Domain Users, only %s", name, all.names())
		}
	}
	item.Group = dn("missing")
	if _, err := d.Read(t.Context(), d.source, item, nil, nil, all.take); err == nil {
		t.Error("a group that is not there reads as an empty one")
	}
}

func TestActiveDirectoryPoll(t *testing.T) {
	for _, admin := range []bool{false, true} {
		s := testkit.StartSamba(t)
		d := ofSamba(t, s, admin)
		s.AddPerson("alice", "Example-Pw1")
		s.AddPerson("bob", "Example-Pw1")
		bob := d.read(people, nil).put["bob"].Object
		first := d.poll(nil)
		s.Modify("dn: CN=alice," + testkit.SambaPeople + "\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: 514\n")
		second := d.poll(first.Cursor)
		if second.put["alice"].Barred != directory.BarredDisabled {
			t.Errorf("admin %v: poll after disabling: %+v", admin, second.put)
		}
		s.Delete("CN=bob," + testkit.SambaPeople)
		third := d.poll(second.Cursor)
		if admin && !slices.Contains(third.gone, bob) {
			t.Errorf("poll after deleting: %+v", third)
		}
		found, err := d.Lookup(t.Context(), d.source, []string{second.put["alice"].Object, bob})
		if err != nil || len(found) != 1 || found[0].Username != "alice" {
			t.Errorf("Lookup of one who is there and one who is not: %+v, %v", found, err)
		}
	}
}

// TestDirectoryFails: a reading that fails in whatever way concludes nothing.
func TestDirectoryFails(t *testing.T) {
	s := testkit.StartSlapd(t, testkit.SlapdOptions{People: 20000})
	d := ofSlapd(t, s)
	got := 0
	read := func(item directory.Item, piece func()) (roster.Reading, error) {
		return d.Read(t.Context(), d.source, item, nil, nil, func(changes []directory.EntryChange) error {
			got += len(changes)
			piece()
			return nil
		})
	}
	item := people
	item.Base = "ou=renamed," + testkit.SlapdBase
	if reading, err := read(item, func() {}); !errors.Is(err, ldapsync.ErrNoBase) || reading.Whole || got > 0 {
		t.Errorf("a base that is not there: %+v, %v", reading, err)
	}
	item = people
	item.Filter = "(&(objectClass=*"
	if reading, err := read(item, func() {}); err == nil || reading.Whole {
		t.Errorf("a broken filter: %+v, %v", reading, err)
	}
	enough := errors.New("enough")
	_, err := d.Read(t.Context(), d.source, people, nil, nil, func([]directory.EntryChange) error { return enough })
	if !errors.Is(err, enough) {
		t.Errorf("the caller's own error: %v", err)
	}
	if reading, err := read(people, func() { s.Stop() }); !errors.Is(err, ldap.ErrUnavailable) || reading.Whole || got == 0 || got == 20000 {
		t.Errorf("a server that dies after %d: %+v, %v", got, reading, err)
	}
	if reading, err := read(people, func() {}); !errors.Is(err, ldap.ErrUnavailable) || reading.Whole {
		t.Errorf("a server that is down: %+v, %v", reading, err)
	}
}

// TestServerClock: the clock of a server is set back by an hour, and nothing is
// missed, by time or by the numbers of changes that are made of it.
func TestServerClock(t *testing.T) {
	const form = "20060102150405Z"
	for _, journal := range []bool{false, true} {
		s := testkit.StartSlapd(t, testkit.SlapdOptions{People: 10, NoJournal: !journal})
		d := ofSlapd(t, s)
		first := d.read(people, nil)
		var cursor map[string]any
		if err := json.Unmarshal(first.Cursor, &cursor); err != nil {
			t.Fatal(err)
		}
		key := "time"
		if journal {
			key = "cookie"
		}
		stamp := regexp.MustCompile(`\d{14}`)
		text, isText := cursor[key].(string)
		if !isText {
			t.Fatalf("the cursor is %s", first.Cursor)
		}
		if journal {
			octets, err := base64.StdEncoding.DecodeString(text)
			if err != nil {
				t.Fatal(err)
			}
			text = string(octets)
		}
		at, err := time.Parse(form, stamp.FindString(text)+"Z")
		if err != nil {
			t.Fatalf("%v in %q", err, text)
		}
		text = stamp.ReplaceAllString(text, at.Add(time.Hour).Format("20060102150405")) // as it was before it was set back
		cursor[key] = text
		if journal {
			cursor[key] = base64.StdEncoding.EncodeToString([]byte(text))
		}
		ahead, err := json.Marshal(cursor)
		if err != nil {
			t.Fatal(err)
		}
		s.Modify("dn: uid=u000003," + testkit.SlapdPeople + "\nchangetype: modify\nreplace: mobile\nmobile: +4915100\n")
		s.Delete("uid=u000004," + testkit.SlapdPeople)
		after := d.read(people, ahead)
		if got := after.put["u000003"].Mobile; got != "+4915100" {
			t.Errorf("journal %v: the change was missed: %q, by %s", journal, got, after.How)
		}
		after.expectGone(t, first.put["u000004"].Object)
	}
}

// TestBrowse: what an administrator sees when choosing whom to import.
func TestBrowse(t *testing.T) {
	openLDAP := testkit.StartSlapd(t, testkit.SlapdOptions{People: 700})
	openLDAP.AddGroup("vpn", "uid=u000001,"+testkit.SlapdPeople)
	samba := testkit.StartSamba(t)
	samba.AddPerson("u000001", "Example-Pw1", "mail: u000001@example.com")
	samba.AddGroup("vpn", "CN=u000001,"+testkit.SambaPeople)
	for name, d := range map[string]*directories{"OpenLDAP": ofSlapd(t, openLDAP), "Active Directory": ofSamba(t, samba, false)} {
		_, reader, err := d.Of(d.source)
		if err != nil {
			t.Fatal(err)
		}
		ctx := t.Context()
		top, _, err := reader.Children(ctx, "")
		if err != nil || len(top) == 0 || top[0].Kind != ldapsync.Container {
			t.Errorf("%s: children of the base: %+v, %v", name, top, err)
		}
		if name == "OpenLDAP" {
			people, more, err := reader.Children(ctx, testkit.SlapdPeople)
			if err != nil || len(people) != ldapsync.MostNodes || !more || people[0].Change.Entry.Username == "" {
				t.Errorf("%s: %d people, more %v, %v", name, len(people), more, err)
			}
		}
		found, _, err := reader.Search(ctx, "00001@EXAMPLE")
		if err != nil || len(found) != 1 || found[0].Change.Entry.Username != "u000001" {
			t.Errorf("%s: search: %+v, %v", name, found, err)
		}
		for _, odd := range []string{"*", "*)(objectClass=*", `\2a`, "\x00"} {
			if found, _, err := reader.Search(ctx, odd); err != nil || len(found) > 0 {
				t.Errorf("%s: search for %q: %+v, %v", name, odd, found, err)
			}
		}
		groups, _, err := reader.Groups(ctx, "vp")
		if err != nil || len(groups) != 1 || groups[0].Kind != ldapsync.Group || groups[0].Name != "vpn" {
			t.Errorf("%s: groups: %+v, %v", name, groups, err)
			continue
		}
		members, err := reader.Members(ctx, groups[0].DN)
		if err != nil || len(members) != 1 || !strings.HasPrefix(strings.ToLower(members[0]), "cn=u000001") && !strings.HasPrefix(members[0], "uid=u000001") {
			t.Errorf("%s: members: %v, %v", name, members, err)
		}
		if _, _, err := reader.Children(ctx, "dc=elsewhere"); !errors.Is(err, ldapsync.ErrNoBase) {
			t.Errorf("%s: children of a foreign base: %v", name, err)
		}
		one, ok, err := reader.Find(ctx, "U000001", "")
		if err != nil || !ok || one.Entry.Username != "u000001" {
			t.Errorf("%s: Find: %+v, %v, %v", name, one, ok, err)
		}
		for _, odd := range []string{"*", "u00000*", "nobody", "u000001)(uid=*", "u000001\x00"} {
			if one, ok, err := reader.Find(ctx, odd, odd); ok || err != nil {
				t.Errorf("%s: Find(%q): %+v, %v", name, odd, one, err)
			}
		}
		if name == "Active Directory" {
			testPrincipal(t, samba, reader)
		}
	}
}

// testPrincipal: whom a user principal name means that is not like the user name.
func testPrincipal(t *testing.T, samba *testkit.Samba, reader *ldapsync.Reader) {
	t.Helper()
	samba.AddPerson("msmith", "Example-Pw1")
	samba.AddPerson("mallory", "Example-Pw1")
	for name, principal := range map[string]string{"msmith": "Mary.Smith", "mallory": "u000002"} {
		samba.Modify("dn: CN=" + name + "," + testkit.SambaPeople +
			"\nchangetype: modify\nreplace: userPrincipalName\nuserPrincipalName: " + principal + "@example.com\n")
	}
	for _, tc := range []struct{ user, principal, want string }{
		{"mary.smith", "mary.smith@example.com", "msmith"},
		{"msmith", "msmith@example.com", "msmith"},
		{"mary.smith", "", ""},
		{"mary.smith", "mary.smith@*", ""},
		{"u000002", "u000002@example.com", "mallory"},
		{"*", "*@example.com", ""},
	} {
		one, ok, err := reader.Find(t.Context(), tc.user, tc.principal)
		if err != nil || ok != (tc.want != "") || one.Entry.Username != tc.want {
			t.Errorf("%s, %s: %+v, %v, %v", tc.user, tc.principal, one, ok, err)
		}
	}
}

// TestRanges: a group so large that only a part of its members is given.
func TestRanges(t *testing.T) {
	s := testkit.StartSamba(t)
	s.Fill(3000, "all")
	_, reader, err := ofSamba(t, s, false).Of(ofSamba(t, s, false).source)
	if err != nil {
		t.Fatal(err)
	}
	members, err := reader.Members(t.Context(), "CN=all,OU=Load,"+testkit.SambaBase)
	if err != nil || len(members) != 3000 {
		t.Errorf("%d members, %v", len(members), err)
	}
}

// TestJournalLost: a server that was started anew remembers no deletions, and
// one that may not give so many changes at once gives none. Nobody is missed.
func TestJournalLost(t *testing.T) {
	s := testkit.StartSlapd(t, testkit.SlapdOptions{People: 1500})
	d := ofSlapd(t, s)
	first := d.read(people, nil)
	s.Delete("uid=u000007," + testkit.SlapdPeople)
	s.Stop()
	s.Start()
	s.Modify("dn: uid=u000008," + testkit.SlapdPeople + "\nchangetype: modify\nreplace: mobile\nmobile: +4915100\n")
	second := d.read(people, first.Cursor)
	if second.put["u000008"].Mobile != "+4915100" {
		t.Errorf("the change was missed, by %s", second.How)
	}
	gone := first.put["u000007"].Object
	named := slices.Contains(second.gone, gone)
	there := len(second.put)+len(second.same) >= 1499
	if !named && (!second.Listed || !there || slices.Contains(second.same, gone)) {
		t.Errorf("who was deleted is not gone: listed %v, %d put, %d there, by %s", second.Listed, len(second.put), len(second.same), second.How)
	}

	var many strings.Builder
	for i := range 1200 {
		fmt.Fprintf(&many, "dn: uid=u%06d,%s\nchangetype: modify\nreplace: title\ntitle: new\n\n", 100+i, testkit.SlapdPeople)
	}
	s.Modify(many.String())
	third := d.read(people, second.Cursor)
	if len(third.put) < 1200 {
		t.Errorf("%d of 1200 changes, by %s", len(third.put), third.How)
	}
	t.Logf("after a restart: %s; many changes: %s", second.How, third.How)
}

// TestSystemAccountsAreNobody: what Active Directory has made for itself is not
// among the people, and whoever was added is.
func TestSystemAccountsAreNobody(t *testing.T) {
	s := testkit.StartSamba(t)
	s.AddPerson("alice", "Example-Pw1")
	got := ofSamba(t, s, false).read(people, nil)
	if _, ok := got.put["alice"]; !ok {
		t.Errorf("alice is not there, only %s", got.names())
	}
	for name := range got.put {
		if name == "krbtgt" || name == "Guest" || name == "Administrator" || strings.HasPrefix(name, "dns-") {
			t.Errorf("%s is a person", name)
		}
	}
}
