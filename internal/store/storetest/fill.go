package storetest

import (
	"fmt"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Filled returns a T of which every field has a value of its own, so that one
// that a store forgets is missed. Fields of interface kind stay empty.
func Filled[T any](t testing.TB) T {
	t.Helper()
	var v T
	n := int64(1000)
	fill(t, reflect.ValueOf(&v).Elem(), &n)
	return v
}

func fill(t testing.TB, v reflect.Value, n *int64) {
	t.Helper()
	*n++
	switch special := v.Addr().Interface().(type) {
	case *time.Time:
		*special = Start.Add(time.Duration(*n) * time.Second)
		return
	case *netip.Prefix:
		*special = netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(*n >> 8), byte(*n)}), 32)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for _, field := range v.Fields() {
			fill(t, field, n)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(t, v.Index(i), n)
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(t, v.Index(i), n)
		}
	case reflect.String:
		v.SetString(fmt.Sprintf("text%d", *n))
	case reflect.Int, reflect.Int64:
		v.SetInt(*n)
	case reflect.Uint8:
		v.SetUint(uint64(*n % 251))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Map, reflect.Pointer, reflect.Interface:
	default:
		t.Fatalf("no value for a %s", v.Type())
	}
}

// same fails the test if got is not want. An empty list is as good as none.
func same(t testing.TB, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }),
		cmp.FilterValues(func(a, b []byte) bool { return len(a) == 0 && len(b) == 0 }, cmp.Ignore())); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// must fails the test at once if err is not nil.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
