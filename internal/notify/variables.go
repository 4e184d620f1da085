package notify

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// variables are what the entries of a message are called in templates. The
// entries that make up the link are not there: a template has its button.
var variables = map[string]string{
	"at": "When", "by": "By", "client": "Client", "address": "Address", "until": "Until", "length": "Length",
	"factor": "Factor", "user": "About", "label": "Authenticator", "state": "State", "new": "New", "since": "Since",
	"code": "Code", "phone": "Phone", "directory": "Directory", "account": "Account", "said": "Said",
	"required": "Required", "enrolled": "Enrolled", "enrolled-now": "EnrolledNow", "in-period": "InPeriod",
	"pending": "Pending", "expired": "Expired", "exempt": "Exempt", "help": "HelpRequests", "mails": "Mails",
	"owed": "Owed", "due": "Due",
}

// timeVariable finds a variable that tells a time, to be read in a zone.
var timeVariable = regexp.MustCompile(`\.(?:When|Until|Since|Due)\b`)

// switches are the entries that a kind has different words with and without.
var switches = map[Kind]string{
	Configured: "phone", EnrollLink: "client", FactorAdded: "until", PeriodStarted: "length", HelpAsked: "new",
	Exempted: "owed",
}

// everywhere are the variables that every kind has. Whom to ask for help may
// not be configured, and instructions may not be published.
var everywhere = []string{"Brand", "Guide", "Help", "Instructions", "Name", "Portal", "User"}

// Variables lists what a template for a kind may use, in the order of the
// alphabet.
func Variables(kind Kind) []string {
	names := slices.Clone(everywhere)
	for _, entry := range entriesOf(kind) {
		if v := variables[entry]; v != "" {
			names = append(names, v)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// entriesOf returns the entries that messages of a kind may have.
func entriesOf(kind Kind) []string {
	all := map[string]bool{}
	for _, s := range Samples(time.Time{}, "") {
		if s.Message.Kind != kind {
			continue
		}
		for entry := range s.Message.Data {
			all[entry] = true
		}
		if s.Phone != "" {
			all["phone"] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// values returns what the variables are for the message at hand, as they are
// said; empty for what it does not have.
func (w *writer) values() map[string]string {
	v := map[string]string{
		"Brand": oneLine(w.Brand), "Help": oneLine(w.Help), "Name": oneLine(w.to.Name()), "User": oneLine(w.to.Username), "Portal": w.PublicURL,
		"Guide": w.page(guidePath), "Instructions": w.instructions(),
	}
	for _, entry := range entriesOf(w.message.Kind) {
		if name := variables[entry]; name != "" {
			v[name] = w.said(entry)
		}
	}
	return v
}

// said says one entry.
func (w *writer) said(entry string) string {
	switch {
	case entry == "phone":
		return w.phone()
	case entry == "factor":
		return w.factor()
	case w.value(entry) == "":
		return ""
	case slices.Contains([]string{"at", "until", "since", "due"}, entry):
		return w.moment(entry)
	case entry == "length":
		return w.length()
	case entry == "by":
		return w.whoever(w.value(entry))
	case entry == "state":
		return w.stood()
	case slices.Contains(counted, entry):
		return w.count(entry)
	}
	return w.value(entry)
}

// dotted is a variable as a template has it.
func dotted(entry string) string { return "{{." + variables[entry] + "}}" }

// listed is how variables are named to a person.
func listed(names []string) string { return "." + strings.Join(names, ", .") }
