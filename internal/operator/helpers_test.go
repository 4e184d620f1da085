package operator_test

import (
	"slices"
	"strings"

	"example.com/muster/internal/id"
)

func idOf(i int) id.ID { return id.ID(i) }

func containsWord(list, word string) bool { return slices.Contains(strings.Fields(list), word) }
