package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/roster"
	"example.com/muster/internal/text"
	"example.com/muster/internal/web"
)

// mostPreviewed is how many entries a preview lists; it counts all.
const mostPreviewed = 500

// browseView is a part of a directory's tree, of which people and groups can
// be ticked.
type browseView struct {
	Name, DN, Search string
	Above            []crumb // the entries from the directory's base to this one; empty: this is the base
	Nodes            []nodeRow
	Tickable         bool // there is something to import
	More             bool
	Import           string
	Missing          string // where those without a record are
}

// crumb is an entry above.
type crumb struct{ Name, Link string }

type nodeRow struct {
	Kind, Name, DN, Link   string
	Object                 string // of a person
	DisplayName, Mail, Why string
	Group, There           bool
}

func browsePath(name, dn string) string {
	q := url.Values{"name": {name}}
	if dn != "" {
		q.Set("dn", dn)
	}
	return "/console/browse?" + q.Encode()
}

func (d *Door) browse(w http.ResponseWriter, v *visit) error {
	name, dn := v.Query("name"), v.Query("dn")
	nodes, more, err := d.Operator.Browse(v.Context(), v.actor(), name, dn, v.Query("q"))
	if err != nil {
		return d.silent(w, v, err, silentView{Name: name})
	}
	view := browseView{
		Name: name, DN: dn, Search: strings.TrimSpace(v.Query("q")), More: more,
		Import:  "/console/directory/import?" + url.Values{"name": {name}}.Encode(),
		Missing: "/console/unrecorded?" + url.Values{"name": {name}}.Encode(),
	}
	for _, n := range nodes {
		row := v.nodeRow(name, n)
		view.Nodes, view.Tickable = append(view.Nodes, row), view.Tickable || row.Tickable()
	}
	if view.Search == "" && dn != "" {
		s, err := d.Operator.Directory(v.Context(), v.actor(), name)
		if err != nil {
			return err
		}
		view.Above = above(name, dn, s.Base)
	}
	return d.show(w, v, web.Page{Name: "browse", Section: "directories", Data: view})
}

// above lists the entries between a directory's base and one below it, the base
// first.
func above(source, dn, base string) []crumb {
	crumbs := []crumb{{base, browsePath(source, "")}}
	var between []crumb
	for rest := dn; ; {
		_, parent, ok := cutRDN(rest)
		if !ok || len(parent) <= len(base) {
			break
		}
		between = append(between, crumb{directory.GroupName(parent), browsePath(source, parent)})
		rest = parent
	}
	slices.Reverse(between)
	return append(append(crumbs, between...), crumb{Name: directory.GroupName(dn)})
}

// cutRDN cuts a DN after its first component (RFC 4514 section 2.1).
func cutRDN(dn string) (first, rest string, ok bool) {
	for i := 0; i < len(dn); i++ {
		switch dn[i] {
		case '\\':
			i++
		case ',':
			return dn[:i], strings.TrimLeft(dn[i+1:], " "), true
		}
	}
	return dn, "", false
}

// Tickable reports whether it can be imported.
func (n nodeRow) Tickable() bool { return n.Group || n.Object != "" && !n.There && n.Why == "" }

func (v *visit) nodeRow(source string, n operator.DirectoryNode) nodeRow {
	row := nodeRow{
		Kind: v.word(wordsNode, string(n.Kind)), Name: n.Name, DN: n.DN, DisplayName: n.Entry.DisplayName, Mail: n.Entry.Mail,
		Why: n.Refused.Words(v.Text), There: n.There, Group: n.Kind == operator.NodeGroup,
	}
	switch n.Kind {
	case operator.NodeContainer:
		row.Link = browsePath(source, n.DN)
	case operator.NodePerson:
		row.Object = n.Entry.Object
	case operator.NodeGroup:
	}
	return row
}

// previewView says what an import would do, or has done.
type previewView struct {
	Name, Action, Back string
	Census             roster.Census
	Rows               []previewRow
	Objects, Groups    []string
	Done               bool
	Whole              bool // everybody of the directory: who has no record
}

type previewRow struct {
	Username, DN string
	State        string   // new, there, or why it cannot be imported
	Warned       []string // what of somebody new cannot be used
}

// importEntries shows what an import of what was ticked would do; once that
// has been seen, it imports.
func (d *Door) importEntries(w http.ResponseWriter, v *visit) error {
	name := v.Query("name")
	sel := roster.Selection{Objects: v.Fields("object"), Groups: v.Fields("group")}
	if len(sel.Objects)+len(sel.Groups) == 0 {
		v.Notify(w, web.Caution, "notice.nothing-ticked", nil)
		return v.Redirect(w, browsePath(name, v.Query("dn")))
	}
	view := previewView{Name: name, Action: v.URL.RequestURI(), Back: browsePath(name, ""), Objects: sel.Objects, Groups: sel.Groups}
	if v.Field("sure") == "" {
		return d.preview(w, v, view, sel)
	}
	rows, census, err := d.Operator.ImportEntries(v.Context(), v.actor(), name, sel, nil)
	if err != nil {
		return d.silent(w, v, err, silentView{Name: name, Objects: sel.Objects, Groups: sel.Groups, Sure: true})
	}
	view.Done, view.Census = true, census
	states := map[roster.RowKind]text.Key{roster.RowImported: "console.import.done", roster.RowThere: "console.browse.there"}
	for _, r := range rows {
		row := previewRow{Username: r.Username, DN: r.DN, State: r.Reason.Words(v.Text)}
		if key := states[r.Kind]; key != "" {
			row.State = v.Text.T(key)
		}
		view.Rows = append(view.Rows, row)
	}
	return d.show(w, v, web.Page{Name: "preview", Section: "directories", Data: view})
}

func (d *Door) preview(w http.ResponseWriter, v *visit, view previewView, sel roster.Selection) error {
	found, census, err := d.Operator.PreviewImport(v.Context(), v.actor(), view.Name, sel, mostPreviewed)
	if err != nil {
		return d.silent(w, v, err, silentView{Name: view.Name, Objects: sel.Objects, Groups: sel.Groups})
	}
	view.Census = census
	for _, f := range found {
		row := previewRow{Username: f.Entry.Username, DN: f.Entry.DN, State: f.Why.Words(v.Text)}
		switch {
		case f.There:
			row.State = v.Text.T("console.browse.there")
		case f.Why == "":
			row.State = v.Text.T("console.browse.new")
		}
		for _, w := range f.Warned {
			row.Warned = append(row.Warned, w.Words(v.Text))
		}
		view.Rows = append(view.Rows, row)
	}
	return d.show(w, v, web.Page{Name: "preview", Section: "directories", Data: view})
}

// unrecorded lists who is in a directory and has no record.
func (d *Door) unrecorded(w http.ResponseWriter, v *visit) error {
	name := v.Query("name")
	return d.preview(w, v, previewView{Name: name, Back: directoryPath(name), Whole: true}, roster.Selection{})
}
