//go:build system

package authn_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// fault is a change of the source that makes it wrong.
type fault struct{ name, file, old, planted string }

// faults are planted in the source, one at a time; the tests must catch each.
var faults = []fault{
	{"the zero of everything allows", "authn.go", "Deny Outcome = iota\n\tAllow\n", "Allow Outcome = iota\n\tDeny\n"},
	{"a disabled person gets in", "decide.go", "case p.Disabled:\n\t\tj.applies", "case p.Disabled && j.Answering:\n\t\tj.applies"},
	{"a question of another person is answered", "decide.go", "c.Purpose != challenge.Decoy && (j.person() == nil || j.person().ID != c.Person):", "false:"},
	{"an expired question is answered", "decide.go", "case c.Status(j.now) != challenge.Pending:", "case false:"},
	{"a locked source's right password counts", "decide.go", "case j.Record.Standing.Passwords.Refused(j.Source.String(), j.now):", "case false:"},
	{"a right code counts behind the lock", "decide.go", "if codes.Locked(j.now) {", "if codes.Locked(j.now) && j.Evidence.Code.Finding != CodeRight {"},
	{"a used code is a right one", "decide.go", "case CodeRight:\n\t\tj.codeRight()", "case CodeRight, CodeReused:\n\t\tj.codeRight()"},
	{"the code is not burnt", "decide.go", "\tj.out.effects.burn = &ev\n", ""},
	{"a wrong code is not counted", "decide.go", "\tj.out.effects.codeFailed = true\n", ""},
	{"suspended factors are no factors", "decide.go", "\t\t\thas = suspendedFactor\n", "\t\t\thas = noFactor\n"},
	{"an expired period lets people pass", "decide_unenrolled.go", "j.turnAwayTelling(ReasonPeriodOver, MessageExpired)", "j.allow(ReasonInPeriod)"},
	{"another factor lets in after the end", "decide.go", "if j.owes.Stand == policy.StandExpired {", "if false {"},
	{"a bypass works twice", "decide.go", "\tj.out.effects.bypassed = b.Period\n", ""},
	{"a bypass forgives a wrong code", "decide.go", "if j.Evidence.Code.Finding == CodeAbsent && j.bypass() {", "if j.bypass() {"},
	{"a bypass opens what a period closed", "decide_unenrolled.go", "if verdict != policy.RefuseExpired && j.bypass() {", "if j.bypass() {"},
	{"pressing OK at a sign-in prompt goes on", "decide_unenrolled.go", "if j.Answering && j.Challenge.Purpose == challenge.SignIn {", "if false {"},
	{"postponing without being allowed to", "decide_unenrolled.go", "case mayPostpone && j.Answering && j.Evidence.Code.Finding == CodeAbsent:", "case j.Answering && j.Evidence.Code.Finding == CodeAbsent:"},
	{"going on in silence where a prompt could say what is open", "decide_unenrolled.go", "case j.Client.CanPrompt():\n\t\tj.askToGoOn()", "case false:\n\t\tj.askToGoOn()"},
	{"an answered question stays open", "outcome.go", "if j.Challenge != nil && j.out.Reason != ReasonStateForeign {", "if false {"},
	{"no limit to open questions", "outcome.go", "if open < challenge.MaxOpen {", "if open < 1000 {"},
	{"a stranger is refused where a person is asked", "decide.go", "case !j.Answering && !given:\n", "case !j.Answering && !given && j.person() != nil:\n"},
	{"allowed although the directory's state is stale", "decide_directory.go", "if d.Answer != DirectoryClear || !d.about(p) {", "if d.Answer == DirectoryRefuses {"},
	{"what a directory said of somebody else counts", "decide_directory.go", "if d.Answer != DirectoryClear || !d.about(p) {", "if d.Answer != DirectoryClear {"},
	{"a directory's silence is a refusal", "outcome.go", "\t\tj.undecided()\n", "\t\tj.deny(ReasonDirectorySilent)\n"},
	{"whom the directory keeps out is asked", "decide.go", "case j.Evidence.Password == PasswordRight && j.bars() != \"\":", "case false:"},
	{"a password that nobody could check is taken for right", "decide.go", "case j.Evidence.Password == PasswordUnchecked, !j.provenHere():", "case j.Evidence.Password == PasswordUnchecked:\n\t\treturn true\n\tcase !j.provenHere():"},
	{"a passkey that proves nothing lets in", "decide_passkey.go", "if ev.Finding != PasskeyRight {", "if ev.Finding == PasskeyAbsent {"},
	{"a passkey that proves one factor stands for both", "decide_passkey.go", "j.SignedIn != 0 || j.Evidence.Passkey.Finding != PasskeyRight ||", "j.SignedIn != 0 || j.Evidence.Passkey.Finding < PasskeyAlone ||"},
	{"a passkey stands for name and password anywhere", "decide_passkey.go", "if !j.Client.Browser || j.Answering", "if j.Answering"},
	{"a passkey answers where there is no browser", "decide.go", "if j.Client.Browser && j.Evidence.Passkey.Finding != PasskeyAbsent {", "if j.Evidence.Passkey.Finding != PasskeyAbsent {"},
	{"a passkey is a factor to ask for at every door", "decide.go", "return k != factor.Passkey || c.Browser", "return true"},
	{"whoever has a passkey enrolls by password elsewhere", "decide.go", "\t\t\thas = factorElsewhere\n", "\t\t\thas = noFactor\n"},
	{"the passkey is not used up", "decide_passkey.go", "Step: ev.Step, Left: ev.Sealed}", "Left: ev.Sealed}"},
	{"a wrong code goes on in a period", "decide_passkey.go", "case j.Evidence.Code.Finding != CodeAbsent:", "case false:"},
	{"a role needs no second step at the portal", "decide_unenrolled.go", "return c.ModeFor(p.EffectiveRole() != directory.NoRole)", "return c.ModeFor(false && p.EffectiveRole() != directory.NoRole)"},
	{"what is required of somebody does not count at the portal", "administrators.go", "\treturn p, false\n", "\tif c.Unenrolled == policy.UnenrolledRequired {\n\t\treturn policy.Position{Stand: policy.StandNone}, false\n\t}\n\treturn p, false\n"},
	{"the end of a period locks out nobody with a role", "administrators.go", "r.Person.EffectiveRole() == directory.Administrator", "r.Person.EffectiveRole() != directory.NoRole"},
	{"the last administrator is locked in at every door", "administrators.go", "if only && c.Browser && mayBeOnly", "if only && mayBeOnly"},
	{"a door shows the way to a page that refuses", "decide_unenrolled.go", "case j.timeOver():\n\t\tj.periodOver()", "case false:\n\t\tj.periodOver()"},
	{"a door mails the way to a page that refuses", "decide_unenrolled.go", "if j.Client.FirstFactor == policy.FirstNone && !j.timeOver() {", "if j.Client.FirstFactor == policy.FirstNone {"},
	{"a hint leads to a page that refuses", "decide_passkey.go", "if j.timeOver() {\n\t\tj.periodOver()", "if false {\n\t\tj.periodOver()"},
	{"a waiting prompt shows a way that is closed", "decide_unenrolled.go", "j.stillWaiting(may == enrollment.May || j.Client.Browser, mayPostpone)", "j.stillWaiting(true, mayPostpone)"},
	{"what the last administrator may do is kept from them", "administrators.go", "by.Stand == policy.StandExpired && (!only || !mayBeOnly(r, now))", "by.Stand == policy.StandExpired"},
	{"whoever comes to enroll is let in", "decide_unenrolled.go", "return j.Client.Browser && !j.Answering && (", "return false && ("},
	{"who is in a directory is told about it by any password", "decide_directory.go", "j.checksPassword() && j.Evidence.Password == PasswordRight &&", "j.checksPassword() &&"},
	{"a refusal speaks the person's language", "outcome.go", "\t\tj.out.Language = \"\"\n", ""},
}

