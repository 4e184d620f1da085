package password_test

import (
	"testing"

	"golang.org/x/crypto/argon2"

	"example.com/muster/internal/factor/password"
	"example.com/muster/internal/secret"
)

// To be read against each other: what the queue and the worker add.
func BenchmarkSaturated(b *testing.B) {
	b.Run("bare argon2id", func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				argon2.IDKey([]byte("x"), make([]byte, 16), 2, 19*1024, 1, 32)
			}
		})
	})
	for name, o := range map[string]password.Options{"in process": {}, "worker": {Worker: workerCommand}} {
		b.Run(name, func(b *testing.B) {
			c := password.New(o)
			defer c.Close()
			b.SetParallelism(4)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := c.Dummy(b.Context(), "vpn", secret.New("x")); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}
