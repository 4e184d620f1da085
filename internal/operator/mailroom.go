package operator

import (
	"context"
	"errors"
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/directory"
	"example.com/muster/internal/factor"
	"example.com/muster/internal/id"
	"example.com/muster/internal/leader"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/problem"
)

// Mailroom is how mails look and leave.
type Mailroom struct {
	Words     *notify.Renderer
	Transport notify.Transport
	// TellNew says that people get a mail when they are added.
	TellNew bool
}

// MailsWatched is how long a mail that did not arrive is brought to somebody's
// attention: the words "the last seven days" stand for it.
const MailsWatched = 7 * 24 * time.Hour

// MailCounts counts the mails that wait, and those of the last days that did
// not arrive and that somebody can act on, by state.
func (o *Operator) MailCounts(ctx context.Context, by audit.Actor) (map[notify.State]int, error) {
	if err := o.may(ctx, by, Read, nil); err != nil {
		return nil, err
	}
	counts, err := o.Store.CountMails(ctx, o.Now().Add(-MailsWatched))
	if err != nil {
		return nil, unavailable(err)
	}
	return counts, nil
}

// welcome is what somebody with these factors is told who is new here, if
// people are told that.
func (o *Operator) welcome(p *directory.Person, factors []factor.Factor, by audit.Actor) []notify.Message {
	if !o.Mail.TellNew {
		return nil
	}
	kind := notify.Configured
	if policy.WantAny.Met(factors) {
		kind = notify.Ready
	}
	return []notify.Message{o.message(kind, p, by, nil)}
}

// Resend sends a mail again: at once if it waits, else anew to the person's
// address as it is now, with what holds now; one that says nothing that holds
// is refused. A mail that held a secret is refused, for that is
// gone: a new link says the same.
func (o *Operator) Resend(ctx context.Context, by audit.Actor, which id.ID) error {
	list, err := o.Mails(ctx, by, "", MailQuery{ID: which, Limit: 1})
	if err != nil {
		return err
	}
	if len(list) == 0 || which == 0 {
		return refuse(RefusedGone, problem.NotFound, "there is no such mail").WithHint("muster mail list shows them")
	}
	r, err := o.Store.PersonByID(ctx, list[0].Person)
	if err != nil {
		return unavailable(err)
	}
	if r == nil {
		return refuse(RefusedGone, problem.NotFound, "the person of this mail is gone")
	}
	if err := o.may(ctx, by, Help, r.Person); err != nil {
		return err
	}
	if r.Person.Email == "" {
		return refuse(RefusedNoEmail, problem.Conflict, "%s has no mail address", r.Person.Username).WithHint("give them one first")
	}
	now := o.Now()
	log := o.entry(by, "mail.resend", r.Person.Username, "")
	log.Detail = string(list[0].Kind) + " " + which.String()
	why, err := o.Store.ResendMail(ctx, which, o.IDs.Next(now), now, log)
	switch RefusalOf(err) {
	case RefusedSpent:
		return refuse(RefusedSpent, problem.Conflict, "the mail held a link or a code that is not kept").
			WithHint("make a new one, for example: muster enroll link %s --mail", r.Person.Username)
	case RefusedOver:
		if why == "" {
			why = "its time has passed"
		}
		return refuse(RefusedOver, problem.Conflict, "what the mail tells about is over: %s", why)
	default:
		if err != nil {
			return told(err)
		}
		return nil
	}
}

// TestMail sends a mail to an address and says how each step went. An empty
// kind is a mail that only says that mail arrives; another is a sample of that
// kind, as its template is now.
func (o *Operator) TestMail(ctx context.Context, by audit.Actor, address string, kind notify.Kind, language string) ([]notify.Step, error) {
	if err := o.may(ctx, by, Configure, nil); err != nil {
		return nil, err
	}
	if !notify.ValidAddress(address) {
		return nil, refuse(RefusedEmail, problem.Invalid, "that is not a mail address").WithHint("for example alice@example.com")
	}
	e, err := o.testEnvelope(ctx, by, address, kind, language)
	if err != nil {
		return nil, err
	}
	log := o.entry(by, "mail.test", address, "")
	log.Detail = string(e.Kind)
	if err := o.Store.Log(ctx, log); err != nil {
		return nil, unavailable(err)
	}
	if tester, ok := o.Mail.Transport.(notify.Tester); ok {
		return tester.Test(ctx, e), nil
	}
	if err := o.Mail.Transport.Send(ctx, e); err != nil {
		return []notify.Step{{Name: "mail", Finding: err.Error()}}, nil //nolint:nilerr // the test found what is wrong
	}
	return []notify.Step{{Name: "mail", OK: true, Finding: "written for " + address}}, nil
}

func (o *Operator) testEnvelope(ctx context.Context, by audit.Actor, address string, kind notify.Kind, language string) (notify.Envelope, error) {
	if kind != "" {
		t, _, err := o.Store.MailTemplate(ctx, kind, o.Mail.Words.Catalogue.For(language).Lang())
		if err != nil {
			return notify.Envelope{}, unavailable(err)
		}
		e, err := o.Mail.Words.Preview(ctx, kind, language, t.Source, o.Now())
		e.ID, e.To, e.At = o.IDs.Next(o.Now()), notify.Address{Mail: address}, o.Now()
		return e, templateRefused(err)
	}
	to := &directory.Person{Username: address, Email: address, Language: language}
	return o.Mail.Words.Render(ctx, o.message(notify.MailTest, to, by, nil), to, o.Now())
}

