package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"example.com/muster/internal/door/radius/wire"
	"example.com/muster/internal/problem"
	"example.com/muster/internal/secret"
)

type radiusTest struct {
	Server                 string        `required:"" placeholder:"ADDR" help:"The server: host or host:port (default port 1812)."`
	SecretFile             secretFile    `required:"" placeholder:"FILE" help:"File with the shared secret."`
	User                   string        `required:"" placeholder:"NAME" help:"The user name."`
	PasswordFile           secretFile    `placeholder:"FILE" help:"File with the password."`
	Code                   secretText    `placeholder:"CODE" help:"The code: behind the password and a comma, in one field; alone where there is no password, or with --state."`
	State                  string        `placeholder:"STATE" help:"The state of the challenge that this answers."`
	CallingStationID       string        `name:"calling-station-id" placeholder:"ID" help:"Where the person sits, as the device would say."`
	Attribute              []string      `sep:"none" placeholder:"NAME=VALUE" help:"Another attribute; may be repeated."`
	NoMessageAuthenticator bool          `help:"Send no Message-Authenticator, and accept answers without one."`
	Timeout                time.Duration `default:"9s" placeholder:"DURATION" help:"How long to wait for each answer."`
}

func (c *radiusTest) examples() string {
	return `radius test --server localhost --secret-file vpn.secret --user alice --password-file alice.password
radius test --server 192.0.2.10:1812 --secret-file vpn.secret --user alice --state K7Q… --code 123456
radius test --server localhost --secret-file vpn.secret --user alice --code 123456  # the device checks passwords itself
radius test --server localhost --secret-file vpn.secret --user alice --attribute NAS-Port-Type=Virtual --json`
}

// radiusAnswer is what came back, and the JSON of radius test.
type radiusAnswer struct {
	Result       string            `json:"result"` // accept, reject, challenge, no-answer, forged-answer
	ReplyMessage string            `json:"reply_message"`
	State        string            `json:"state"`
	Attributes   []radiusAttribute `json:"attributes"`

	code int
	hint string
}

type radiusAttribute struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// retransmitEvery is how often the same datagram is sent again, as a device
// does that has heard nothing.
const retransmitEvery = 3 * time.Second

// runHere asks, and where a person is at the terminal and the server asks
// back, goes on asking until the sign-in has ended.
func (c *radiusTest) runHere(ctx context.Context, in invocation) error {
	err := c.converse(ctx, in)
	if _, ok := errors.AsType[exit](err); ok || err == nil {
		return err
	}
	result := resultOf(err)
	if result.Code != exitInterrupted {
		result.Code = exitNotTested
	}
	return failure{result}
}

func (c *radiusTest) converse(ctx context.Context, in invocation) error {
	person, _ := in.terminal.in.(*os.File)
	asks := person != nil && in.terminal.inIsPerson && in.terminal.outIsPerson && !in.json
	password := c.password()
	if password.Empty() && asks {
		fmt.Fprint(in.terminal.out, "Password: ")
		line, err := askHidden(ctx, person)
		if err != nil {
			return err
		}
		fmt.Fprintln(in.terminal.out)
		password = secret.New(line)
	}
	for state := c.State; ; {
		answer, err := c.ask(ctx, password, state)
		if err != nil {
			return err
		}
		if err := answer.print(in); err != nil {
			return err
		}
		if answer.code != exitChallenge || !asks {
			if answer.code != exitOK {
				return exit(answer.code)
			}
			return nil
		}
		state = answer.State
		fmt.Fprint(in.terminal.out, "Answer: ")
		line, err := ask(ctx, person)
		if err != nil {
			fmt.Fprintln(in.terminal.out)
			return exit(exitChallenge) // left open
		}
		password = secret.New(line)
	}
}

// password is what goes into User-Password first.
func (c *radiusTest) password() secret.Text {
	switch {
	case c.Code.Empty():
		return c.PasswordFile.Text
	case c.PasswordFile.Empty() || c.State != "":
		return c.Code.Text
	default:
		return secret.New(c.PasswordFile.Reveal() + "," + c.Code.Reveal())
	}
}

func (c *radiusTest) ask(ctx context.Context, password secret.Text, state string) (radiusAnswer, error) {
	key := wire.NewKey(c.SecretFile.Text)
	request, err := c.request(key, password, state)
	if err != nil {
		return radiusAnswer{}, err
	}
	conn, err := c.dial(ctx)
	if err != nil {
		return radiusAnswer{}, err
	}
	defer conn.Close()
	tries := max(1, int(c.Timeout/retransmitEvery))
	reply, err := wire.Exchange(ctx, conn, key, request, wire.Retry{
		Every:                       c.Timeout / time.Duration(tries),
		Tries:                       tries,
		RequireMessageAuthenticator: !c.NoMessageAuthenticator,
	})
	switch {
	case err == nil:
		return answerOf(reply), nil
	case errors.Is(err, wire.ErrForged):
		return radiusAnswer{
			Result: "forged-answer", Attributes: []radiusAttribute{}, code: exitNoAnswer,
			hint: "somebody answered who does not know this secret; compare it on both sides",
		}, nil
	case errors.Is(err, wire.ErrNoReply):
		return radiusAnswer{
			Result: "no-answer", Attributes: []radiusAttribute{}, code: exitNoAnswer,
			hint: "a server drops what comes from an unknown address or with a wrong secret, and the network may drop the rest",
		}, nil
	case ctx.Err() != nil:
		return radiusAnswer{}, context.Canceled
	default:
		return radiusAnswer{}, problem.Wrap(problem.Unavailable, err, "%s cannot be asked", c.Server)
	}
}

