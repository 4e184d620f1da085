package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"example.com/muster/internal/factor/totp"
	"example.com/muster/internal/secret"
)

// TestStatefulHere runs each command in a process of its own that takes the
// lock, TestStatefulServing sends it to a server. The scripts are the same,
// because nobody should see a difference.
func TestStatefulHere(t *testing.T) { runStateScripts(t, nil) }

func TestStatefulServing(t *testing.T) { runStateScripts(t, startServer) }

func runStateScripts(t *testing.T, start func(*testscript.Env) error) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "state"),
		UpdateScripts:       *updateScripts,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			if err := setUpInstallation(env); err != nil || start == nil {
				return err
			}
			return start(env)
		},
		Cmds: scriptCommands,
	})
}

var scriptCommands = map[string]func(*testscript.TestScript, bool, []string){
	"exitcode": exitCode,
	"totp":     totpCode,
	"ready":    awaitReady,
	"fetch":    fetch,
}

// setUpInstallation writes configurations with a loopback address of their own
// ($HTTP, $RADIUS and $METRICS), and makes muster.yml the one that commands
// find.
func setUpInstallation(env *testscript.Env) error {
	host := fmt.Sprintf("127.%d.%d.%d", 1+rand.IntN(250), rand.IntN(250), 1+rand.IntN(250))
	web, radius, metrics := host+":8080", host+":1812", host+":9090"
	env.Setenv("HTTP", web)
	env.Setenv("RADIUS", radius)
	env.Setenv("METRICS", metrics)
	env.Setenv("MUSTER_CONFIG", filepath.Join(env.WorkDir, "muster.yml"))
	for name, more := range map[string]string{
		"muster.yml":   "",
		"token.yml":    "metrics: {token_file: token}\n",
		"listener.yml": fmt.Sprintf("metrics: {listen: %q}\n", metrics),
		"other.yml":    "data_dir: other\n",
	} {
		content := fmt.Sprintf("public_url: http://%s\nhttp: {listen: %q}\nradius: {listen: [%q]}\nmail: {file: mail}\n%s",
			web, web, radius, more)
		if !strings.Contains(more, "data_dir") {
			content += "data_dir: data\n"
		}
		if err := os.WriteFile(filepath.Join(env.WorkDir, name), []byte(content), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// startServer serves for as long as the script runs.
func startServer(env *testscript.Env) error {
	binary, err := lookIn(env, "muster")
	if err != nil {
		return err
	}
	server := exec.Command(binary, "serve")
	server.Args[0] = "muster"
	server.Dir, server.Env = env.WorkDir, env.Vars
	log, err := os.Create(filepath.Join(env.WorkDir, "server.log"))
	if err != nil {
		return err
	}
	server.Stderr = log
	if err := server.Start(); err != nil {
		return err
	}
	env.Defer(func() {
		_ = server.Process.Signal(syscall.SIGTERM)
		err := server.Wait()
		_ = log.Close()
		if err != nil {
			said, _ := os.ReadFile(log.Name())
			panic(fmt.Sprintf("the server ended with %v:\n%s", err, said))
		}
	})
	if err := waitReady("http://" + env.Getenv("HTTP")); err != nil {
		said, _ := os.ReadFile(log.Name())
		return fmt.Errorf("%w\n%s", err, said)
	}
	return nil
}

// lookIn finds a program in the script's PATH.
func lookIn(env *testscript.Env, name string) (string, error) {
	for _, dir := range filepath.SplitList(env.Getenv("PATH")) {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", exec.ErrNotFound
}

func waitReady(url string) error {
	var err error
	for range 200 {
		var response *http.Response
		if response, err = http.Get(url + "/healthz"); err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
			err = fmt.Errorf("/healthz says %s", response.Status)
		}
		time.Sleep(50 * time.Millisecond)
	}
	return err
}

// awaitReady waits for a server that the script has started: ready URL.
func awaitReady(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: ready URL")
	}
	ts.Check(waitReady(args[0]))
}

// totpCode puts the code that an authenticator shows into a variable, now or
// some time steps later:
//
//	totp CODE alice.totp
//	totp CODE stdout 1
//
// The file holds the secret, or a line that begins with "secret".
func totpCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: totp VARIABLE FILE [STEPS]")
	}
	var later int64
	if len(args) > 2 {
		var err error
		later, err = strconv.ParseInt(args[2], 10, 64)
		ts.Check(err)
	}
	text := strings.TrimSpace(ts.ReadFile(args[1]))
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, "secret"); ok {
			text = rest
		}
	}
	key, err := totp.ParseBase32(secret.New(strings.TrimSpace(text)))
	ts.Check(err)
	p := totp.Defaults()
	ts.Setenv(args[0], totp.Code(key.Reveal(), p, p.Step(time.Now())+later))
}

// fetch gets a page and writes its body to a file:
//
//	fetch 200 body http://127.0.0.1:8080/healthz 'Authorization: Bearer token'
func fetch(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: fetch STATUS FILE URL [HEADER]")
	}
	request, err := http.NewRequest(http.MethodGet, args[2], nil)
	ts.Check(err)
	for _, header := range args[3:] {
		name, value, _ := strings.Cut(header, ": ")
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	ts.Check(err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	ts.Check(err)
	if got := strconv.Itoa(response.StatusCode); got != args[0] {
		ts.Fatalf("status %s, want %s:\n%s", got, args[0], body)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), body, 0o600))
}
