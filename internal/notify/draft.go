package notify

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	texttemplate "text/template"
	"text/template/parse"
	"unicode"
	"unicode/utf8"

	"example.com/muster/internal/problem"
)

// longestTemplate bounds a template, in octets.
const longestTemplate = 20_000

// draft is a template that uses nothing but known variables.
type draft struct {
	kind   Kind
	source string
	tree   *texttemplate.Template
}

// parseDraft reads a template. The error is a problem that names the line.
func parseDraft(kind Kind, source string) (*draft, error) {
	source = strings.ReplaceAll(source, "\r\n", "\n")
	d := &draft{kind: kind, source: source}
	switch {
	case len(source) > longestTemplate:
		return nil, mistaken(Mistake{Fault: FaultLong, Known: []string{strconv.Itoa(longestTemplate)}}, "the template is longer than %d octets", longestTemplate)
	case strings.TrimSpace(source) == "":
		return nil, mistaken(Mistake{Fault: FaultEmpty}, "the template is empty").WithHint("reset it to get the built-in words back")
	case !utf8.ValidString(source):
		return nil, mistaken(Mistake{Fault: FaultEncoding}, "the template is not text in UTF-8")
	}
	if at := strings.IndexFunc(source, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Co, r)
	}); at >= 0 {
		return nil, d.wrong(at, Mistake{Fault: FaultUnshown}, "a character that cannot be shown")
	}
	tree, err := texttemplate.New("mail").Option("missingkey=error").Parse(source)
	if err != nil {
		return nil, syntax(err)
	}
	d.tree = tree
	if len(tree.Templates()) > 1 {
		return nil, mistaken(Mistake{Fault: FaultDefines}, "a template cannot define others").WithHint(onlyThese)
	}
	if err := d.checkNodes(tree.Root); err != nil {
		return nil, err
	}
	return d, d.checkBrackets()
}

const onlyThese = "there are only {{.Variable}} and {{if .Variable}} … {{else}} … {{end}}"

// syntax gives an error of the template's parser a public face.
func syntax(err error) error {
	text := strings.TrimPrefix(err.Error(), "template: mail:")
	at, rest, ok := strings.Cut(text, ":")
	line, notANumber := strconv.Atoi(at)
	if !ok || notANumber != nil {
		return mistaken(Mistake{Fault: FaultSyntax}, "the template cannot be read").WithHint(onlyThese)
	}
	says := oneLine(rest)
	return mistaken(Mistake{Fault: FaultSyntax, Line: line, Given: says}, "line %d: %s", line, says).WithHint(onlyThese)
}

// checkNodes refuses everything but text, variables and conditions on them.
func (d *draft) checkNodes(node parse.Node) error {
	switch n := node.(type) {
	case *parse.TextNode:
		return nil
	case *parse.ListNode:
		if n == nil {
			return nil
		}
		for _, child := range n.Nodes {
			if err := d.checkNodes(child); err != nil {
				return err
			}
		}
		return nil
	case *parse.ActionNode:
		return d.checkPipe(n.Pipe)
	case *parse.IfNode:
		return errors.Join(d.checkPipe(n.Pipe), d.checkNodes(n.List), d.checkNodes(n.ElseList))
	}
	return d.impossible(node)
}

// impossible refuses what a mail has no use for.
func (d *draft) impossible(node parse.Node) *problem.Error {
	given := oneLine(node.String())
	return d.wrong(int(node.Position()), Mistake{Fault: FaultImpossible, Given: given}, "%s is not possible in a mail", given).WithHint(onlyThese)
}

func (d *draft) checkPipe(pipe *parse.PipeNode) error {
	if len(pipe.Decl) > 0 || len(pipe.Cmds) != 1 || len(pipe.Cmds[0].Args) != 1 {
		return d.impossible(pipe)
	}
	field, ok := pipe.Cmds[0].Args[0].(*parse.FieldNode)
	if !ok || len(field.Ident) != 1 {
		return d.impossible(pipe)
	}
	known := Variables(d.kind)
	if given := oneLine(field.Ident[0]); !slices.Contains(known, field.Ident[0]) {
		return d.wrong(int(field.Position()), Mistake{Fault: FaultVariable, Given: given, Known: known}, "there is no variable .%s in this mail", given).
			WithHint("there are %s", listed(known))
	}
	return nil
}

