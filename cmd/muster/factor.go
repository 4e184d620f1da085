package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
)

type enrollLink struct {
	personArgument
	becauseFlag
	identityFlag
	Lifetime time.Duration `default:"24h" placeholder:"DURATION" help:"How long the link can be used."`
	Mail     bool          `help:"Also mail it to the person."`
}

func (c *enrollLink) examples() string {
	return "enroll link alice\nenroll link alice --lifetime 72h --mail\nenroll link alice --json"
}

// linkJSON is a link with what opens it, shown this once.
type linkJSON struct {
	URL       string    `json:"url"`
	Code      string    `json:"code"`
	ExpiresAt time.Time `json:"expires_at"`
}

func printLink(env *Env, l operator.Link) error {
	shown := linkJSON{l.URL.Reveal(), l.Code.Reveal(), l.ExpiresAt.UTC()}
	return printFields(env.Out, env.JSON, shown, []field{
		{"open", shown.URL},
		{"or type", shown.Code},
		{"until", env.zoned(l.ExpiresAt)},
	})
}

// Run implements stateful.
func (c *enrollLink) Run(ctx context.Context, env *Env) error {
	link, err := env.Operator.EnrollLink(ctx, env.Actor, c.Name, operator.LinkOptions{
		Lifetime: c.Lifetime, Mail: c.Mail, Why: operator.Why{Reason: c.Reason, Identity: c.IdentityChecked},
	})
	if err != nil {
		return err
	}
	return printLink(env, link)
}

type factorList struct{ personArgument }

func (c *factorList) examples() string { return "factor list alice" }

// Run implements stateful.
func (c *factorList) Run(ctx context.Context, env *Env) error {
	factors, err := env.Operator.Factors(ctx, env.Actor, c.Name)
	if err != nil {
		return err
	}
	return printList(env.Out, env.JSON, factorsForJSON(factors), "no factors", factorColumns(env))
}

type factorRemove struct {
	personArgument
	ID string `arg:"" name:"id" help:"The factor, as factor list shows it."`
	becauseFlag
	identityFlag
}

func (c *factorRemove) examples() string {
	return "factor remove alice 00qs9k0m2x4t7 --reason \"phone sold\""
}

// Run implements stateful.
func (c *factorRemove) Run(ctx context.Context, env *Env) error {
	which, err := id.Parse(c.ID)
	if err != nil {
		return problem.Wrap(problem.Invalid, err, "that is not the id of a factor").
			WithHint("muster factor list %s shows them", c.Name)
	}
	err = env.mindingAdministrators(ctx, func() error {
		return env.Operator.RemoveFactor(ctx, env.Actor, c.Name, which, operator.Why{Reason: c.Reason, Identity: c.IdentityChecked})
	})
	if err != nil {
		return err
	}
	return env.done("removed")
}

type factorEnroll struct {
	personArgument
	Kind string `arg:"" enum:"totp" help:"The kind of factor: totp."`
}

func (c *factorEnroll) examples() string {
	return "factor enroll alice totp  # then: factor confirm alice --code 123456"
}

// Run implements stateful.
func (c *factorEnroll) Run(ctx context.Context, env *Env) error {
	key, err := env.Operator.EnrollTOTP(ctx, env.Actor, c.Name)
	if err != nil {
		return err
	}
	shown := struct {
		Secret     string `json:"secret"`
		OtpauthURL string `json:"otpauth_url"`
	}{strings.ReplaceAll(key.Secret.Reveal(), " ", ""), key.URL.Reveal()}
	if err := printFields(env.Out, env.JSON, shown, []field{{"secret", key.Secret.Reveal()}, {"url", shown.OtpauthURL}}); err != nil {
		return err
	}
	if !env.JSON {
		fmt.Fprintf(env.Out, "\nIt counts once a code of it is confirmed:\n  muster factor confirm %s --code CODE\n", c.Name)
	}
	return nil
}

type factorConfirm struct {
	personArgument
	Code secretText `required:"" placeholder:"CODE" help:"The code that the authenticator shows now."`
}

func (c *factorConfirm) examples() string { return "factor confirm alice --code 123456" }

// Run implements stateful.
func (c *factorConfirm) Run(ctx context.Context, env *Env) error {
	codes, err := env.Operator.ConfirmTOTP(ctx, env.Actor, c.Name, c.Code.Text)
	if err != nil {
		return err
	}
	return printRecovery(env, codes, c.Name+" is enrolled")
}

type factorRecovery struct {
	personArgument
	becauseFlag
}

func (c *factorRecovery) examples() string { return "factor recovery alice" }

// Run implements stateful.
func (c *factorRecovery) Run(ctx context.Context, env *Env) error {
	codes, err := env.Operator.RegenerateRecovery(ctx, env.Actor, c.Name, c.Reason)
	if err != nil {
		return err
	}
	return printRecovery(env, codes, "the old recovery codes have ended")
}

// printRecovery shows recovery codes this once, if there are any.
func printRecovery(env *Env, codes []secret.Text, done string) error {
	revealed := []string{}
	for _, c := range codes {
		revealed = append(revealed, c.Reveal())
	}
	if env.JSON {
		return printJSON(env.Out, struct {
			RecoveryCodes []string `json:"recovery_codes"`
		}{revealed})
	}
	if err := env.done(done); err != nil || len(revealed) == 0 {
		return err
	}
	fmt.Fprintln(env.Out, "\nRecovery codes, each for one sign-in without the authenticator:")
	for _, c := range revealed {
		fmt.Fprintln(env.Out, "  "+c)
	}
	return nil
}
