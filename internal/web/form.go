package web

import "example.com/muster/internal/text"

// Form is a form that comes back: what was typed and what is wrong with it.
// Templates may call its methods on nil, which is an empty form.
type Form struct {
	values map[string]string
	wrong  []Wrong
}

// Wrong is one thing that is wrong with a form. The summary on top of the page
// links to the field, and the field repeats it.
type Wrong struct {
	Field   string // the name of the field, which is also its id; empty: the form as a whole
	Message text.Message
}

// Keep remembers a value to show again. Passwords and codes are not kept.
func (f *Form) Keep(field, value string) {
	if f.values == nil {
		f.values = make(map[string]string)
	}
	f.values[field] = value
}

// Reject says what is wrong with a field.
func (f *Form) Reject(field string, key text.Key, args text.Args) {
	f.wrong = append(f.wrong, Wrong{Field: field, Message: text.Message{Key: key, Args: args}})
}

// Require rejects a field that is empty, and keeps it otherwise.
func (f *Form) Require(field, value string, key text.Key) {
	if value == "" {
		f.Reject(field, key, nil)
		return
	}
	f.Keep(field, value)
}

// OK reports whether nothing is wrong.
func (f *Form) OK() bool { return f == nil || len(f.wrong) == 0 }

// Wrong returns all that is wrong, in the order in which it was found.
func (f *Form) Wrong() []Wrong {
	if f == nil {
		return nil
	}
	return f.wrong
}

// Value returns what was typed into a field.
func (f *Form) Value(field string) string {
	if f == nil {
		return ""
	}
	return f.values[field]
}

// WrongWith returns what is wrong with one field, nil if nothing is.
func (f *Form) WrongWith(field string) *Wrong {
	if f == nil {
		return nil
	}
	for i := range f.wrong {
		if f.wrong[i].Field == field {
			return &f.wrong[i]
		}
	}
	return nil
}
