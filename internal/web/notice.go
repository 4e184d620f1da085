package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"example.com/muster/internal/text"
)

// Tone says how a notice is meant; each has its own colour and icon, and a
// word for those who see neither.
type Tone string

// The tones.
const (
	Good    Tone = "good"
	Info    Tone = "info"
	Caution Tone = "caution"
	Bad     Tone = "bad"
)

// Notice is a short message on top of a page: what was just done.
type Notice struct {
	Tone    Tone
	Message text.Message
}

const (
	noticeCookie   = "notice"
	noticeLifetime = time.Minute
	noticePrefix   = "notice." // only these messages can be shown by a cookie
)

// Notify shows a notice on the next page of this browser: it survives the
// redirect after a POST. The message's key begins with "notice."; its
// arguments are texts and whole numbers, and no secrets.
func (r *Request) Notify(w http.ResponseWriter, tone Tone, key text.Key, args text.Args) {
	values := url.Values{"tone": {string(tone)}, "key": {string(key)}}
	for name, value := range args {
		switch v := value.(type) {
		case int:
			values.Set("."+name, "i"+strconv.Itoa(v))
		case string:
			values.Set("."+name, "s"+v)
		}
	}
	r.SetCookie(w, noticeCookie, values.Encode(), noticeLifetime)
}

// takeNotice returns the notice that waits in the browser, once.
func (r *Request) takeNotice(w http.ResponseWriter) *Notice {
	raw := r.Cookie(noticeCookie)
	if raw == "" {
		return nil
	}
	r.ClearCookie(w, noticeCookie)
	values, err := url.ParseQuery(raw)
	key := text.Key(values.Get("key"))
	if err != nil || !strings.HasPrefix(string(key), noticePrefix) || !r.Text.Has(key) {
		return nil
	}
	notice := &Notice{Tone: Info, Message: text.Message{Key: key, Args: text.Args{}}}
	if tone := Tone(values.Get("tone")); tone == Good || tone == Caution || tone == Bad {
		notice.Tone = tone
	}
	for name := range values {
		argument, value := strings.TrimPrefix(name, "."), values.Get(name)
		if argument == name || value == "" {
			continue
		}
		if n, err := strconv.Atoi(value[1:]); err == nil && value[0] == 'i' {
			notice.Message.Args[argument] = n
		} else {
			notice.Message.Args[argument] = value[1:]
		}
	}
	return notice
}
