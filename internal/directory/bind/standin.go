package bind

import (
	"context"
	"encoding/binary"
	"math"
	"math/bits"
	"time"

	"example.com/muster/internal/directory"
	"example.com/muster/internal/id"
)

// sizes are how many people the directories had here at an instant.
type sizes struct {
	of map[id.ID]int
	at time.Time
}

const measureEvery = time.Minute

// measure counts anew, if it is time.
func (d *Directories) measure(ctx context.Context) error {
	now := d.Now()
	if last := d.sizes.Load(); last.of != nil && now.Sub(last.at) < measureEvery && !now.Before(last.at) {
		return nil
	}
	of, err := d.Sources.DirectorySizes(ctx)
	if err != nil {
		return err
	}
	d.sizes.Store(&sizes{of, now})
	return nil
}

// StandIn implements [authn.Directories]. A name falls to a directory as often
// as a person does: were it otherwise, whose silence it shares would tell who
// exists. Sizes count by powers of two, so that hardly any name ever changes
// sides; nor does it when a directory comes or goes that it did not fall to
// (rendezvous hashing with weights).
func (d *Directories) StandIn(name directory.Name, typed string) id.ID {
	if name.Directory != 0 {
		return name.Directory
	}
	if name.User != "" {
		typed = name.User
	}
	of := d.sizes.Load().of
	var chosen id.ID
	lowest := math.Inf(1)
	for _, source := range *d.known.Load() {
		mac := d.MAC("stand-in directory", []byte(typed), binary.BigEndian.AppendUint64(nil, uint64(source.ID)))
		chance := (float64(binary.BigEndian.Uint64(mac[:])>>11) + 0.5) / (1 << 53) // within (0, 1)
		weight := float64(uint64(1) << bits.Len(uint(of[source.ID])))
		if score := -math.Log(chance) / weight; score < lowest {
			chosen, lowest = source.ID, score
		}
	}
	return chosen
}