// TemplateInfo is a kind of mail in one language.
type TemplateInfo struct {
	Kind      notify.Kind
	Language  string
	Source    string
	BuiltIn   bool // nobody has changed it
	ChangedAt time.Time
	ChangedBy string
	Variables []string
}

// Templates lists every kind of mail in every language.
func (o *Operator) Templates(ctx context.Context, by audit.Actor) ([]TemplateInfo, error) {
	if err := o.may(ctx, by, Read, nil); err != nil {
		return nil, err
	}
	own, err := o.Store.MailTemplates(ctx)
	if err != nil {
		return nil, unavailable(err)
	}
	var list []TemplateInfo
	for _, kind := range notify.Kinds() {
		for _, language := range o.Mail.Words.Catalogue.Languages() {
			list = append(list, o.templateInfo(own, kind, language.Tag))
		}
	}
	return list, nil
}

func (o *Operator) templateInfo(own []notify.Template, kind notify.Kind, language string) TemplateInfo {
	info := TemplateInfo{
		Kind: kind, Language: language, BuiltIn: true,
		Source: o.Mail.Words.BuiltIn(kind, language), Variables: notify.Variables(kind),
	}
	for _, t := range own {
		if t.Kind == kind && t.Language == language {
			info.Source, info.BuiltIn, info.ChangedAt, info.ChangedBy = t.Source, false, t.ChangedAt, t.ChangedBy
		}
	}
	return info
}

// Template returns one kind of mail in one language.
func (o *Operator) Template(ctx context.Context, by audit.Actor, kind notify.Kind, language string) (TemplateInfo, error) {
	list, err := o.Templates(ctx, by)
	if err != nil {
		return TemplateInfo{}, err
	}
	for _, t := range list {
		if t.Kind == kind && t.Language == language {
			return t, nil
		}
	}
	return TemplateInfo{}, refuse(RefusedMailKind, problem.NotFound, "there is no mail %s in the language %s", shown(string(kind)), shown(language)).
		WithHint("muster mail template list names them")
}

// PreviewTemplate returns a mail by a template that need not be saved, to a
// made-up person.
func (o *Operator) PreviewTemplate(ctx context.Context, by audit.Actor, kind notify.Kind, language, source string) (notify.Envelope, error) {
	if _, err := o.Template(ctx, by, kind, language); err != nil {
		return notify.Envelope{}, err
	}
	e, err := o.Mail.Words.Preview(ctx, kind, language, source, o.Now())
	return e, templateRefused(err)
}

// SetTemplate changes what a kind of mail says in a language.
func (o *Operator) SetTemplate(ctx context.Context, by audit.Actor, kind notify.Kind, language, source string) error {
	if err := o.may(ctx, by, Configure, nil); err != nil {
		return err
	}
	if _, err := o.Template(ctx, by, kind, language); err != nil {
		return err
	}
	if err := o.Mail.Words.CheckTemplate(kind, source); err != nil {
		return templateRefused(err)
	}
	t := notify.Template{Kind: kind, Language: language, Source: source, ChangedAt: o.Now(), ChangedBy: by.Name}
	if err := o.Store.SetMailTemplate(ctx, t, o.entry(by, "mail-template.set", string(kind)+" "+language, "")); err != nil {
		return told(err)
	}
	return nil
}

// ResetTemplate brings the built-in words back.
func (o *Operator) ResetTemplate(ctx context.Context, by audit.Actor, kind notify.Kind, language string) error {
	if err := o.may(ctx, by, Configure, nil); err != nil {
		return err
	}
	if _, err := o.Template(ctx, by, kind, language); err != nil {
		return err
	}
	err := o.Store.RemoveMailTemplate(ctx, kind, language, o.entry(by, "mail-template.reset", string(kind)+" "+language, ""))
	if err != nil {
		return told(err)
	}
	return nil
}

// templateRefused marks what is wrong with a template as a refusal. The
// notify.Mistake stays in its chain.
func templateRefused(err error) error {
	if err == nil || problem.KindOf(err) != problem.Invalid {
		return err
	}
	text, hint := problem.Public(err)
	return problem.Wrap(problem.Invalid, errors.Join(RefusedTemplate, err), "%s", text).WithHint("%s", hint)
}

// BackgroundWork is how the work stands that no request waits for.
type BackgroundWork struct {
	Leader leader.State
	Runs   []leader.Run // of every job, newest first
}

// BackgroundWork returns who leads the cluster and what the jobs did.
func (o *Operator) BackgroundWork(ctx context.Context, by audit.Actor) (BackgroundWork, error) {
	if err := o.may(ctx, by, Read, nil); err != nil {
		return BackgroundWork{}, err
	}
	state, err := o.Store.Leader(ctx)
	if err != nil {
		return BackgroundWork{}, unavailable(err)
	}
	runs, err := o.Store.JobRuns(ctx)
	if err != nil {
		return BackgroundWork{}, unavailable(err)
	}
	return BackgroundWork{Leader: state, Runs: runs}, nil
}
