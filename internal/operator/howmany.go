package operator

import "strconv"

// HowMany says how many there are of something: "1 client", "2 clients".
func HowMany(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