func (c *radiusTest) dial(ctx context.Context) (net.Conn, error) {
	address := c.Server
	if _, _, err := net.SplitHostPort(address); err != nil {
		address = net.JoinHostPort(strings.Trim(address, "[]"), "1812")
	}
	conn, err := new(net.Dialer).DialContext(ctx, "udp", address)
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, err, "%s is not an address that can be reached", c.Server)
	}
	return conn, nil
}

// request builds an Access-Request (RFC 2865 section 4.1), which must say
// where it comes from: NAS-Identifier, unless another is given.
func (c *radiusTest) request(key *wire.Key, password secret.Text, state string) (wire.Packet, error) {
	begin := wire.BeginRequest
	if c.NoMessageAuthenticator {
		begin = wire.BeginUnsignedRequest
	}
	b := begin(nil, wire.AccessRequest, byte(rand.Uint32()), wire.NewAuthenticator())
	b.AddText(wire.UserName, c.User)
	b.AddPassword(key, password)
	if state != "" {
		value, err := stateOctets(state)
		if err != nil {
			return wire.Packet{}, err
		}
		b.Add(wire.State, value)
	}
	if c.CallingStationID != "" {
		b.AddText(wire.CallingStationID, c.CallingStationID)
	}
	identified := false
	for _, text := range c.Attribute {
		a, err := wire.ParseAttribute(text)
		if err != nil {
			return wire.Packet{}, problem.Wrap(problem.Invalid, err, "--attribute: %s", err)
		}
		identified = identified || a.Type == wire.NASIdentifier || a.Type == wire.NASIPAddress
		b.Add(a.Type, a.Value)
	}
	if !identified {
		b.AddText(wire.NASIdentifier, "muster-radius-test")
	}
	datagram, err := b.Seal(key)
	if err != nil {
		return wire.Packet{}, problem.Wrap(problem.Invalid, err, "the request is too long for RADIUS").
			WithHint("a password has at most 128 bytes, an attribute 253")
	}
	return wire.Parse(datagram)
}

func answerOf(reply wire.Packet) radiusAnswer {
	a := radiusAnswer{Attributes: []radiusAttribute{}}
	switch reply.Code() {
	case wire.AccessAccept:
		a.Result, a.code = "accept", exitAccept
	case wire.AccessChallenge:
		a.Result, a.code = "challenge", exitChallenge
	default:
		a.Result, a.code = "reject", exitReject
	}
	for part := range reply.Values(wire.ReplyMessage) {
		a.ReplyMessage += string(part)
	}
	if state, ok := reply.Lookup(wire.State); ok {
		a.State = stateText(state)
	}
	for _, n := range reply.Named() {
		a.Attributes = append(a.Attributes, radiusAttribute(n))
	}
	return a
}

// A state is any octets; ours are letters and digits. One that cannot be
// typed is written as 0x and hexadecimal digits.
func stateText(state []byte) string {
	s := string(state)
	if utf8.ValidString(s) && !strings.HasPrefix(s, "0x") &&
		strings.IndexFunc(s, func(r rune) bool { return !unicode.IsGraphic(r) || r == ' ' }) < 0 {
		return s
	}
	return "0x" + hex.EncodeToString(state)
}

func stateOctets(s string) ([]byte, error) {
	digits, isHex := strings.CutPrefix(s, "0x")
	if !isHex {
		return []byte(s), nil
	}
	octets, err := hex.DecodeString(digits)
	if err != nil {
		return nil, problem.New(problem.Invalid, "--state: not hexadecimal digits behind 0x")
	}
	return octets, nil
}

var radiusResultNames = map[string]string{
	"accept":        "Access-Accept",
	"reject":        "Access-Reject",
	"challenge":     "Access-Challenge",
	"no-answer":     "no answer",
	"forged-answer": "only forged answers",
}

func (a radiusAnswer) print(in invocation) error {
	t := in.terminal
	if in.json {
		return printJSON(t.out, a)
	}
	fmt.Fprintln(t.out, radiusResultNames[a.Result])
	if a.ReplyMessage != "" {
		fmt.Fprintln(t.out)
		for line := range strings.Lines(a.ReplyMessage) {
			fmt.Fprintf(t.out, "  %s\n", oneLine(strings.TrimRight(line, "\r\n")))
		}
		fmt.Fprintln(t.out)
	}
	var fields []field
	if a.State != "" {
		fields = append(fields, field{"state", a.State})
	}
	for _, attribute := range a.Attributes {
		switch attribute.Name {
		case wire.ReplyMessage.String(), wire.State.String(): // shown above
		case wire.MessageAuthenticator.String(): // verified, and of no use to people
		default:
			fields = append(fields, field{attribute.Name, attribute.Value})
		}
	}
	if err := printFields(t.out, false, nil, fields); err != nil {
		return err
	}
	if a.hint != "" {
		t.message("hint", bold, a.hint)
	}
	return nil
}
