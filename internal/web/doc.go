// Package web owns the common ground of the web doors: a server that is safe
// by construction, the frame of every page, error pages with a reference
// number, and the parts pages are made of (forms, tables, plots, QR codes).
//
// A door registers handlers and page templates; it cannot forget a header, a
// limit or a cookie's attributes, because it never sets them. The package
// must not know what any page is about, nor who is signed in.
//
// Standards: RFC 9110 (HTTP), RFC 6265bis (cookies and their prefixes), CSP
// Level 3, Fetch Metadata, RFC 6797 (HSTS), WCAG 2.2 AA (contrast, names,
// errors), ISO/IEC 18004 (QR codes), RFC 8555 (ACME).
package web
