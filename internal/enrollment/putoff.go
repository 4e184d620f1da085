package enrollment

import (
	"time"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/id"
)

// PutOff is what putting off a requirement writes, for as long as a session
// lasts: one postponing of each of its periods is used.
type PutOff struct {
	Person  id.ID
	Version int64 // that it was worked out from
	Session id.ID
	Periods []id.ID
	At      time.Time
	Change  audit.Change
}
