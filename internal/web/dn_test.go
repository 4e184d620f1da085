package web

import "testing"

func TestDistinguishedNamesWrapBetweenTheirParts(t *testing.T) {
	for dn, want := range map[string]string{
		"":                                "",
		"dc=com":                          "dc=com",
		"cn=alice,ou=People,dc=com":       "cn=alice,<wbr>ou=People,<wbr>dc=com",
		`cn=<b>Smith\, "A"</b> & ,dc=com`: `cn=&lt;b&gt;Smith\,<wbr> &#34;A&#34;&lt;/b&gt; &amp; ,<wbr>dc=com`,
	} {
		if got := string(wrapped(dn)); got != want {
			t.Errorf("%q is %q, want %q", dn, got, want)
		}
	}
}
