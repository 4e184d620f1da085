package portal

import (
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"
	"unicode"

	"example.com/muster/internal/factor/totp"
	"example.com/muster/internal/secret"
	"example.com/muster/internal/text"
	"example.com/muster/internal/web"
)

// The walk-through shows what a second step is and how one is set up, and has
// people try it. It is practice: everybody may see it, nothing is asked of the
// person, nothing is kept, and its key is a published one that no account has.

const (
	howPath     = "/how"
	howCodePath = "/how/code"
)

// practiceKey spells what it is in any app that it is typed into.
const practiceKey = "PRACTICEONLYPRACTICEONLYPRACTICE"

// howStep is one page of the walk-through.
type howStep struct {
	path    string
	page    string // its template, "how-<name>"; the catalogue has its title under "how.<name>.title"
	passkey bool   // only where passkeys can be used
}

var howSteps = []howStep{
	{path: howPath, page: "how"},
	{path: "/how/app", page: "how-app"},
	{path: "/how/scan", page: "how-scan"},
	{path: howCodePath, page: "how-code"},
	{path: "/how/recovery", page: "how-recovery"},
	{path: "/how/passkey", page: "how-passkey", passkey: true},
	{path: "/how/signin", page: "how-signin"},
	{path: "/how/lost", page: "how-lost"},
}

// practice is the walk-through's own authenticator.
type practice struct {
	steps  []howStep // those that this server has
	key    secret.Bytes
	params totp.Params
}

func newPractice(passkeys bool) (practice, error) {
	p := practice{params: totp.Defaults()}
	for _, step := range howSteps {
		if !step.passkey || passkeys {
			p.steps = append(p.steps, step)
		}
	}
	var err error
	if p.key, err = totp.ParseBase32(secret.New(practiceKey)); err != nil {
		return practice{}, fmt.Errorf("portal: practice key: %w", err)
	}
	return p, nil
}

// shown is the code that the phone in the picture shows, in two groups.
func (p practice) shown(now time.Time) string {
	code := totp.Code(p.key.Reveal(), p.params, p.params.Step(now))
	return code[:len(code)/2] + " " + code[len(code)/2:]
}

// judge says what is wrong with a practice code as it was typed; "" if nothing
// is. It tells more than a real page may: the key is known to everybody.
func (p practice) judge(typed string, now time.Time) text.Key {
	step, verdict := totp.Verify(p.key.Reveal(), p.params, typed, now, -1)
	digits := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, typed)
	switch {
	case verdict == totp.Accepted:
		return ""
	case digits == "":
		return "how.code.missing"
	case verdict == totp.Drifted && step < p.params.Step(now):
		return "how.code.before"
	case verdict == totp.Drifted:
		return "how.code.ahead"
	case len([]rune(digits)) != p.params.Digits:
		return "how.code.digits"
	default:
		return "how.code.wrong"
	}
}

// uri is what the practice QR code says.
func (p practice) uri(issuer, account string) string {
	return totp.URI(issuer, account, p.key, p.params).Reveal()
}

// howPage is a page of the walk-through.
func (d *Door) howPage(r *web.Request, at int, form *web.Form) (web.Page, error) {
	steps := d.practice.steps
	view := howView{At: at + 1, Of: len(steps), Passkey: d.Passkeys, Key: grouped(practiceKey)}
	for i, step := range steps {
		name := text.Key("how." + strings.TrimPrefix(step.page, "how-") + ".title")
		view.Steps = append(view.Steps, howLink{Path: step.path, Name: name, Here: i == at})
	}
	if at > 0 {
		view.Back = steps[at-1].path
	}
	if at+1 < len(steps) {
		view.Next = steps[at+1].path
	}
	page := web.Page{Name: steps[at].page, Width: "wide", Form: form}
	switch page.Name {
	case "how-code":
		view.Code = d.practice.shown(r.Began)
	case "how-scan":
		uri := d.practice.uri(r.Text.T("how.issuer"), d.Web.Brand().Name)
		qr, err := web.QR("practice-qr", r.Text.T("how.scan.picture"), uri)
		if err != nil {
			return web.Page{}, err
		}
		view.QR, view.URI = qr, template.URL(uri) //nolint:gosec // of the scheme otpauth, made by us
	}
	page.Same = page.Name != "how-code"
	page.Data = view
	return page, nil
}

// grouped writes a key in groups of four, as it is typed.
func grouped(key string) string {
	var b strings.Builder
	for i, r := range key {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// showHow shows one step. It looks at no session: the page is the same for
// everybody.
func (d *Door) showHow(at int) web.Handler {
	return func(w http.ResponseWriter, r *web.Request) error {
		page, err := d.howPage(r, at, nil)
		if err != nil {
			return err
		}
		return d.show(w, r, page)
	}
}

// tryCode takes a code of the practice key. What was typed is compared and
// forgotten.
func (d *Door) tryCode(at int) web.Handler {
	return func(w http.ResponseWriter, r *web.Request) error {
		wrong := d.practice.judge(r.Secret("practice").Reveal(), r.Began)
		if wrong == "" {
			return r.Redirect(w, howCodePath+"/right")
		}
		page, err := d.howPage(r, at, missing("practice", wrong))
		if err != nil {
			return err
		}
		return d.show(w, r, page)
	}
}

// showRight says that the practice code was right.
func (d *Door) showRight(at int) web.Handler {
	return func(w http.ResponseWriter, r *web.Request) error {
		page, err := d.howPage(r, at, nil)
		if err != nil {
			return err
		}
		page.Name, page.Same = "how-right", true
		return d.show(w, r, page)
	}
}

// howRoutes adds the pages of the walk-through.
func (d *Door) howRoutes() {
	for at, step := range d.practice.steps {
		d.Web.Handle("GET "+step.path, d.showHow(at))
		if step.path == howCodePath {
			d.Web.Handle("POST "+step.path, d.tryCode(at))
			d.Web.Handle("GET "+step.path+"/right", d.showRight(at))
		}
	}
}