// bracketed is a line that stands for a part of the mail.
var bracketed = regexp.MustCompile(`(?m)^[ \t]*\[([^\]\n]*)\][ \t]*$`)

// checkBrackets refuses parts that there are not.
func (d *draft) checkBrackets() error {
	for _, at := range bracketed.FindAllStringSubmatchIndex(d.source, -1) {
		if name, _, _ := strings.Cut(d.source[at[2]:at[3]], ":"); !slices.Contains([]string{"facts", "button", "code"}, strings.TrimSpace(name)) {
			return d.wrong(at[0], Mistake{Fault: FaultPart, Given: oneLine(name)}, "there is no part [%s]", oneLine(name)).WithHint("there are [facts], [button: words on it] and [code]")
		}
	}
	return nil
}

// layout is a draft that was filled in.
type layout struct {
	draft                *draft
	subject, title       string
	lead, then, after    []string
	facts, button, coded bool
	label                string // on the button; empty: the built-in one
}

// sample returns values for every variable, or for those alone that every
// message has.
func (d *draft) sample(filled bool) map[string]string {
	v := map[string]string{}
	for _, name := range Variables(d.kind) {
		v[name] = ""
		if filled || slices.Contains(everywhere, name) && name != "Help" && name != "Instructions" {
			v[name] = name
		}
	}
	return v
}

// layOut fills a draft in. What stands for a part of the mail is found before
// the values are put in: none of them can be taken for one.
func (d *draft) layOut(values map[string]string) (*layout, error) {
	marks := make(map[string]string, len(values))
	var back []string
	for name, value := range values {
		if value == "" {
			marks[name] = ""
			continue
		}
		mark := "\uE000" + name + "\uE001"
		marks[name] = mark
		back = append(back, mark, value)
	}
	var filled strings.Builder
	if err := d.tree.Execute(&filled, marks); err != nil {
		return nil, mistaken(Mistake{Fault: FaultUnfillable}, "the template cannot be filled in")
	}
	l := &layout{draft: d}
	if err := l.read(strings.Split(filled.String(), "\n")); err != nil {
		return nil, err
	}
	l.fill(strings.NewReplacer(back...))
	return l, nil
}

// read takes the lines of a mail apart.
func (l *layout) read(lines []string) error {
	var paragraph []string
	head := true // until the first empty line after the title
	end := func() {
		if len(paragraph) > 0 {
			l.add(strings.Join(paragraph, " "))
		}
		paragraph = nil
	}
	for _, line := range lines {
		line = strings.TrimSpace(line)
		part := bracketed.FindStringSubmatch(line)
		switch {
		case l.title == "" && strings.HasPrefix(line, "Subject:"):
			l.subject = strings.TrimSpace(strings.TrimPrefix(line, "Subject:"))
		case l.title == "" && strings.HasPrefix(line, "Title:"):
			l.title = strings.TrimSpace(strings.TrimPrefix(line, "Title:"))
		case head && headField.MatchString(line):
			return l.strayField(headField.FindStringSubmatch(line)[1])
		case line == "":
			head = head && l.title == ""
			end()
		case part != nil:
			end()
			if err := l.part(part[1]); err != nil {
				return err
			}
		default:
			paragraph = append(paragraph, line)
		}
	}
	end()
	if l.subject == "" || l.title == "" {
		return mistaken(Mistake{Fault: FaultHead, Line: 1}, `line 1: a mail begins with "Subject: …" and "Title: …"`)
	}
	return nil
}

