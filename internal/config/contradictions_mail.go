package config

// mailServer looks at the settings of mail.
func (r *reader) mailServer() {
	smtp := r.config.Mail.SMTP
	if smtp == nil {
		return
	}
	const host, username, password = "smtp.host", "smtp.username", "smtp.password_file"
	if !r.has(host) && !r.mentioned(host) {
		r.mistake(r.line(host), host, "missing", "add it to smtp: "+find(host).example)
	}
	for _, key := range []string{"mail.file", "mail.from"} {
		if r.has(key) {
			r.mistake(r.line(key), key, "contradicts smtp", map[string]string{
				"mail.file": "mail goes to a server or into a folder: keep one of the two",
				"mail.from": "with a mail server it is smtp.from",
			}[key])
		}
	}
	if r.has(password) && !r.has(username) && !r.mentioned(username) {
		r.mistake(r.line(password), password, "has no user name to go with", "set smtp.username, or remove this")
	}
	if smtp.TLS == "none" && r.has(host) && !r.mentioned(host) && !isLoopback(smtp.Host) {
		r.mistake(r.line("smtp.tls"), "smtp.tls", "would send mail in clear over the network",
			"mails hold links that sign people up; use starttls or tls")
	}
	if smtp.TLS == "none" && r.has("smtp.ca_file") {
		r.mistake(r.line("smtp.ca_file"), "smtp.ca_file", "has no TLS to go with", "remove it, or set smtp.tls")
	}
}
