package enrollment

// Stage is how far somebody has come with what a period requires of them.
type Stage string

// The stages, in order. Somebody is at the last one that they have reached.
const (
	Already   Stage = "already"   // had the factor before it was required
	Untold    Stage = "untold"    // does not know yet
	ToldStage Stage = "told"      // was sent a mail
	Opened    Stage = "opened"    // saw the page to enroll on
	Begun     Stage = "begun"     // began to set up a factor
	Verified  Stage = "verified"  // has it
	SignedIn  Stage = "signed-in" // and has signed in since
	KeptOut   Stage = "disabled"  // has not done it and is let in nowhere, however far they came
)

// Stages lists all, in order; KeptOut, which is beside them, comes last.
func Stages() []Stage {
	return []Stage{Already, Untold, ToldStage, Opened, Begun, Verified, SignedIn, KeptOut}
}
