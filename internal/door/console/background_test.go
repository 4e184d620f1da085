package console

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"example.com/muster/internal/text"
)

// TestEveryJobHasAName that people read, and says what it does.
func TestEveryJobHasAName(t *testing.T) {
	named := regexp.MustCompile(`\b(?:Job\{Name: |SendMail = )"([a-z-]+)"`)
	found := 0
	for _, pattern := range []string{"../../jobs/*.go", "../../../cmd/muster/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if matched, _ := filepath.Match("*_test.go", filepath.Base(file)); matched {
				continue
			}
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range named.FindAllStringSubmatch(string(source), -1) {
				found++
				for _, language := range []string{"en", "de"} {
					p := text.Default().For(language)
					if key := keyIn(wordsJob, m[1]); !p.Has(key) || !p.Has(key+".what") {
						t.Errorf("%s: the job %s has no words", language, m[1])
					}
				}
			}
		}
	}
	if found < 7 {
		t.Errorf("only %d jobs were found", found)
	}
}
