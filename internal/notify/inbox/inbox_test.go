package inbox_test

import (
	"testing"

	"example.com/muster/internal/id"
	"example.com/muster/internal/notify"
	"example.com/muster/internal/notify/inbox"
)

func envelope(message id.ID) notify.Envelope {
	return notify.Envelope{ID: message, Subject: "s", To: notify.Address{Mail: "alice@example.com"}}
}

func TestKeepsTheNewest(t *testing.T) {
	b := inbox.New(3)
	for _, message := range []id.ID{2, 1, 4, 4, 3, 5} {
		if err := b.Send(t.Context(), envelope(message)); err != nil {
			t.Fatal(err)
		}
	}
	all := b.All()
	if len(all) != 3 || all[0].ID != 5 || all[1].ID != 4 || all[2].ID != 3 {
		t.Errorf("%+v", all)
	}
	if e, ok := b.Find(4); !ok || e.ID != 4 {
		t.Errorf("%+v, %v", e, ok)
	}
	if _, ok := b.Find(1); ok {
		t.Error("the oldest is still there")
	}
}

func TestRefusesWhatOthersRefuse(t *testing.T) {
	e := envelope(1)
	e.To.Mail = "alice@example.com\r\nBcc: bob@example.com"
	b := inbox.New(3)
	if err := b.Send(t.Context(), e); !notify.IsPermanent(err) || len(b.All()) != 0 {
		t.Errorf("%v", err)
	}
}
