package main

import (
	"context"
	"fmt"
	"strings"

	"example.com/muster/internal/enrollment"
	"example.com/muster/internal/operator"
	"example.com/muster/internal/policy"
	"example.com/muster/internal/secret"
)

// demoColleague is one of the many in the campaign.
type demoColleague struct {
	name, displayName, groups string
	comes                     enrollment.Stage // so far
	day                       float64          // of the campaign
}

// demoColleaguesPassword is the password of all of them.
const demoColleaguesPassword = "everybody eats elderberries"

// What else there is in the story.
const (
	demoWiFi     = "demo-wifi"        // a door whose gateway checks passwords itself
	demoGoneHost = "gone.example.com" // nobody has a mailbox there
)

var demoColleagues = []demoColleague{
	{"frank", "Frank Fisher", "staff;sales", enrollment.SignedIn, 0.2},
	{"grace", "Grace Green", "staff;office", enrollment.SignedIn, 0.4},
	{"heidi", "Heidi Hall", "staff;sales", enrollment.SignedIn, 1},
	{"ivan", "Ivan Irwin", "staff;office", enrollment.SignedIn, 1.2},
	{"judy", "Judy Jones", "staff;sales", enrollment.ToldStage, 0},
	{"ken", "Ken King", "staff;office", enrollment.Begun, 8.7},
	{"laura", "Laura Lane", "staff;sales", enrollment.SignedIn, 2},
	{"mona", "Mona Moore", "staff;office", enrollment.Verified, 4},
	{"nora", "Nora North", "staff;sales", enrollment.SignedIn, 5},
	{"oscar", "Oscar Owens", "staff;office", enrollment.ToldStage, 0},
	{"peggy", "Peggy Parker", "staff;sales", enrollment.Opened, 2.5},
	{"quinn", "Quinn Quill", "staff;office", enrollment.SignedIn, 6},
	{"rupert", "Rupert Reed", "staff;sales", enrollment.ToldStage, 0},
	{"sybil", "Sybil Stone", "staff;sales", enrollment.ToldStage, 0},
	{"trent", "Trent Turner", "staff;office", enrollment.SignedIn, 7},
	{"uma", "Uma Underwood", "servers", "", 0},
	{"victor", "Victor Vance", "servers", "", 0},
	{"walter", "Walter West", "field", enrollment.Opened, 6.8},
	{"xena", "Xena Xavier", "field", enrollment.SignedIn, 3},
	{"yara", "Yara Young", "field", enrollment.ToldStage, 0},
	{"zoe", "Zoe Ziegler", "field", enrollment.SignedIn, 6.5},
}

// hire brings the colleagues in from a file, and adds the second door.
func (s *demoStory) hire(ctx context.Context) error {
	hash, err := s.passwords.Hash(ctx, secret.New(demoColleaguesPassword))
	if err != nil {
		return err
	}
	var file strings.Builder
	file.WriteString("username,display_name,email,password,groups\n")
	for _, c := range demoColleagues {
		address := c.name + "@example.com"
		switch c.name {
		case "rupert":
			address = ""
		case "sybil":
			address = c.name + "@" + demoGoneHost
		}
		fmt.Fprintf(&file, "%s,%s,%s,%q,%s\n", c.name, c.displayName, address, hash.Reveal(), c.groups)
	}
	if _, err := s.operator.ImportUsers(ctx, demoActor, strings.NewReader(file.String()), operator.ImportOptions{}); err != nil {
		return err
	}
	_, _, err = s.operator.AddRADIUSClient(ctx, demoActor, operator.ClientSpec{
		Name: demoWiFi, Address: "127.0.0.2", Secret: secret.New(randomKey()), FirstFactor: policy.FirstNone,
	})
	return err
}
