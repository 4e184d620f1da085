package operator

import (
	"errors"

	"example.com/muster/internal/problem"
)

// Refusal is the stable name of a refusal that a page has words of its own
// for. It is the private cause of the problem whose public face says the same
// in English.
type Refusal string

// Error implements error.
func (r Refusal) Error() string { return string(r) }

// The refusals.
const (
	RefusedRole              Refusal = "role"   // the actor's does not allow it
	RefusedSelf              Refusal = "self"   // nobody does this for themselves
	RefusedHigher            Refusal = "higher" // the person has a role
	RefusedLastAdministrator Refusal = "last-administrator"
	RefusedNoneHasIt         Refusal = "no-administrator-has-it" // what is to be required of one who administers
	RefusedChangedMeanwhile  Refusal = "changed-meanwhile"
	RefusedGone              Refusal = "gone"
	RefusedNameTaken         Refusal = "name-taken"
	RefusedAddressTaken      Refusal = "address-taken"
	RefusedInUse             Refusal = "in-use"

	RefusedName        Refusal = "name" // of a person
	RefusedDomain      Refusal = "domain"
	RefusedAmbiguous   Refusal = "ambiguous-name"
	RefusedDisplayName Refusal = "display-name"
	RefusedEmail       Refusal = "email"
	RefusedPhone       Refusal = "phone"
	RefusedLanguage    Refusal = "language"
	RefusedTimeZone    Refusal = "time-zone"
	RefusedGroups      Refusal = "groups"
	RefusedTold        Refusal = "told-by-directory"
	RefusedReason      Refusal = "reason"
	RefusedNoReason    Refusal = "no-reason"
	RefusedIdentity    Refusal = "identity"    // how it was checked is no line of text
	RefusedNoIdentity  Refusal = "no-identity" // nothing says how it was checked
	// RefusedAskedForHelp: among many, somebody who asks for help.
	RefusedAskedForHelp Refusal = "asked-for-help"

	RefusedPassword       Refusal = "password" // too long, or no text
	RefusedShortPassword  Refusal = "password-short"
	RefusedPlainPassword  Refusal = "password-plain" // the name, or one character over and over
	RefusedTOTPSecret     Refusal = "totp-secret"
	RefusedDisabled       Refusal = "disabled"
	RefusedHasFactor      Refusal = "has-factor"
	RefusedNoFactor       Refusal = "no-factor"
	RefusedNoEmail        Refusal = "no-email"
	RefusedLifetime       Refusal = "lifetime"
	RefusedWrongCode      Refusal = "wrong-code"
	RefusedNothingPending Refusal = "nothing-pending"
	RefusedNotThatRole    Refusal = "not-that-role"
	RefusedNeedsReset     Refusal = "needs-reset"
	RefusedFromDirectory  Refusal = "from-directory"   // only for local people
	RefusedNobody         Refusal = "nobody"           // nobody is chosen
	RefusedLength         Refusal = "length"           // of a period
	RefusedPast           Refusal = "past"             // an end that has passed
	RefusedTimeOver       Refusal = "time-over"        // their period is over: a way to enroll would lead nowhere
	RefusedPlace          Refusal = "place"            // no such protected client, or none that it could be for
	RefusedWanted         Refusal = "wanted"           // no such kind of factor
	RefusedNoPasskeys     Refusal = "no-passkeys"      // browsers make none at the address of our pages
	RefusedAlready        Refusal = "already-required" // the same is required of the person already
	RefusedNoRequirement  Refusal = "no-requirement"   // there is nothing that could be changed
	RefusedNotUndone      Refusal = "not-undone"       // nothing can be undone

	RefusedClientName    Refusal = "client-name"
	RefusedClientTaken   Refusal = "client-name-taken"
	RefusedClientAddress Refusal = "client-address"
	RefusedClientSecret  Refusal = "client-secret"
	RefusedClientMode    Refusal = "client-mode"    // the modes contradict each other
	RefusedStillRequired Refusal = "still-required" // something counts only at the client
	RefusedStarting      Refusal = "starting"       // a period that counts only there is being started
	RefusedMailKind      Refusal = "mail-kind"      // there is none
	RefusedTemplate      Refusal = "template"       // something is wrong with it; the problem says what
	RefusedInstructions  Refusal = "instructions"   // something is wrong with them; the problem says what
	RefusedSpent         Refusal = "spent"          // the mail held a secret that is gone
	RefusedOver          Refusal = "over"           // what the mail offered is

	RefusedNotYet Refusal = "not-yet" // saved, not in effect

	RefusedDirectoryName     Refusal = "directory-name"
	RefusedDirectoryTaken    Refusal = "directory-taken" // another one has the name
	RefusedDirectoryPreset   Refusal = "directory-preset"
	RefusedDirectoryServer   Refusal = "directory-server"     // none, or none that could be asked
	RefusedClearText         Refusal = "directory-clear-text" // passwords would travel unprotected
	RefusedDirectoryBase     Refusal = "directory-base"
	RefusedDirectoryAccount  Refusal = "directory-account"
	RefusedDirectoryPassword Refusal = "directory-password"       // of the account: there is none
	RefusedPasswordAgain     Refusal = "directory-password-again" // it would be sent somewhere else than before
	RefusedDirectoryCA       Refusal = "directory-ca"
	RefusedDirectoryDomain   Refusal = "directory-domain"
	RefusedDomainTaken       Refusal = "directory-domain-taken"
	RefusedDirectoryRegion   Refusal = "directory-region"
	RefusedAttribute         Refusal = "directory-attribute"
	RefusedSilent            Refusal = "directory-silent" // it does not say what it was asked
	RefusedItemName          Refusal = "item-name"
	RefusedItemTaken         Refusal = "item-taken" // another one has the name
	RefusedItemBase          Refusal = "item-base"
	RefusedItemGroup         Refusal = "item-group"
	RefusedItemFilter        Refusal = "item-filter"
	RefusedItemInterval      Refusal = "item-interval"
	RefusedItemGuard         Refusal = "item-guard"
	RefusedItemGrace         Refusal = "item-grace"
	RefusedItemPeriod        Refusal = "item-period"
	RefusedItemMethod        Refusal = "item-method"
	RefusedNotWaiting        Refusal = "not-waiting"
)

