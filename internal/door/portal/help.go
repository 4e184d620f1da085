package portal

import (
	"errors"
	"net/http"

	"example.com/muster/internal/audit"
	"example.com/muster/internal/authn"
	"example.com/muster/internal/challenge"
	"example.com/muster/internal/id"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/secret"
	"example.com/muster/internal/selfservice"
	"example.com/muster/internal/web"
)

// known returns who asks, if they are signed in or have shown a right password
// a while ago; 0 if not.
func (d *Door) known(r *web.Request) (id.ID, error) {
	v, err := d.visit(r)
	if err != nil {
		return 0, err
	}
	if v != nil {
		return v.person.ID, nil
	}
	s, _ := d.find(r, helpSlip)
	return s.Person, nil
}

// leaveProof notes that somebody has shown the right password.
func (d *Door) leaveProof(w http.ResponseWriter, r *web.Request, who id.ID) error {
	return d.leave(w, r, helpSlip, slip{Person: who, Until: r.Began.Add(challenge.PageLifetime)})
}

func (d *Door) showHelp(w http.ResponseWriter, r *web.Request) error {
	who, err := d.known(r)
	if err != nil {
		return err
	}
	if who == 0 {
		return d.show(w, r, web.Page{Name: "help", Data: helpView{Identify: true}})
	}
	open, err := d.Self.OpenHelp(r.Context(), who)
	if err != nil {
		return err
	}
	return d.show(w, r, web.Page{Name: "help", Data: helpViewOf(open)})
}

func helpViewOf(open *operator.HelpRequest) helpView {
	if open == nil {
		return helpView{}
	}
	return helpView{Asked: true, AskedAt: open.CreatedAt, Number: open.ID.String()}
}

// identify takes a password to know who needs help. It is an attempt like any
// other, and lets nobody in.
func (d *Door) identify(w http.ResponseWriter, r *web.Request) error {
	username, password := r.Field("username"), r.Secret("password")
	form := credentials(username, password)
	if form.OK() {
		who, err := d.prove(w, r, username, password)
		if err != nil {
			return err
		}
		if who != 0 {
			return r.Redirect(w, "/help")
		}
		form.Reject("", "portal.signin.wrong", nil)
	}
	return d.show(w, r, web.Page{Name: "help", Data: helpView{Identify: true}, Form: form})
}

// prove asks the engine who this is by a password; 0 if it is not right.
func (d *Door) prove(w http.ResponseWriter, r *web.Request, username string, password secret.Text) (id.ID, error) {
	decision, err := d.begin(r, authn.Request{Username: username, Password: password, ForHelp: true})
	if err != nil || decision.Person == 0 {
		return 0, err
	}
	return decision.Person, d.leaveProof(w, r, decision.Person)
}

func (d *Door) askForHelp(w http.ResponseWriter, r *web.Request) error {
	who, err := d.known(r)
	if err != nil {
		return err
	}
	if who == 0 {
		return r.Redirect(w, "/help")
	}
	_, err = d.Self.AskForHelp(r.Context(), audit.Actor{
		Person: who, Via: selfservice.Via, Source: r.Client.String(),
	}, authn.DoorPortal)
	if errors.Is(err, selfservice.ErrAskedEnough) {
		return d.show(w, r, web.Page{Name: "help", Data: helpView{}, Form: missing("", "portal.help.too-many")})
	}
	if err != nil {
		return err
	}
	return r.Redirect(w, "/help")
}
