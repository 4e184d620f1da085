package ldap

import (
	"errors"
	"fmt"

	"example.com/muster/internal/directory/ldap/wire"
)

// Refusal is a server's answer that an operation has failed.
type Refusal struct {
	Operation string // "bind", "search", "StartTLS"
	Code      wire.Code
	Said      string // the server's own words
}

// Error names the operation, the code and what the server said.
func (r *Refusal) Error() string {
	if r.Said == "" {
		return fmt.Sprintf("%s: the server answers %v", r.Operation, r.Code)
	}
	return fmt.Sprintf("%s: the server answers %v: %s", r.Operation, r.Code, r.Said)
}

// CodeOf returns the result code of the refusal in err; ok is false where no
// server has answered.
func CodeOf(err error) (code wire.Code, ok bool) {
	if refusal, ok := errors.AsType[*Refusal](err); ok {
		return refusal.Code, true
	}
	return 0, false
}

// refused makes an error of every result but success.
func refused(operation string, result wire.Result) error {
	if result.Code == wire.Success {
		return nil
	}
	return &Refusal{Operation: operation, Code: result.Code, Said: result.Diagnostic}
}

// atFault tells whether err speaks against the server, so that another one may
// do better: it could not be reached, was too slow, made no sense, or says that
// it is busy or going away.
func atFault(err error) bool {
	code, answered := CodeOf(err)
	if !answered {
		return true
	}
	return code == wire.Busy || code == wire.Unavailable
}
