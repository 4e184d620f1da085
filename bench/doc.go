// Package bench measures the program against its peers on the same machine and
// prints the table of docs/performance.md, as ratios. make bench runs it, with
// the build tag "bench"; it is no timed test, and nothing fails by being slow.
//
// It owns the load generator, the population of users, and the set-up of the
// peers, which are tuned in their favour. The machine's speed changes from one
// minute to the next, so that only figures of one run are compared, as medians
// of interleaved rounds; the steadiest of them is server CPU per request over
// generator CPU per request. It must not import the product: like the tests in
// test/, it sees what an operator sees. The one exception are the connections to
// a directory, whose cost no operator sees alone.
package bench
