//go:build system

package testkit_test

import (
	"net"
	"strings"
	"testing"
	"time"

	"layeh.com/radius"
	"layeh.com/radius/rfc2865"

	"example.com/muster/test/testkit"
)

const (
	stubSecret   = "secret-of-the-stub"
	stubPassword = "correct horse"
	stubCode     = "287082"
	stubText     = "Enter the code of your app"
)

// startStub serves RADIUS: the right password is answered with a challenge,
// the right code with an Access-Accept, all else with an Access-Reject.
func startStub(t *testing.T) (address string) {
	t.Helper()
	conn, err := net.ListenPacket("udp", net.JoinHostPort(testkit.Loopback(t), "1812"))
	if err != nil {
		t.Fatal(err)
	}
	server := &radius.PacketServer{
		SecretSource: radius.StaticSecretSource([]byte(stubSecret)),
		Handler: radius.HandlerFunc(func(w radius.ResponseWriter, r *radius.Request) {
			password := rfc2865.UserPassword_GetString(r.Packet)
			state := rfc2865.State_GetString(r.Packet)
			reply := r.Response(radius.CodeAccessReject)
			switch {
			case state == "" && password == stubPassword:
				reply = r.Response(radius.CodeAccessChallenge)
				_ = rfc2865.State_SetString(reply, "STATE")
				_ = rfc2865.ReplyMessage_SetString(reply, stubText)
			case state == "STATE" && password == stubCode:
				reply = r.Response(radius.CodeAccessAccept)
			}
			_ = w.Write(reply)
		}),
	}
	go func() { _ = server.Serve(conn) }()
	t.Cleanup(func() { conn.Close() })
	return conn.LocalAddr().String()
}

func TestVPN(t *testing.T) {
	vpn := testkit.StartVPN(t, startStub(t), stubSecret)

	client := vpn.Connect(t, "alice")
	client.Expect(`Password:`, 10*time.Second)
	client.Type(stubPassword)
	client.Expect(stubText, 10*time.Second)
	client.Expect(`Password\d*:`, 10*time.Second)
	client.Type(stubCode)
	client.Expect(`COOKIE='[^']+'`, 10*time.Second)
	if code := client.Wait(10 * time.Second); code != 0 {
		t.Errorf("openconnect ends with %d", code)
	}

	client = vpn.Connect(t, "alice")
	client.Expect(`Password:`, 10*time.Second)
	client.Type("wrong")
	client.Expect(`(?i)failed|password`, 10*time.Second)
}

func TestPAMHost(t *testing.T) {
	host := testkit.NewPAMHost(t, startStub(t), stubSecret, "alice")

	tester := host.Authenticate("alice")
	tester.Expect(`Password: `, 10*time.Second)
	tester.Type(stubPassword)
	tester.Expect(stubText, 10*time.Second)
	tester.Type(stubCode)
	if code := tester.Wait(10 * time.Second); code != 0 {
		t.Errorf("pamtester ends with %d", code)
	}

	host.StartSSHD()
	shell := host.SSH("alice", "id -un")
	shell.Expect(`Password: `, 10*time.Second)
	shell.Type(stubPassword)
	shell.Expect(stubText, 10*time.Second)
	shell.Type(stubCode)
	shell.Expect(`(?m)^alice`, 10*time.Second)
}

func TestRadclient(t *testing.T) {
	client := testkit.Radclient{Server: startStub(t), Secret: stubSecret, Source: testkit.Loopback(t)}
	answer := client.Ask(t, `User-Name="alice"`, `User-Password="`+stubPassword+`"`)
	if answer.Code != "Access-Challenge" || answer.Attributes["Reply-Message"] != stubText {
		t.Fatalf("unexpected answer:\n%s", answer.Output)
	}
	answer = client.AskBare(t, `User-Name="alice"`, `User-Password="`+stubCode+`"`, "State="+answer.Attributes["State"])
	if answer.Code != "Access-Accept" {
		t.Errorf("unexpected answer:\n%s", answer.Output)
	}
	client.Secret = "another"
	if answer = client.Ask(t, `User-Name="alice"`, `User-Password="x"`); answer.Code != "" {
		t.Errorf("an answer under another secret:\n%s", answer.Output)
	}
}

func TestPostgres(t *testing.T) {
	pg := testkit.StartPostgres(t, "max_connections=20")
	if address := pg.Database("first"); !strings.HasPrefix(address, "postgres://muster@/first?host=/") {
		t.Error(address)
	}
	pg.Query("first", "create table kept (n int); insert into kept values (42)")
	pg.Stop()
	pg.Start()
	if got := pg.Query("first", "select n, current_setting('fsync') from kept"); got != "42|on\n" {
		t.Errorf("got %q", got)
	}
}

func TestAuthenticator(t *testing.T) {
	// RFC 6238 appendix B, cut to six digits.
	app := testkit.NewAuthenticator("GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ")
	if got := app.At(t, time.Unix(59, 0)); got != "287082" {
		t.Errorf("got %s", got)
	}
	if a, b := app.Next(t), app.Next(t); a == b {
		t.Errorf("the same code %s twice", a)
	}
}
