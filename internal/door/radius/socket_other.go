//go:build !linux

package radius

// askForLocalAddress does nothing here: name the addresses in radius.listen.
func (s *udpSocket) askForLocalAddress() {}

func (r *route) answerFromThere() { r.used = 0 }
