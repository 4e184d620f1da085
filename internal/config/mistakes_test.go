package config_test

import (
	"errors"
	"strings"
	"testing"

	"example.com/muster/internal/config"
)

// TestEachMistake has one wrong file for each thing that can be wrong, and
// the one line that must be said about it.
func TestEachMistake(t *testing.T) {
	const good = "public_url: https://mfa.example.com\n"
	testCases := []struct{ name, content, want string }{
		{"nothing in it", "", "line 1: public_url: missing"},
		{"only a comment", "# to do\n", "line 1: public_url: missing"},
		{"a list", "- a\n", "line 1: not a configuration"},
		{"two documents", good + "---\n" + good, "line 2: a second document"},
		{"a tab", good + "http:\n\tlisten: x\n", "line 3: not YAML: found character that cannot start any token"},
		{"an anchor that is not there", good + "data_dir: *x\n", "line 2: not readable as YAML"},
		{"a control character", good + "data_dir: \x01\n", "not readable as YAML"},
		{"key twice", good + "data_dir: /a\ndata_dir: /b\n", "line 3: data_dir: written twice"},
		{"section with a text", good + "http: yes please\n", "line 2: http: needs keys below it, not a text"},
		{"text with a section", good + "data_dir: {a: b}\n", "line 2: data_dir: needs a text, not keys below it"},
		{"text with a number", good + "brand: {name: 7}\n", "line 2: brand.name: needs a text, not a number"},
		{"text with a boolean", good + "brand: {name: true}\n", "line 2: brand.name: needs a text, not true or false"},
		{"list with a number", good + "domains: [example.com, 7]\n", "line 2: domains: needs texts in its list, not a number"},
		{"flag with a text", good + "http: {tls: {acme: {email: it@example.com, accept_terms: maybe}}}\n", "line 2: http.tls.acme.accept_terms: needs true or false, not a text"},

		{"public_url without host", "public_url: mfa.example.com\n", "line 1: public_url: not an address"},
		{"public_url with path", "public_url: https://example.com/mfa\n", "line 1: public_url: has more than scheme and host"},
		{"public_url with password", "public_url: https://a:b@example.com\n", "line 1: public_url: has a user or a password in it"},
		{"public_url by ftp", "public_url: ftp://mfa.example.com\n", "line 1: public_url: is not https"},
		{"public_url in clear", "public_url: http://mfa.example.com\n", "line 1: public_url: is http, which is for loopback addresses only"},
		{"public_url in clear with TLS", "public_url: http://localhost:8080\nhttp: {tls: {cert_file: a, key_file: b}}\n", "line 1: public_url: is http, but http.tls is set"},

		{"database of another kind", good + "database: mysql://db/muster\n", "line 2: database: not a postgres:// address"},
		{"database with password", good + "database: postgres://u:p@db/muster\n", "line 2: database: has a password in it"},
		{"database with password parameter", good + "database: postgres://u@db/muster?password=p\n", "line 2: database: has a password in it"},
		{"database without name", good + "database: postgres://u@db\n", "line 2: database: names no database"},
		{"database without host", good + "database: postgres:///muster\n", "line 2: database: names no host"},
		{"password without database", good + "database_password_file: /p\n", "line 2: database_password_file: has no database to go with"},

		{"listen without port", good + "http: {listen: localhost}\n", "line 2: http.listen: not host:port"},
		{"listen on a name", good + "http: {listen: 'mfa:80'}\n", "line 2: http.listen: the host is not an IP address"},
		{"listen on no port", good + "http: {listen: '127.0.0.1:http'}\n", "line 2: http.listen: the port is not a number from 0 to 65535"},
		{"listen on too high a port", good + "http: {listen: '127.0.0.1:65536'}\n", "line 2: http.listen: the port is not a number from 0 to 65535"},
		{"IPv6 without brackets", good + "http: {listen: '::1:80'}\n", "line 2: http.listen: not host:port"},
		{"plain HTTP to the network", good + "http: {listen: ':80'}\n", "line 2: http.listen: would serve plain HTTP to the network"},
		{"plain metrics to the network", good + "metrics: {listen: ':9090'}\n", "line 2: metrics.listen: would serve plain HTTP to the network"},
		{"metrics on the address of http", good + "metrics: {listen: '127.0.0.1:8080'}\n", "line 2: metrics.listen: is the address of http.listen"},
		{"RADIUS twice", good + "radius:\n  listen:\n    - ':1812'\n    - ':1812'\n", "line 5: radius.listen: the same address twice"},

		{"certificate without key", good + "http: {tls: {cert_file: a}}\n", "line 2: http.tls.cert_file: needs key_file beside it"},
		{"key without certificate", good + "http: {tls: {key_file: a}}\n", "line 2: http.tls.key_file: needs cert_file beside it"},
		{"certificate and ACME", good + "http:\n  tls:\n    cert_file: a\n    key_file: b\n    acme: {email: it@example.com, accept_terms: true}\n", "line 6: http.tls.acme: contradicts cert_file and key_file"},
		{"ACME without mail address", good + "http: {tls: {acme: {accept_terms: true}}}\n", "line 2: http.tls.acme.email: missing"},
		{"ACME with a bad mail address", good + "http: {tls: {acme: {email: it, accept_terms: true}}}\n", "line 2: http.tls.acme.email: not a mail address"},
		{"ACME without terms", good + "http: {tls: {acme: {email: it@example.com}}}\n", "line 2: http.tls.acme.accept_terms: missing"},
		{"ACME with terms refused", good + "http: {tls: {acme: {email: it@example.com, accept_terms: false}}}\n", "line 2: http.tls.acme.accept_terms: the terms are not accepted"},
		{"ACME in clear", good + "http: {tls: {acme: {email: it@example.com, accept_terms: true, directory: 'http://ca'}}}\n", "line 2: http.tls.acme.directory: not an https address"},
		{"ACME with a root for nobody", good + "http: {tls: {acme: {email: it@example.com, accept_terms: true, ca_file: a}}}\n", "line 2: http.tls.acme.ca_file: has no private authority to go with"},
		{"ACME for an IP address", "public_url: https://192.0.2.1\nhttp: {tls: {acme: {email: it@example.com, accept_terms: true}}}\n", "line 1: public_url: needs a full host name for http.tls.acme"},

		{"domain with @", good + "domains: ['@example.com']\n", "line 2: domains: not a domain name"},
		{"domain with two dots", good + "domains: [example..com]\n", "line 2: domains: not a domain name"},
		{"domain too long", good + "domains: [" + strings.Repeat("a", 254) + "]\n", "line 2: domains: not a domain name"},
		{"domain twice", good + "domains: [example.com, EXAMPLE.com]\n", "line 2: domains: the same domain twice"},
		{"zone Local", good + "time_zone: Local\n", "line 2: time_zone: not an IANA time zone"},
		{"zone with dots", good + "time_zone: ../../etc/passwd\n", "line 2: time_zone: not an IANA time zone"},
		{"name too long", good + "brand: {name: " + strings.Repeat("x", 65) + "}\n", "line 2: brand.name: longer than 64 characters"},
		{"name on two lines", good + "brand: {name: \"a\\nb\"}\n", "line 2: brand.name: has characters that cannot be printed"},
		{"smtp without host", good + "smtp: {username: muster}\n", "line 2: smtp.host: missing"},
		{"smtp host with a port", good + "smtp: {host: 'mail.example.com:25'}\n", "line 2: smtp.host: not the name of a host"},
		{"smtp port in words", good + "smtp: {host: mail.example.com, port: submission}\n", "line 2: smtp.port: needs a number, not a text"},
		{"smtp port too high", good + "smtp: {host: mail.example.com, port: 70000}\n", "line 2: smtp.port: the port is not a number from 1 to 65535"},
		{"smtp with another security", good + "smtp: {host: mail.example.com, tls: ssl}\n", "line 2: smtp.tls: not a way to secure a connection"},
		{"smtp in clear", good + "smtp: {host: mail.example.com, tls: none}\n", "line 2: smtp.tls: would send mail in clear over the network"},
		{"smtp roots without TLS", good + "smtp: {host: localhost, tls: none, ca_file: a}\n", "line 2: smtp.ca_file: has no TLS to go with"},
		{"smtp password for nobody", good + "smtp: {host: mail.example.com, password_file: a}\n", "line 2: smtp.password_file: has no user name to go with"},
		{"smtp sender without domain", good + "smtp: {host: mail.example.com, from: muster}\n", "line 2: smtp.from: not a mail address"},
		{"smtp and a folder", good + "smtp: {host: mail.example.com}\nmail: {file: a}\n", "line 3: mail.file: contradicts smtp"},
		{"smtp and another sender", good + "smtp: {host: mail.example.com}\nmail: {from: it@example.com}\n", "line 3: mail.from: contradicts smtp"},
		{"quiet hours in words", good + "mail: {quiet_hours: night}\n", "line 2: mail.quiet_hours: not from one time of day to another"},
		{"quiet hours that never are", good + "mail: {quiet_hours: '07:00-07:00'}\n", "line 2: mail.quiet_hours: begins when it ends"},
		{"a day in German", good + "mail: {working_days: [Montag]}\n", "line 2: mail.working_days: not a day"},
		{"a day twice", good + "mail: {working_days: [monday, Monday]}\n", "line 2: mail.working_days: the same day twice"},
		{"sender without domain", good + "mail: {from: muster}\n", "line 2: mail.from: not a mail address"},
		{"proxy by name", good + "http: {trusted_proxies: [proxy]}\n", "line 2: http.trusted_proxies: not an address or a network"},
		{"everybody as proxy", good + "http: {trusted_proxies: [0.0.0.0/0]}\n", "line 2: http.trusted_proxies: would trust everybody"},
		{"colour by name", good + "brand: {colour: blue}\n", "line 2: brand.colour: not a colour"},
		{"colour too light", good + "brand: {colour: '#ffffff'}\n", "line 2: brand.colour: too light for white text"},
		{"a model by name", good + "passkeys: {attestation_roots: a, models: [YubiKey]}\n", "line 2: passkeys.models: not the AAGUID of a model"},
		{"models on their own word", good + "passkeys: {models: [ee882879-721c-4913-9775-3dfcce97072a]}\n", "line 2: passkeys.models: rests on the word of the authenticator alone"},
		{"path with NUL", good + "data_dir: \"a\\0b\"\n", "line 2: data_dir: not a path"},
	}
	for _, tc := range testCases {
		t.Run(tc.name, func(t *testing.T) {
			_, err := config.Parse([]byte(tc.content), "/etc/muster")
			if err == nil {
				t.Fatalf("accepted; want %q", tc.want)
			}
			if err.Error() != tc.want {
				t.Errorf("got  %s\nwant %s", err, tc.want)
			}
		})
	}
}

