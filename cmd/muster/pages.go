package main

import "example.com/muster/internal/problem"

// pages collects up to limit items from a list that is read in pages of at
// most largest. fetch gets the last item of the page before, nil at first.
func pages[T any](limit, largest int, fetch func(limit int, last *T) ([]T, error)) ([]T, error) {
	if limit < 1 {
		return nil, problem.New(problem.Invalid, "--limit is not a positive number")
	}
	var all []T
	for {
		want := min(limit-len(all), largest)
		var last *T
		if len(all) > 0 {
			last = &all[len(all)-1]
		}
		page, err := fetch(want, last)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if len(page) < want || len(all) >= limit {
			return all, nil
		}
	}
}
