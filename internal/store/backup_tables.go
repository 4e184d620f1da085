package store

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
)

// A backup is a gzip stream of lines of JSON, the same for both databases:
//
//	{"muster_backup": 1, "created_at": …, "program": …, "keys": …}
//	{"table": "person", "columns": ["id", …]}
//	[1, "alice", …]            one line a row
//	…
//	{"rows": {"person": 1, …}, "sha256": "…"}
//
// The last line counts the rows and has the SHA-256 of all octets before it.
// Values are numbers, texts, true and false, octets in base64, and null.
// Secrets are sealed in a backup as they are in the database.

const backupFormat = 1

// backupTable is one table in a backup. Tables come before those that refer
// to them.
type backupTable struct {
	name    string
	columns []backupColumn
	// people are the columns that name a person who must be there.
	person string
}

type backupColumn struct {
	name string
	kind kind
}

// kind is what a column holds.
type kind byte

const (
	numbers kind = 'n'
	texts   kind = 't'
	truths  kind = 'b'
	octets  kind = 'x' // may be null
)

// backupTables are what a backup holds. What lives for minutes and belongs to
// a running server is left out: open questions, unfinished enrollments,
// sessions, how far a directory is read, who is in its groups, the revisions, who
// leads, and when jobs ran; and the roll, which follows from the rest. A test
// compares this with the tables.
var backupTables = []backupTable{
	newBackupTable("person", "", `id:n key:t username:t display_name:t email:t phone:t language:t memberships:t role:t
		disabled:b password:x password_enrolls_until:n link_mailed_at:n
		enrolled:b sought:t created_at:n time_zone:t not_me_at:n`),
	newBackupTable("directory", "", `id:n name:t preset:t servers:t start_tls:b ca:t base:t bind_dn:t password:x domains:t
		attributes:t region:t created_at:n learned:t`),
	newBackupTable("origin", "person_id", `person_id:n directory_id:n object:x name:t dn:t barred:t expires_at:n gone_at:n
		seen_at:n keep_phone:b items:t shown:t digest:n principal:t`),
	newBackupTable("directory_group", "", `directory_id:n object:x dn:t`),
	newBackupTable("admin_group", "", `id:n directory_id:n dn:t role:t created_at:n`),
	newBackupTable("group_role", "person_id", `person_id:n role:t`),
	newBackupTable("sync_item", "", `id:n name:t directory_id:n base:t filter:t only_group:t every:n period:n
		mail:b guard_count:n guard_percent:n grace:n position:n enabled:b method:t`),
	newBackupTable("sync_run", "", `id:n item_id:n item:t whole:b state:t alive_at:n ended_at:n added:n changed:n disabled:n removed:n
		back:n unchanged:n refused:n problem:t decided_by:t`),
	newBackupTable("sync_row", "", `run_id:n n:n kind:t object:x username:t dn:t reason:t`),
	newBackupTable("standing", "person_id", `person_id:n version:n sign_in:n wrong:n since:n locked_until:n locks:n
		streak:n passwords:t spent:x duties:n allowed:n`),
	newBackupTable("factor", "person_id", `id:n person_id:n kind:t label:t code_digits:n secret:x suspended:b created_at:n`),
	newBackupTable("passkey", "person_id", `lookup:x factor_id:n person_id:n`),
	newBackupTable("invitation", "person_id", `id:n code:x person_id:n origin:t attempt:n client:t source:t
		created_at:n expires_at:n spent_at:n`),
	newBackupTable("signin", "", `id:n person_id:n previous:n username:t door:t client:t source:t result:t reason:t
		method:t trace:t once:x`),
	newBackupTable("change", "", `id:n actor_person:n actor_name:t via:t source:t action:t subject:t reason:t detail:t`),
	newBackupTable("outbox", "", `id:n kind:t person_id:n username:t address:t state:t body:x attempts:n due_at:n
		problem:t queued_at:n sent_at:n until:n topic:t claimed:n untaken:n`),
	newBackupTable("mail_template", "", `kind:t language:t source:t changed_at:n changed_by:t`),
	newBackupTable("instructions", "", `language:t draft:t published:t changed_at:n changed_by:t published_at:n published_by:t`),
	newBackupTable("radius_client", "", `id:n name:t address:t secret:x first_factor:t code:t unenrolled:t
		message_authenticator:t created_at:n`),
	newBackupTable("help_request", "person_id", `id:n person_id:n door:t source:t new_source:b created_at:n closed_at:n
		closed_by:t status:t`),
	newBackupTable("period", "", `id:n state:t duty:t factor:t place:t members:t chosen:t length:n until:n postpone:n
		running_at:n over_at:n by_name:t reason:t paused_at:n closed_at:n item_id:n starts_at:n`),
	newBackupTable("duty", "person_id", `person_id:n period_id:n own:b duty:t factor:t place:t since:n due:n paused_at:n
		postpone_left:n told:n reminded:n next_at:n met_at:n opened_at:n began_at:n`),
	newBackupTable("duty_left", "person_id", `person_id:n period_id:n since:n due:n paused_at:n postpone_left:n told:n reminded:n
		left_at:n duty:t`),
	newBackupTable("duty_past", "person_id", `person_id:n period_id:n`),
	newBackupTable("bulk", "", `id:n action:t chosen:t period_id:n by_name:t undone_at:n by_person:n via:t source:t reason:t factor:t
		length:n until:n undoes:n rules:t state:t final:b ordered_at:n people:n done:n silent:n skipped:n failed:n ended_at:n runner:t
		fence:n beat:n`),
	newBackupTable("bulk_row", "", `bulk_id:n person_id:n username:t outcome:t refusal:t said:t before:t after:t`),
}

