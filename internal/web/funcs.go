package web

import (
	"errors"
	"fmt"
	"html/template"
	"strings"
	"time"

	"example.com/muster/internal/text"
)

// constants are the functions that fold may evaluate when a page is parsed.
func (s *Server) constants(p *text.Printer) map[string]constant {
	first := func(args []string) string {
		if len(args) != 1 {
			return "[" + strings.Join(args, " ") + "]"
		}
		return args[0]
	}
	return map[string]constant{
		"T":     func(args []string) string { return template.HTMLEscapeString(p.T(text.Key(first(args)))) },
		"M":     func(args []string) string { return string(markup(p.T(text.Key(first(args))))) },
		"asset": func(args []string) string { return template.HTMLEscapeString(s.assets.path(first(args))) },
		"icon":  func(args []string) string { return string(icon(first(args))) },
		"brand": func([]string) string { return template.HTMLEscapeString(s.cfg.Brand.Name) },
	}
}

// funcs are what templates may call.
//
//	T KEY [NAME VALUE]…   a message
//	M KEY [NAME VALUE]…   a message with **strong** and `code`
//	say MESSAGE           a text.Message that came with the data
//	moment, zoned, until, day, clock, stamp                  times, said in the reader's zone
//	ago, left, span, iso                                     times, the same in every zone
//	number, percent, list                                    the rest
//	asset NAME            the address of a file of ours
//	dn NAME               a distinguished name that wraps between its parts
//	icon NAME             a picture that goes with words
//	dict NAME VALUE…      arguments for a part
func (s *Server) funcs(p *text.Printer) template.FuncMap {
	now := s.cfg.Now
	return template.FuncMap{
		"T": func(key any, args ...any) string { return p.T(keyOf(key), args...) },
		"M": func(key any, args ...any) template.HTML { return markup(p.T(keyOf(key), args...)) },
		"say": func(m text.Message) string {
			return p.Say(m)
		},
		"ago":    func(t time.Time) string { return p.Ago(t, now()) },
		"left":   func(t time.Time) string { return p.Left(t, now()) },
		"span":   p.Span,
		"iso":    func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"number": p.Number, "percent": p.Percent, "list": p.List,
		"asset": s.assets.path,
		"icon":  func(name any) template.HTML { return icon(fmt.Sprint(name)) },
		"dict":  dict,
		"dn":    wrapped,
		"bars":  bars,
		"brand": func() string { return s.cfg.Brand.Name },
		"languages": func() []text.Language {
			return s.texts.Languages()
		},
		"logo": func() string { return s.assets.logo },
		"help": s.cfg.Brand.helpLink,
	}
}

func keyOf(key any) text.Key {
	switch k := key.(type) {
	case text.Key:
		return k
	case string:
		return text.Key(k)
	default:
		return text.Key(fmt.Sprint(k))
	}
}

func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, errors.New("dict: an argument has no value")
	}
	named := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: argument %d has no name", i)
		}
		named[name] = pairs[i+1]
	}
	return named, nil
}

// bars says of each step whether it is reached.
func bars(at, of int) []bool {
	reached := make([]bool, of)
	for i := range reached {
		reached[i] = i < at
	}
	return reached
}
