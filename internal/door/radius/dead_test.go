package radius

import (
	"net"
	"testing"
	"time"

	"example.com/muster/internal/authn"
	"example.com/muster/internal/door/radius/wire"
)

// A device that is gone when its answer comes harms nobody: the network's
// complaint about it ends no socket, and the next is answered.
func TestADeviceThatIsGone(t *testing.T) {
	e := always(authn.Decision{Outcome: authn.Allow})
	d := open(t, e, loopback())
	to := serve(t, d.Door, "127.0.0.1:0")[0].String()
	const gone = 50
	for i := range gone {
		conn, err := net.Dial("udp", to)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write(pap("pa55")); err != nil {
			t.Fatal(err)
		}
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(5 * time.Second); e.calls() <= i && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond) // no more at once than there is room for
		}
	}
	for range 5 {
		if reply, err := ask(t, "", to, pap("pa55")); err != nil || reply.Code() != wire.AccessAccept {
			t.Errorf("who is still there: %v", err)
		}
	}
	if n := e.calls(); n != gone+5 {
		t.Errorf("the engine was asked %d times, want %d", n, gone+5)
	}
}
