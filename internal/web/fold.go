package web

import (
	"html/template"
	"regexp"
	"text/template/parse"
)

// constant is a template function whose result is known when a page is parsed,
// as long as its arguments are literal texts. It returns HTML.
type constant func(args []string) string

// fold replaces calls of constants by what they return, so that a page whose
// words are all known is mostly one piece of ready text. It runs before
// html/template looks at the tree, which then treats the result as part of the
// author's markup: hence constants return escaped HTML, good between tags and
// in quoted attributes.
func fold(list *parse.ListNode, constants map[string]constant) {
	if list == nil {
		return
	}
	for i, node := range list.Nodes {
		switch n := node.(type) {
		case *parse.ActionNode:
			if said, ok := evaluate(n.Pipe, constants); ok {
				list.Nodes[i] = &parse.TextNode{NodeType: parse.NodeText, Pos: n.Pos, Text: []byte(said)}
			}
		case *parse.TextNode:
			n.Text = squeeze(n.Text)
		case *parse.IfNode:
			fold(n.List, constants)
			fold(n.ElseList, constants)
		case *parse.RangeNode:
			fold(n.List, constants)
			fold(n.ElseList, constants)
		case *parse.WithNode:
			fold(n.List, constants)
			fold(n.ElseList, constants)
		}
	}
	list.Nodes = join(list.Nodes)
}

func evaluate(pipe *parse.PipeNode, constants map[string]constant) (string, bool) {
	if len(pipe.Decl) != 0 || len(pipe.Cmds) != 1 {
		return "", false
	}
	args := pipe.Cmds[0].Args
	name, ok := args[0].(*parse.IdentifierNode)
	if !ok || constants[name.Ident] == nil {
		return "", false
	}
	var literals []string
	for _, arg := range args[1:] {
		literal, ok := arg.(*parse.StringNode)
		if !ok {
			return "", false
		}
		literals = append(literals, literal.Text)
	}
	return constants[name.Ident](literals), true
}

// join merges neighbouring texts.
func join(nodes []parse.Node) []parse.Node {
	var joined []parse.Node
	for _, node := range nodes {
		this, ok := node.(*parse.TextNode)
		if ok && len(joined) > 0 {
			if last, ok := joined[len(joined)-1].(*parse.TextNode); ok {
				last.Text = append(last.Text, this.Text...)
				continue
			}
		}
		joined = append(joined, node)
	}
	return joined
}

var indentation = regexp.MustCompile(`\s*\n\s*`)

// squeeze drops indentation. Nothing in our templates is preformatted.
func squeeze(markup []byte) []byte { return indentation.ReplaceAll(markup, []byte("\n")) }

var (
	strongMark = regexp.MustCompile(`\*\*([^*]+)\*\*`)
	codeMark   = regexp.MustCompile("`([^`]+)`")
)

// markup turns a message into HTML: everything is escaped, then **strong** and
// `code` become elements. Messages know no other markup.
func markup(said string) template.HTML {
	html := template.HTMLEscapeString(said)
	html = strongMark.ReplaceAllString(html, "<strong>$1</strong>")
	html = codeMark.ReplaceAllString(html, "<code>$1</code>")
	return template.HTML(html) //nolint:gosec // escaped above, before the two elements were added
}