// leftOut are the tables that no backup holds.
var leftOut = []string{
	"challenge", "pending_enrollment", "session", "revision", "leader", "job_run", "directory_poll", "sync_cursor",
	"admin_group_reading", "admin_group_member", "roll",
}

func newBackupTable(name, person, columns string) backupTable {
	t := backupTable{name: name, person: person}
	for column := range strings.FieldsSeq(columns) {
		n, k, _ := strings.Cut(column, ":")
		t.columns = append(t.columns, backupColumn{n, kind(k[0])})
	}
	return t
}

func (t backupTable) names() []string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
	}
	return names
}

// index returns the place of a column, -1 if there is none.
func (t backupTable) index(column string) int {
	for i, c := range t.columns {
		if c.name == column {
			return i
		}
	}
	return -1
}

// scan reads a row of the table as it goes into a backup.
func (t backupTable) scan(row scanner) ([]any, error) {
	values, targets := make([]any, len(t.columns)), make([]any, len(t.columns))
	for i, c := range t.columns {
		switch c.kind {
		case numbers:
			targets[i] = new(int64)
		case texts:
			targets[i] = new(string)
		case truths:
			targets[i] = new(bool)
		case octets:
			targets[i] = new([]byte)
		}
	}
	if err := row.Scan(targets...); err != nil {
		return nil, err
	}
	for i := range targets {
		switch target := targets[i].(type) {
		case *int64:
			values[i] = *target
		case *string:
			values[i] = *target
		case *bool:
			values[i] = *target
		case *[]byte:
			if *target != nil {
				values[i] = base64.StdEncoding.EncodeToString(*target)
			}
		}
	}
	return values, nil
}

// parse reads a line of a backup as a row of the table.
func (t backupTable) parse(line []byte) ([]any, error) {
	var raw []json.RawMessage
	if err := json.Unmarshal(line, &raw); err != nil {
		return nil, err
	}
	if len(raw) != len(t.columns) {
		return nil, fmt.Errorf("%d values for %d columns of %s", len(raw), len(t.columns), t.name)
	}
	values := make([]any, len(raw))
	for i, c := range t.columns {
		var err error
		if values[i], err = c.parse(raw[i]); err != nil {
			return nil, fmt.Errorf("%s.%s: %w", t.name, c.name, err)
		}
	}
	return values, nil
}

func (c backupColumn) parse(raw json.RawMessage) (any, error) {
	var err error
	switch isNull := string(raw) == "null"; {
	case isNull && c.kind == octets:
		return []byte(nil), nil
	case isNull:
		return nil, fmt.Errorf("null")
	case c.kind == numbers:
		var v int64
		err = json.Unmarshal(raw, &v)
		return v, err
	case c.kind == truths:
		var v bool
		err = json.Unmarshal(raw, &v)
		return v, err
	}
	var v string
	if err = json.Unmarshal(raw, &v); err != nil || c.kind == texts {
		return v, err
	}
	b, err := base64.StdEncoding.DecodeString(v)
	if b == nil {
		b = []byte{}
	}
	return b, err
}