// TestPlantedFaultsAreCaught builds the package once with all faults in it and
// plants one in each run of that program.
func TestPlantedFaultsAreCaught(t *testing.T) {
	folder := t.TempDir()
	bed := weave(t)
	program := bed.build(t, filepath.Join(folder, "all"))
	if out, err := run(t, program, 0, 1000); err != nil {
		t.Fatalf("something is caught where nothing is planted: %v\n%s", err, out)
	}
	for i, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			program := program
			if slices.Contains(bed.alone, i) {
				program = f.bed(t).build(t, filepath.Join(folder, strconv.Itoa(i)))
			}
			out, err := run(t, program, i+1, 1000) // most show at once
			if err == nil {
				out, err = run(t, program, i+1, 60000)
			}
			switch {
			case err == nil:
				t.Errorf("nobody noticed:\n%s", out)
			case !strings.Contains(string(out), "--- FAIL"):
				t.Errorf("it did not run: %v\n%s", err, out)
			}
		})
	}
}

// run runs the tests that hold the decisions, with one of the faults; 0 is none.
func run(t *testing.T, program string, planted, draws int) ([]byte, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, "-test.failfast", "-test.run", "^(TestNoAllow|TestRefusals|TestTheZero|TestAWrongCode|TestNobodyIsSent)",
		"-rapid.checks="+strconv.Itoa(draws), "-rapid.nofailfile", "-rapid.shrinktime=0s")
	cmd.Env = append(os.Environ(), plantedVariable+"="+strconv.Itoa(planted))
	return cmd.CombinedOutput()
}
