package testkit

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/chromedp"

	"example.com/muster/test/testkit/axe"
)

// axeFinding is one rule that a page breaks.
type axeFinding struct {
	ID, Impact, Help string
	Nodes            []struct {
		HTML           string
		FailureSummary string
	}
}

// CheckAccessibility runs axe over the page, every rule of it, and fails the
// test for each finding.
func (b *Browser) CheckAccessibility() {
	b.t.Helper()
	if _, err := ask[chromedp.Void](b, axe.Script+";void 0"); err != nil {
		b.t.Fatalf("loading axe: %v", err)
	}
	findings, err := ask[[]axeFinding](b, `axe.run(document).then(result => result.violations.map(v => ({
		ID: v.id, Impact: v.impact ?? "", Help: v.help,
		Nodes: v.nodes.map(n => ({HTML: n.html, FailureSummary: n.failureSummary ?? ""}))})))`)
	if err != nil {
		b.t.Fatalf("running axe: %v", err)
	}
	for _, finding := range findings {
		for _, node := range finding.Nodes {
			b.t.Errorf("%s: axe %s (%s): %s\n%s\n%s", b.Location(), finding.ID, finding.Impact, finding.Help, node.HTML, node.FailureSummary)
		}
	}
}

// AccessibilityTree is what a screen reader gets of the page: a line for each
// role and name, indented.
func (b *Browser) AccessibilityTree() string {
	b.t.Helper()
	result := call(b, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	nodes := make(map[accessibility.NodeID]*accessibility.Node, len(result.Nodes))
	for _, node := range result.Nodes {
		nodes[node.NodeID] = node
	}
	var tree strings.Builder
	if len(result.Nodes) > 0 {
		writeNode(&tree, nodes, result.Nodes[0], 0)
	}
	return tree.String()
}

// silentRoles are said with the element around them, or not at all.
var silentRoles = map[string]bool{"none": true, "generic": true, "InlineTextBox": true, "LineBreak": true}

// spokenProperties are the states a screen reader announces.
var spokenProperties = map[accessibility.PropertyName]bool{
	"level": true, "required": true, "invalid": true, "checked": true, "disabled": true, "expanded": true,
	"pressed": true, "selected": true, "live": true, "modal": true, "multiselectable": true, "readonly": true,
}

func writeNode(tree *strings.Builder, nodes map[accessibility.NodeID]*accessibility.Node, node *accessibility.Node, depth int) {
	role := plain(node.Role)
	if !node.Ignored && !silentRoles[role] && (role != "StaticText" || plain(node.Name) != "") {
		fmt.Fprintf(tree, "%s%s", strings.Repeat("  ", depth), role)
		if name := plain(node.Name); name != "" {
			fmt.Fprintf(tree, " %q", name)
		}
		if description := plain(node.Description); description != "" {
			fmt.Fprintf(tree, " described %q", description)
		}
		for _, property := range node.Properties {
			if value := plain(property.Value); spokenProperties[property.Name] && value != "false" && value != "off" {
				fmt.Fprintf(tree, " %s=%s", property.Name, value)
			}
		}
		tree.WriteByte('\n')
		depth++
		if role == "StaticText" {
			return // its pieces repeat it
		}
	}
	for _, id := range node.ChildIDs {
		if child := nodes[id]; child != nil {
			writeNode(tree, nodes, child, depth)
		}
	}
}

// plain is a value as text. Blanks are one blank and none at the ends: where
// they come from in the markup differs between versions of the browser.
func plain(value *accessibility.Value) string {
	if value == nil {
		return ""
	}
	var text string
	if err := json.Unmarshal(value.Value, &text); err != nil {
		text = string(value.Value) // a number or a truth value
	}
	return strings.Join(strings.Fields(text), " ")
}
