package bench

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"
)

// signIn is one sign-in of a load: who, and with what.
type signIn struct{ name, password string }

// load sends sign-ins to a RADIUS server, each once, keeping a number of them
// in flight, each over a socket of its own.
type load struct {
	server    string // host:port
	source    string // the address it comes from; empty: the system's choice
	secret    []byte
	inFlight  int
	challenge bool            // answer a challenge with the password, after asking without
	until     <-chan struct{} // when closed, no further request is sent; nil: all are sent
	patience  time.Duration   // how long to wait for an answer; 0: 5 seconds
	pause     time.Duration   // between an answer and the next request in its place
}

// result is what a load has seen. Only answered sign-ins count for the rate.
type result struct {
	accepted, refused, lost int
	refusedNames            []string
	took                    time.Duration
	latencies               []time.Duration // of answered sign-ins, ascending
	generatorCPU            time.Duration
}

func (r *result) answered() int { return r.accepted + r.refused }

// rate is in answered sign-ins a second.
func (r *result) rate() float64 { return float64(r.answered()) / r.took.Seconds() }

// percentile returns the latency that share of the sign-ins did not exceed.
func (r *result) percentile(share float64) time.Duration {
	if len(r.latencies) == 0 {
		return 0
	}
	return r.latencies[int(share*float64(len(r.latencies)-1))]
}

// run sends all sign-ins and returns when each is answered or lost. Packets
// are built before the clock starts, so that the generator stays cheap.
func (l *load) run(signIns []signIn) (*result, error) {
	workers := make([]*worker, l.inFlight)
	for i := range workers {
		w, err := l.newWorker()
		if err != nil {
			return nil, err
		}
		defer w.conn.Close()
		for n := i; n < len(signIns); n += l.inFlight {
			w.add(signIns[n])
		}
		workers[i] = w
	}
	var group sync.WaitGroup
	errs := make([]error, len(workers))
	cpu, start := ownCPU(), time.Now()
	for i, w := range workers {
		group.Go(func() { errs[i] = w.work() })
	}
	group.Wait()
	total := &result{took: time.Since(start), generatorCPU: ownCPU() - cpu}
	for _, w := range workers {
		total.accepted += w.seen.accepted
		total.refused += w.seen.refused
		total.refusedNames = append(total.refusedNames, w.seen.refusedNames...)
		total.lost += w.seen.lost
		total.latencies = append(total.latencies, w.seen.latencies...)
	}
	slices.Sort(total.latencies)
	return total, errors.Join(errs...)
}

// worker has one request in flight.
type worker struct {
	*load

	conn    net.Conn
	signIns []signIn
	packets [][]byte
	buffer  []byte
	seen    result
}

func (l *load) newWorker() (*worker, error) {
	remote, err := net.ResolveUDPAddr("udp", l.server)
	if err != nil {
		return nil, err
	}
	local := &net.UDPAddr{IP: net.ParseIP(l.source)}
	conn, err := net.DialUDP("udp", local, remote)
	if err != nil {
		return nil, err
	}
	return &worker{load: l, conn: conn, buffer: make([]byte, 4096)}, nil
}

func (w *worker) add(s signIn) {
	first := s.password
	if w.challenge {
		first = ""
	}
	w.packets = append(w.packets, request(byte(len(w.packets)), w.secret, s.name, first, nil))
	w.signIns = append(w.signIns, s)
}

func (w *worker) work() error {
	w.seen.latencies = make([]time.Duration, 0, len(w.packets))
	for i, packet := range w.packets {
		select {
		case <-w.until:
			return nil
		default:
		}
		if w.pause > 0 {
			time.Sleep(w.pause)
		}
		start := time.Now()
		code, stateValue, err := w.exchange(packet)
		if err == nil && code == accessChallenge && w.challenge {
			s := w.signIns[i]
			code, _, err = w.exchange(request(packet[1]+128, w.secret, s.name, s.password, stateValue))
		}
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			w.seen.lost++
			continue
		case err != nil:
			return err
		case code == accessAccept:
			w.seen.accepted++
		case code == accessReject || code == accessChallenge:
			w.seen.refused++
			w.seen.refusedNames = append(w.seen.refusedNames, w.signIns[i].name)
		default:
			return fmt.Errorf("a reply with code %d", code)
		}
		w.seen.latencies = append(w.seen.latencies, time.Since(start))
	}
	return nil
}

// exchange sends a packet and waits for its reply. Late replies to earlier
// packets are passed over.
func (w *worker) exchange(packet []byte) (code byte, stateValue []byte, err error) {
	if err := w.conn.SetReadDeadline(time.Now().Add(cmp.Or(w.patience, 5*time.Second))); err != nil {
		return 0, nil, err
	}
	if _, err := w.conn.Write(packet); err != nil {
		return 0, nil, err
	}
	for {
		n, err := w.conn.Read(w.buffer)
		if err != nil {
			return 0, nil, err
		}
		if n > 1 && w.buffer[1] == packet[1] {
			return verify(w.buffer[:n], packet, w.secret)
		}
	}
}

// ownCPU is the processor time this process has used.
func ownCPU() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err) // fails only for a bad argument
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
