//go:build system

package store_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"example.com/muster/internal/store/storetest"
	"example.com/muster/test/testkit"
)

func TestPostgres(t *testing.T) {
	server := testkit.StartPostgres(t)
	var n atomic.Int32
	storetest.Run(t, func(t testing.TB) storetest.Database {
		return storetest.Postgres(t, server.Database(fmt.Sprintf("muster%d", n.Add(1))))
	})
}