// Refusals lists them.
func Refusals() []Refusal {
	return []Refusal{
		RefusedRole, RefusedSelf, RefusedHigher, RefusedLastAdministrator, RefusedNoneHasIt, RefusedChangedMeanwhile, RefusedGone,
		RefusedNameTaken, RefusedAddressTaken, RefusedInUse,
		RefusedName, RefusedDomain, RefusedAmbiguous, RefusedDisplayName, RefusedEmail, RefusedPhone, RefusedLanguage, RefusedTimeZone, RefusedGroups, RefusedTold,
		RefusedReason, RefusedNoReason, RefusedIdentity, RefusedNoIdentity, RefusedAskedForHelp,
		RefusedPassword, RefusedShortPassword, RefusedPlainPassword, RefusedTOTPSecret, RefusedDisabled,
		RefusedHasFactor, RefusedNoFactor, RefusedNoEmail, RefusedLifetime, RefusedWrongCode, RefusedNothingPending,
		RefusedNotThatRole, RefusedNeedsReset, RefusedFromDirectory, RefusedNobody, RefusedLength, RefusedPast, RefusedTimeOver, RefusedPlace, RefusedWanted, RefusedNoPasskeys,
		RefusedAlready, RefusedNoRequirement, RefusedNotUndone,
		RefusedClientName, RefusedClientTaken, RefusedClientAddress, RefusedClientSecret, RefusedClientMode,
		RefusedStillRequired, RefusedStarting,
		RefusedMailKind, RefusedTemplate, RefusedInstructions, RefusedSpent, RefusedOver, RefusedNotYet,
		RefusedDirectoryName, RefusedDirectoryTaken, RefusedDirectoryPreset, RefusedDirectoryServer, RefusedClearText,
		RefusedDirectoryBase, RefusedDirectoryAccount, RefusedDirectoryPassword, RefusedPasswordAgain, RefusedDirectoryCA,
		RefusedDirectoryDomain, RefusedDomainTaken, RefusedDirectoryRegion, RefusedAttribute, RefusedSilent,
		RefusedItemName, RefusedItemTaken, RefusedItemBase, RefusedItemGroup, RefusedItemFilter, RefusedItemInterval,
		RefusedItemGuard, RefusedItemGrace, RefusedItemPeriod, RefusedItemMethod, RefusedNotWaiting,
	}
}

// RefusalOf returns the refusal in err's chain; "" if it is none of ours.
func RefusalOf(err error) Refusal {
	r, _ := errors.AsType[Refusal](err)
	return r
}

// refuse makes a problem with a refusal as its cause.
func refuse(r Refusal, kind problem.Kind, format string, args ...any) *problem.Error {
	return problem.Wrap(kind, r, format, args...)
}
