package bench

import (
	"net"
	"testing"

	"layeh.com/radius"
	"layeh.com/radius/rfc2865"
)

// TestLoad runs the generator against another implementation of RADIUS.
func TestLoad(t *testing.T) {
	const secret = "secret"
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	server := &radius.PacketServer{SecretSource: radius.StaticSecretSource([]byte(secret)), Handler: radius.HandlerFunc(answer)}
	go func() { _ = server.Serve(conn) }()

	for _, challenge := range []bool{false, true} {
		l := load{server: conn.LocalAddr().String(), secret: []byte(secret), inFlight: 4, challenge: challenge}
		got, err := l.run([]signIn{
			{"alice", "a long password of more than sixteen bytes"}, {"bob", "wrong"}, {"carol", "a long password of more than sixteen bytes"},
		})
		if err != nil {
			t.Fatal(err)
		}
		if got.accepted != 2 || got.refused != 1 || got.lost != 0 || len(got.latencies) != 3 {
			t.Errorf("challenge %v: got %+v", challenge, got)
		}
	}
	l := load{server: conn.LocalAddr().String(), secret: []byte("another"), inFlight: 1}
	if _, err := l.run([]signIn{{"alice", "x"}}); err == nil {
		t.Error("a forged reply passes")
	}
}

func answer(w radius.ResponseWriter, r *radius.Request) {
	reply := r.Response(radius.CodeAccessReject)
	switch rfc2865.UserPassword_GetString(r.Packet) {
	case "":
		reply = r.Response(radius.CodeAccessChallenge)
		_ = rfc2865.State_SetString(reply, "of "+rfc2865.UserName_GetString(r.Packet))
	case "a long password of more than sixteen bytes":
		if s := rfc2865.State_GetString(r.Packet); s == "" || s == "of "+rfc2865.UserName_GetString(r.Packet) {
			reply = r.Response(radius.CodeAccessAccept)
		}
	}
	_ = w.Write(reply)
}
