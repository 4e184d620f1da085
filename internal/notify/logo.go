package notify

import "bytes"

// LogoID is how the HTML of a mail names the picture that comes with it (RFC
// 2392). Nothing is loaded from anywhere, so that nobody learns who opens a mail.
const LogoID = "logo"

// largestLogo is how large a picture may be to come with every mail, in octets.
const largestLogo = 48 << 10

// Picture is one that comes with a mail.
type Picture struct {
	Type   string // "image/png" or "image/jpeg"
	Octets []byte
}

// LogoFrom returns the picture that mails show for a logo. It is nil for what
// mail programs do not show, SVG say, and for what is too large to come with
// every mail: then the company's name stands alone.
func LogoFrom(file []byte) *Picture {
	if len(file) > largestLogo {
		return nil
	}
	for kind, begins := range map[string]string{"image/png": "\x89PNG\r\n\x1a\n", "image/jpeg": "\xff\xd8\xff"} {
		if bytes.HasPrefix(file, []byte(begins)) {
			return &Picture{Type: kind, Octets: file}
		}
	}
	return nil
}
