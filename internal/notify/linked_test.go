package notify

import "testing"

// TestAddressesOfOursCanBeFollowed, and nothing else that a paragraph has.
func TestAddressesOfOursCanBeFollowed(t *testing.T) {
	const how = "https://mfa.example.com/how"
	l := letter{Links: []string{how}}
	link := `<a href="` + how + `" style="color:inherit">` + how + `</a>`
	for paragraph, want := range map[string]string{
		"See " + how:                        "See " + link,
		how + ", " + how + ".":              link + ", " + link + ".",
		"See " + how + "ever":               "See " + how + "ever",
		"<b>https://evil.example.net</b> &": "&lt;b&gt;https://evil.example.net&lt;/b&gt; &amp;",
		how + `"onclick="x`:                 how + "&#34;onclick=&#34;x",
		"":                                  "",
	} {
		if got := string(l.Linked(paragraph)); got != want {
			t.Errorf("%q became %q, want %q", paragraph, got, want)
		}
	}
}
