package console

import (
	"net/url"
	"strings"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/text"
	"example.com/muster/internal/web"
)

// The families of words for stable names: "console.reason.code-wrong".
const (
	wordsReason  text.Key = "console.reason."  // authn.Reason
	wordsRule    text.Key = "console.rule."    // authn.Rule
	wordsOutcome text.Key = "console.outcome." // authn.Outcome
	wordsStatus  text.Key = "console.status."  // enrollment.Status, with hyphens
	wordsKind    text.Key = "console.kind."    // factor.Kind
	wordsMethod  text.Key = "console.method."  // factor.Method
	wordsRole    text.Key = "console.role."    // directory.Role
	wordsAction  text.Key = "console.action."  // audit.Change.Action
	wordsVia     text.Key = "console.via."     // audit.Actor.Via
	wordsMail    text.Key = "console.mail."    // notify.Kind

	wordsMailProblem  text.Key = "console.mail-problem."         // notify.ProblemName
	wordsState        text.Key = "console.state."                // notify.State
	wordsTrouble      text.Key = "console.trouble."              // radius.Trouble
	wordsWarning      text.Key = "console.warning."              // operator.Warning
	wordsRefusal      text.Key = "console.refusal."              // operator.Refusal
	wordsMistake      text.Key = "console.mistake."              // notify.Fault
	wordsInstructions text.Key = "console.instructions.mistake." // instructions.Fault
	wordsSetting      text.Key = "console.setting."              // the settings of a client
	wordsDoor         text.Key = "console.door."                 // authn's doors
	wordsDoing        text.Key = "console.do."                   // what is done to people
	wordsOrigin       text.Key = "console.origin."               // enrollment.Origin
	wordsSince        text.Key = "console.since."                // how far back
	wordsResult       text.Key = "console.result."               // audit.Result
	wordsOnly         text.Key = "console.only."                 // filters of people
	wordsWanted       text.Key = "console.wanted."               // policy.Wanted

	wordsOut       text.Key = "console.out."        // directory.Barred, of people kept out
	wordsBarred    text.Key = "console.barred."     // directory.Barred
	wordsPreset    text.Key = "console.preset."     // directory.Preset
	wordsProbe     text.Key = "console.probe-step." // operator.DirectoryStep.Name
	wordsAttribute text.Key = "console.attribute."  // directory.AttributeNames
	wordsJob       text.Key = "console.job."        // jobs.Job.Name
	wordsRunState  text.Key = "console.run-state."  // roster.RunState
	wordsNode      text.Key = "console.node."       // operator.NodeKind
	wordsTrial     text.Key = "console.trial."      // operator.TrialWord
	wordsTrialStep text.Key = "console.trial-step." // operator.TrialStepName
	wordsTrialMark text.Key = "console.trial-mark." // operator.TrialMark
)

// word says a stable name in the reader's language. One that the catalogue
// does not know, written by a newer version perhaps, is shown as it is.
func (v *visit) word(family text.Key, name string) string {
	if name == "" {
		return ""
	}
	if key := keyIn(family, name); v.Text.Has(key) {
		return v.Text.T(key)
	}
	return name
}

// RuleWords says a rule of a trace in the reader's language; one that the
// catalogue does not know as it is.
func RuleWords(p *text.Printer, name authn.Rule) string {
	key := keyIn(wordsRule, string(name))
	if p.Has(key) {
		return p.T(key)
	}
	stand, wanted, place, ok := name.Requirement()
	key = wordsRule + text.Key("requirement."+stand)
	if !ok || !p.Has(key) {
		return string(name)
	}
	if place == "" {
		place = p.T("console.rule.everywhere")
	}
	return p.T(key, "Wanted", p.T(keyIn(wordsWanted, string(wanted))), "Place", place)
}

// trace is the rules of a decision, in words.
func (v *visit) trace(names []authn.Rule) []rule {
	list := make([]rule, len(names))
	for i, name := range names {
		list[i] = rule{string(name), RuleWords(v.Text, name)}
	}
	return list
}

func keyIn(family text.Key, name string) text.Key {
	return family + text.Key(strings.ReplaceAll(name, " ", "-"))
}

// fieldOf says which field of a form a refusal is about; a refusal that is not
// here is about the form as a whole.
var fieldOf = map[operator.Refusal]string{
	operator.RefusedName: "username", operator.RefusedDomain: "username", operator.RefusedNameTaken: "username",
	operator.RefusedDisplayName: "display_name", operator.RefusedEmail: "email", operator.RefusedPhone: "phone",
	operator.RefusedLanguage: "language", operator.RefusedTimeZone: "time_zone", operator.RefusedGroups: "groups",
	operator.RefusedReason: "reason", operator.RefusedNoReason: "reason", operator.RefusedIdentity: "identity", operator.RefusedNoIdentity: "identity", operator.RefusedLifetime: "lifetime",
	operator.RefusedPassword: "password", operator.RefusedShortPassword: "password", operator.RefusedPlainPassword: "password",
	operator.RefusedTOTPSecret: "totp_secret", operator.RefusedInstructions: "source",
	operator.RefusedClientName: "name", operator.RefusedClientTaken: "name", operator.RefusedClientAddress: "address", operator.RefusedAddressTaken: "address",
	operator.RefusedClientSecret: "secret", operator.RefusedClientMode: "unenrolled", operator.RefusedStarting: "name",
	operator.RefusedDirectoryName: "name", operator.RefusedDirectoryTaken: "name", operator.RefusedDirectoryPreset: "preset",
	operator.RefusedDirectoryServer: "servers", operator.RefusedClearText: "servers", operator.RefusedDirectoryBase: "base",
	operator.RefusedDirectoryAccount: "bind_dn", operator.RefusedDirectoryPassword: "password", operator.RefusedPasswordAgain: "password",
	operator.RefusedDirectoryCA: "ca", operator.RefusedDirectoryDomain: "domains", operator.RefusedDomainTaken: "domains",
	operator.RefusedDirectoryRegion: "region", operator.RefusedAttribute: "attribute_username",
	operator.RefusedItemName: "name", operator.RefusedItemTaken: "name", operator.RefusedItemBase: "base",
	operator.RefusedItemGroup: "group", operator.RefusedItemFilter: "filter", operator.RefusedItemInterval: "interval",
	operator.RefusedItemGuard: "guard", operator.RefusedItemGrace: "grace", operator.RefusedItemPeriod: "period", operator.RefusedItemMethod: "method",
}

// refused puts a refusal of the operator's into the form that caused it. It
// returns err where a form is no help: the database is away, say.
func refused(form *web.Form, err error) error {
	refusal := operator.RefusalOf(err)
	if refusal == "" || problem.KindOf(err) == problem.Unavailable || problem.KindOf(err) == problem.Internal {
		return err
	}
	if _, says, ok := mistakeIn(err); ok {
		form.Reject(fieldOf[refusal], says.Key, says.Args)
		return nil
	}
	if says, ok := instructionsMistakeIn(err); ok {
		form.Reject(fieldOf[refusal], says.Key, says.Args)
		return nil
	}
	form.Reject(fieldOf[refusal], wordsRefusal+text.Key(refusal), nil)
	return nil
}

func userPath(reference string) string {
	return "/console/user?" + url.Values{"name": {reference}}.Encode()
}

func clientPath(name string) string {
	return "/console/client?" + url.Values{"name": {name}}.Encode()
}
