package notify_test

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"strings"
	"testing"
	"time"

	"example.com/muster/internal/notify"
	"example.com/muster/internal/text"
)

// smallPicture is a PNG with one point.
const smallPicture = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

// TestTheLogoComesWithTheMail, and nothing of a mail is anywhere else.
func TestTheLogoComesWithTheMail(t *testing.T) {
	picture, err := base64.StdEncoding.DecodeString(smallPicture)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	for _, logo := range [][]byte{nil, picture} {
		r := notify.Renderer{
			Catalogue: text.Default(), Zone: time.UTC, PublicURL: "https://mfa.example.com", Brand: "Smith & <Sons>", Colour: "#2f55c8",
			Logo: notify.LogoFrom(logo),
		}
		e, err := r.Preview(t.Context(), notify.PeriodStarted, "en", "", now)
		if err != nil {
			t.Fatal(err)
		}
		if shows := strings.Contains(e.HTML.Reveal(), `src="cid:logo" alt="Smith &amp; &lt;Sons&gt;"`); shows != (logo != nil) || strings.Count(e.HTML.Reveal(), "src=") != strings.Count(e.HTML.Reveal(), "cid:") {
			t.Errorf("with a logo of %d octets it shows one: %v", len(logo), shows)
		}
		raw, err := e.Compose(notify.Address{Mail: "mfa@example.com"})
		if err != nil {
			t.Fatal(err)
		}
		m, err := mail.ReadMessage(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		parts := partsOf(t, m.Header.Get("Content-Type"), m.Body)
		want := []string{"text/plain", "text/html"}
		if logo != nil {
			want = append(want, "image/png <logo> inline")
		}
		if strings.Join(parts, ", ") != strings.Join(want, ", ") {
			t.Errorf("the mail has %q, want %q", parts, want)
		}
	}
}

// partsOf lists the parts of a mail that are not of parts themselves.
func partsOf(t *testing.T, kind string, body io.Reader) (list []string) {
	t.Helper()
	of, params, err := mime.ParseMediaType(kind)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(of, "multipart/") {
		return []string{of}
	}
	for reader := multipart.NewReader(body, params["boundary"]); ; {
		part, err := reader.NextPart()
		if err == io.EOF {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		inside := partsOf(t, part.Header.Get("Content-Type"), part)
		if at := part.Header.Get("Content-Id"); at != "" {
			disposition, _, _ := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
			inside[0] += " " + at + " " + disposition
		}
		list = append(list, inside...)
	}
}

func TestLogosThatMailsDoNotShow(t *testing.T) {
	png := []byte("\x89PNG\r\n\x1a\n")
	for name, file := range map[string][]byte{
		"nothing": nil, "SVG": []byte("<svg xmlns='http://www.w3.org/2000/svg'/>"), "WebP": []byte("RIFF....WEBPVP8 "),
		"too large": append(png, make([]byte, 48<<10)...),
	} {
		if notify.LogoFrom(file) != nil {
			t.Errorf("%s is shown", name)
		}
	}
	if p := notify.LogoFrom(append(png, 0)); p == nil || p.Type != "image/png" {
		t.Errorf("PNG: %+v", p)
	}
	if p := notify.LogoFrom([]byte("\xff\xd8\xff\xe0")); p == nil || p.Type != "image/jpeg" {
		t.Errorf("JPEG: %+v", p)
	}
}
