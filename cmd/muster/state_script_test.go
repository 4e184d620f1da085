package main

import (
	"fmt"
	"net"
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
}

// setUpInstallation writes a configuration with free addresses, $HTTP and
// $RADIUS, and makes it the one that commands find.
func setUpInstallation(env *testscript.Env) error {
	addresses := make([]string, 2)
	for i := range addresses {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		addresses[i] = l.Addr().String()
		if err := l.Close(); err != nil {
			return err
		}
	}
	env.Setenv("HTTP", addresses[0])
	env.Setenv("RADIUS", addresses[1])
	path := filepath.Join(env.WorkDir, "muster.yml")
	env.Setenv("MUSTER_CONFIG", path)
	return os.WriteFile(path, fmt.Appendf(nil, `public_url: http://%s
data_dir: data
http: {listen: %q}
radius: {listen: [%q]}
mail: {file: mail}
`, addresses[0], addresses[0], addresses[1]), 0o600)
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
