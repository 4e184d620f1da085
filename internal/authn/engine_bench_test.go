package authn_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync/atomic"
	"testing"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/secret"
)

// BenchmarkCodeSignIn is a whole code sign-in without the network: look-up,
// verification, decision, and a durable commit shared with others.
func BenchmarkCodeSignIn(b *testing.B) {
	const people = 5000
	in := install(b)
	for i := range people {
		in.add(fmt.Sprintf("user%04d", i), "pw", aliceKey)
	}
	var next atomic.Int64
	b.SetParallelism(32)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := next.Add(1)
			if i%people == 0 {
				in.now.Add(30e9) // everybody has a new step
			}
			var once audit.Once
			binary.BigEndian.PutUint64(once[:], uint64(i))
			_, err := in.Begin(context.Background(), authn.Request{
				Door: authn.DoorRADIUS, Client: "nps", Username: fmt.Sprintf("user%04d", i%people),
				Password: secret.New(in.code(aliceKey)), Source: authn.Source{Peer: "192.0.2.1"}, Once: once,
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}
