package config

import (
	"net/netip"
	"strings"
)

// contradictions looks at settings that are right by themselves and wrong
// together.
func (r *reader) contradictions() {
	r.certificate()
	r.acme()
	r.plainHTTP()
	r.listeners()
	r.databasePassword()
	r.mailServer()
	if models := "passkeys.models"; r.has(models) && !r.has("passkeys.attestation_roots") && !r.mentioned("passkeys.attestation_roots") {
		r.mistake(r.line(models), models, "rests on the word of the authenticator alone", "set passkeys.attestation_roots, or remove this")
	}
}

// line returns where the file gives key or, if it does not, where it gives
// the section around it; 1 if neither.
func (r *reader) line(key string) int {
	for key != "" {
		if g, ok := r.given[key]; ok {
			return g.line
		}
		key = key[:max(0, strings.LastIndexByte(key, '.'))]
	}
	return 1
}

func (r *reader) has(key string) bool { _, ok := r.given[key]; return ok }

func (r *reader) certificate() {
	const cert, key, acme = "http.tls.cert_file", "http.tls.key_file", "http.tls.acme"
	switch {
	case r.has(cert) && !r.has(key):
		r.mistake(r.line(cert), cert, "needs key_file beside it", "name the private key of this certificate")
	case r.has(key) && !r.has(cert):
		r.mistake(r.line(key), key, "needs cert_file beside it", "name the certificate of this key")
	}
	if r.has(acme) && (r.has(cert) || r.has(key)) {
		r.mistake(r.line(acme), acme, "contradicts cert_file and key_file", "keep one of the two")
	}
	if u := r.config.PublicURL; u != nil && u.Scheme == "http" && r.config.HTTP.TLS.Enabled() {
		r.mistake(r.line("public_url"), "public_url", "is http, but http.tls is set", "use https, or remove http.tls")
	}
}

func (r *reader) acme() {
	const acme = "http.tls.acme"
	if !r.has(acme) {
		return
	}
	for _, key := range []string{acme + ".email", acme + ".accept_terms"} {
		if !r.has(key) && !r.mentioned(key) {
			r.mistake(r.line(key), key, "missing", "add it to "+acme+": "+find(key).example)
		}
	}
	if root := acme + ".ca_file"; r.has(root) && !r.has(acme+".directory") && !r.mentioned(acme+".directory") {
		r.mistake(r.line(root), root, "has no private authority to go with",
			"Let's Encrypt needs none; set directory beside it, or remove it")
	}
	if u := r.config.PublicURL; u != nil {
		if _, err := netip.ParseAddr(u.Hostname()); err == nil || !strings.Contains(u.Hostname(), ".") {
			r.mistake(r.line("public_url"), "public_url", "needs a full host name for http.tls.acme",
				"for example https://mfa.example.com; for others use cert_file and key_file")
		}
	}
}

// plainHTTP refuses to serve passwords and codes in clear over a network.
func (r *reader) plainHTTP() {
	if r.config.HTTP.TLS.Enabled() || r.has("http.tls") {
		return
	}
	for _, key := range []string{"http.listen", "metrics.listen"} {
		g, ok := r.given[key]
		if ok && !r.mentioned(key) && !listensOnLoopback(g.items[0].text) {
			r.mistake(g.line, key, "would serve plain HTTP to the network",
				"set http.tls, or listen on 127.0.0.1 behind a proxy that speaks TLS")
		}
	}
}

func (r *reader) listeners() {
	own := r.config.Metrics.Listen
	if own != "" && own == r.config.HTTP.Listen && !strings.HasSuffix(own, ":0") {
		r.mistake(r.line("metrics.listen"), "metrics.listen", "is the address of http.listen",
			"choose another, or only set metrics.token_file to serve both there")
	}
}

func (r *reader) databasePassword() {
	const key = "database_password_file"
	if r.has(key) && !r.has("database") && !r.mentioned("database") {
		r.mistake(r.line(key), key, "has no database to go with", "SQLite needs no password; set database or remove this")
	}
}