func TestUnknownKeysGetAHint(t *testing.T) {
	testCases := []struct{ content, key, hint string }{
		{"radius: {listn: []}", "radius.listn", "did you mean radius.listen"},
		{"publicurl: x", "publicurl", "did you mean public_url"},
		{"radios: {}", "radios", "did you mean radius"},
		{"http: {colour: red}", "http.colour", "http has http.listen, http.trusted_proxies, http.tls"},
		{"metrics: {interval: 5}", "metrics.interval", "metrics has metrics.listen, metrics.token_file"},
		{"<<: {data_dir: /x}", "<<", "the keys are public_url,"},
		{"? {a: b}\n: c", "", "the keys are public_url,"},
	}
	for _, tc := range testCases {
		_, err := config.Parse([]byte("public_url: https://mfa.example.com\n"+tc.content), "/")
		mistakes, _ := errors.AsType[config.Mistakes](err)
		if len(mistakes) != 1 || mistakes[0].Key != tc.key || mistakes[0].Problem != "unknown key" ||
			!strings.HasPrefix(mistakes[0].Hint, tc.hint) {
			t.Errorf("%s: %+v, want hint %q", tc.content, mistakes, tc.hint)
		}
	}
}

func TestAliasesStandForTheirValue(t *testing.T) {
	c := parse(t, "public_url: https://mfa.example.com\nkeys_file: &k /keys\ndata_dir: *k\n")
	if c.DataDir != "/keys" {
		t.Errorf("data_dir = %q", c.DataDir)
	}
}
