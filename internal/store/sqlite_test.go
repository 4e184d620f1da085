package store_test

import (
	"testing"

	"example.com/muster/internal/store/storetest"
)

func TestSQLite(t *testing.T) { storetest.Run(t, storetest.SQLite) }
