package bench

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"example.com/muster/test/testkit"
)

// subject is a server under load, or one way of loading it.
type subject struct {
	name      string
	load      load
	from, to  int          // which of the people sign in, in each round
	processes func() []int // whose processor time is the server's
	samples   []sample
}

// sample is what one round has measured.
type sample struct {
	rate      float64       // answered sign-ins a second
	serverCPU time.Duration // for each answered sign-in
	ownCPU    time.Duration // for each answered sign-in, the generator's
	p50, p99  time.Duration
}

// round lets each of the subject's people sign in once, with the codes of a
// step, and keeps what was measured. Every one of them is to be accepted.
func (s *subject) round(t testing.TB, people []person, counter int64) {
	t.Helper()
	s.measure(t, signInsAt(people[s.from:s.to], counter))
}

func (s *subject) measure(t testing.TB, signIns []signIn) {
	t.Helper()
	before := s.cpu(t)
	seen, err := s.load.run(signIns)
	if err != nil {
		t.Fatalf("%s: %v", s.name, err)
	}
	used := s.cpu(t) - before
	if seen.refused > 0 || seen.lost > 0 {
		t.Errorf("%s: of %d sign-ins %d were refused and %d not answered; refused were %q",
			s.name, len(signIns), seen.refused, seen.lost, seen.refusedNames[:min(5, len(seen.refusedNames))])
	}
	answered := time.Duration(max(1, seen.answered()))
	s.samples = append(s.samples, sample{
		rate: seen.rate(), serverCPU: used / answered, ownCPU: seen.generatorCPU / answered,
		p50: seen.percentile(0.50), p99: seen.percentile(0.99),
	})
}

func (s *subject) cpu(t testing.TB) time.Duration {
	t.Helper()
	var total time.Duration
	for _, pid := range s.processes() {
		used, err := cpuOf(pid)
		if err != nil {
			t.Fatal(err)
		}
		total += used
	}
	return total
}

// The medians over the rounds.
func (s *subject) rate() float64 {
	return median(s.samples, func(s sample) float64 { return s.rate })
}

// lastRate is the rate of the last round.
func (s *subject) lastRate() float64 { return s.samples[len(s.samples)-1].rate }

func (s *subject) p99() float64 {
	return median(s.samples, func(s sample) float64 { return float64(s.p99) })
}

// overGenerator is server CPU per request over generator CPU per request.
func (s *subject) overGenerator() float64 {
	return median(s.samples, func(s sample) float64 { return float64(s.serverCPU) / float64(s.ownCPU) })
}

// String is a line of raw figures.
func (s *subject) String() string {
	middle := func(of func(sample) float64) time.Duration { return time.Duration(median(s.samples, of)) }
	return fmt.Sprintf("| %s | %.0f | %v | %v | %.2f | %v / %v |", s.name, s.rate(),
		middle(func(s sample) float64 { return float64(s.serverCPU) }).Round(100*time.Nanosecond),
		middle(func(s sample) float64 { return float64(s.ownCPU) }).Round(100*time.Nanosecond), s.overGenerator(),
		middle(func(s sample) float64 { return float64(s.p50) }).Round(10*time.Microsecond),
		middle(func(s sample) float64 { return float64(s.p99) }).Round(10*time.Microsecond))
}

func median[T any](samples []T, of func(T) float64) float64 {
	values := make([]float64, len(samples))
	for i, s := range samples {
		values[i] = of(s)
	}
	slices.SortFunc(values, cmp.Compare)
	if len(values) == 0 {
		return 0
	}
	return values[len(values)/2]
}

// awaitAnswer waits until a server answers a request, whatever it says.
func awaitAnswer(t testing.TB, probe load, process *testkit.Process) {
	t.Helper()
	probe.inFlight, probe.patience = 1, 20*time.Millisecond
	testkit.Eventually(t, 30*time.Second, "an answer from "+probe.server, func() error {
		if !process.Running() {
			t.Fatalf("the server has ended:\n%s", process.Output())
		}
		seen, err := probe.run([]signIn{{"nobody", "000000"}})
		if err == nil && seen.answered() == 0 {
			err = fmt.Errorf("no answer")
		}
		return err
	})
}

// itself is for medians of plain numbers.
func itself(f float64) float64 { return f }
