package notify

import (
	"bytes"
	"net/mail"
	"strings"

	gomail "github.com/wneessen/go-mail"
)

// Compose returns the mail as it travels (RFC 5322, RFC 2045 to 2047), with
// CRLF at line ends. Everything that ends up in a header has been checked for
// line breaks by then, and is encoded besides. The Message-ID is the same each
// time, so that whoever gets the mail twice can tell. The error is permanent.
func (e Envelope) Compose(from Address) ([]byte, error) {
	if err := e.Check(); err != nil {
		return nil, err
	}
	to, err := OnTheWire(e.To.Mail)
	if err != nil {
		return nil, err
	}
	_, domain, _ := strings.Cut(from.Mail, "@")
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(&mail.Address{Name: from.Name, Address: from.Mail})
	msg.ToMailAddress(&mail.Address{Name: e.To.Name, Address: to})
	msg.Subject(e.Subject)
	msg.SetDateWithValue(e.At)
	msg.SetMessageIDWithValue(e.ID.String() + "@" + domain)
	// RFC 3834 section 5: an absent person's program does not answer it.
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader(gomail.HeaderContentLang, e.Language)
	msg.SetBodyString(gomail.TypeTextPlain, e.Text.Reveal())
	msg.AddAlternativeString(gomail.TypeTextHTML, e.HTML.Reveal())
	if e.Logo != nil {
		name := "logo." + strings.TrimPrefix(e.Logo.Type, "image/")
		msg.EmbedReadSeeker(name, bytes.NewReader(e.Logo.Octets),
			gomail.WithFileContentID("<"+LogoID+">"), gomail.WithFileContentType(gomail.ContentType(e.Logo.Type)))
	}
	var b bytes.Buffer
	if _, err := msg.WriteTo(&b); err != nil {
		return nil, Permanent(err)
	}
	return b.Bytes(), nil
}