// headField is a line that looks like a field of a mail's head.
var headField = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9-]*)[ \t]*:`)

// strayField refuses a field that a mail's head has no place for: whoever wrote
// it expects something of it.
func (l *layout) strayField(name string) error {
	at := regexp.MustCompile(`(?m)^[ \t]*`+regexp.QuoteMeta(name)+`[ \t]*:`).FindAllStringIndex(l.draft.source, -1)
	offset := 0
	if len(at) > 0 {
		offset = at[min(1, len(at)-1)][0] // of two, the second is too many
	}
	if name == "Subject" || name == "Title" {
		return l.draft.wrong(offset, Mistake{Fault: FaultTwice, Given: name}, "%s stands once, Subject before Title", name)
	}
	if len(at) > 0 {
		offset = at[0][0]
	}
	return l.draft.wrong(offset, Mistake{Fault: FaultField, Given: name}, "there is no field %s in the head of a mail", name).
		WithHint("there are Subject and Title; the words follow after an empty line")
}

// add adds a paragraph where it belongs: what comes first, what leads to the
// button, what follows it.
func (l *layout) add(paragraph string) {
	switch {
	case l.button || l.coded:
		l.after = append(l.after, paragraph)
	case l.facts:
		l.then = append(l.then, paragraph)
	default:
		l.lead = append(l.lead, paragraph)
	}
}

func (l *layout) part(inside string) error {
	name, label, _ := strings.Cut(inside, ":")
	name = strings.TrimSpace(name)
	at := strings.Index(l.draft.source, "["+name)
	wrong := func(why string) error {
		return l.draft.wrong(at, Mistake{Fault: FaultOrder, Given: name}, "%s", why)
	}
	switch {
	case name == "facts" && (l.facts || l.button || l.coded):
		return wrong("[facts] stands once, before [button] and [code]")
	case name == "button" && (l.button || l.coded):
		return wrong("[button] stands once, before [code]")
	case name == "code" && l.coded:
		return wrong("[code] stands once")
	case l.title == "":
		return l.draft.wrong(at, Mistake{Fault: FaultPartFirst}, "Subject and Title come first")
	}
	l.facts = l.facts || name == "facts"
	l.coded = l.coded || name == "code"
	if name == "button" {
		l.button, l.label = true, strings.TrimSpace(label)
	}
	return nil
}

// fill puts the values in.
func (l *layout) fill(values *strings.Replacer) {
	for _, list := range [][]string{l.lead, l.then, l.after} {
		for i := range list {
			list[i] = values.Replace(list[i])
		}
	}
	l.subject, l.title, l.label = values.Replace(l.subject), values.Replace(l.title), values.Replace(l.label)
}

// fits refuses a template without what its kind of mail is for, and with what
// that does not have.
func (l *layout) fits(built *letter) error {
	at := func(part string) int { return strings.Index(l.draft.source, part) }
	switch {
	case l.button && built.Action == nil:
		return l.draft.wrong(at("[button"), Mistake{Fault: FaultNoButton}, "this mail has no button")
	case l.coded && built.Code == nil:
		return l.draft.wrong(at("[code"), Mistake{Fault: FaultNoCode}, "this mail has no code")
	case built.Action != nil && !l.button && !l.coded:
		return mistaken(Mistake{Fault: FaultNeedsLink}, "this mail is for its link").WithHint("add a line [button: %s]", built.Action.Label)
	}
	return nil
}

// apply makes a letter say what a template says.
func (l *layout) apply(to *letter) {
	to.Subject, to.Title, to.Lead, to.Then, to.After = oneLine(l.subject), l.title, l.lead, l.then, l.after
	if !l.facts {
		to.Facts = nil
	}
	switch {
	case !l.button:
		to.Action = nil
	case to.Action != nil && l.label != "":
		to.Action.Label = l.label
	}
	if !l.coded {
		to.Code = nil
	}
	if to.Action == nil && to.Code == nil { // what would lead to them ends the mail
		to.Then, to.After = nil, append(to.Then, to.After...)
	}
}
