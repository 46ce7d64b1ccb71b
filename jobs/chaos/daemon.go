package chaos

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	_ "github.com/go-sql-driver/mysql"
)

// daemon is a server of our own that may be killed and started again; nobody else uses it.
type daemon struct {
	name    string
	args    []string
	address string
	log     string
	cmd     *exec.Cmd
}

// freePort asks the system for a port that nobody uses. Somebody could take it before we do; then the daemon does not come up, and says so.
func freePort() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	return port, errors.Join(err, listener.Close())
}

func (d *daemon) start(ctx context.Context) error {
	log, err := os.OpenFile(d.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	d.cmd = exec.Command(d.name, d.args...)
	d.cmd.Stdout, d.cmd.Stderr = log, log
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // it must not outlive the proof
	if err := d.cmd.Start(); err != nil {
		return err
	}
	if !eventually(ctx, 60*time.Second, func() bool { return listens(d.address) }) {
		return fmt.Errorf("%s does not listen at %s; see %s", d.name, d.address, d.log)
	}
	return nil
}

func (d *daemon) kill() {
	if d.cmd != nil && d.cmd.Process != nil {
		_ = d.cmd.Process.Kill()
		_ = d.cmd.Wait()
	}
}

func listens(address string) bool {
	conn, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

// eventually asks until the answer is yes, or says that it never was.
func eventually(ctx context.Context, patience time.Duration, yes func() bool) bool {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		if yes() {
			return true
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return false
		}
	}
}

func startRedis(ctx context.Context, folder string) (*daemon, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	d := &daemon{name: "redis-server", address: "127.0.0.1:" + port, log: filepath.Join(folder, "redis.log"),
		args: []string{"--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", folder, "--maxmemory-policy", "noeviction"}}
	return d, d.start(ctx)
}

// startMariaDB makes a data folder and runs a server on it that keeps what it has committed.
func startMariaDB(ctx context.Context, folder string) (*daemon, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	data := filepath.Join(folder, "mysql")
	install := exec.CommandContext(ctx, "mariadb-install-db", "--no-defaults", "--datadir="+data, "--auth-root-authentication-method=normal", "--skip-test-db", "--user="+me())
	if said, err := install.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("mariadb-install-db: %w: %s", err, said)
	}
	d := &daemon{name: "mariadbd", address: "127.0.0.1:" + port, log: filepath.Join(folder, "mariadb.log"),
		args: []string{"--no-defaults", "--datadir=" + data, "--port=" + port, "--bind-address=127.0.0.1", "--socket=" + filepath.Join(folder, "db.sock"),
			"--pid-file=" + filepath.Join(folder, "db.pid"), "--user=" + me(), "--innodb-flush-log-at-trx-commit=1", "--character-set-server=utf8mb4"}}
	if err := d.start(ctx); err != nil {
		return nil, err
	}
	db, err := sql.Open("mysql", "root@tcp("+d.address+")/")
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }()
	var created error
	if !eventually(ctx, 30*time.Second, func() bool {
		_, created = db.ExecContext(ctx, "CREATE DATABASE IF NOT EXISTS weibox CHARACTER SET utf8mb4")
		return created == nil
	}) {
		return nil, fmt.Errorf("create the database: %w", created)
	}
	return d, nil
}

// me is who runs the tests: the server refuses to run as root unless it is told to.
func me() string {
	if os.Geteuid() == 0 {
		return "root"
	}
	return os.Getenv("USER")
}
