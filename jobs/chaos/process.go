package chaos

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process is the program, started again whenever it dies, as an operator's supervisor would.
type process struct {
	binary string
	args   []string
	env    []string
	log    string
	arm    func() []string // what the next life is to die of

	mu      sync.Mutex
	cmd     *exec.Cmd
	deaths  []death
	stopped bool
	gone    chan struct{} // closed when it is not started again
}

// death is one end of a process: of a blow, or by itself, as when its database is away at start.
type death struct {
	at, again time.Time
	killed    bool
}

const restartPause = 50 * time.Millisecond

func (p *process) start() error {
	p.gone = make(chan struct{})
	if err := p.launch(); err != nil {
		return err
	}
	go p.supervise()
	return nil
}

func (p *process) launch() error {
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	cmd := exec.Command(p.binary, p.args...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}, p.env...)
	if p.arm != nil {
		cmd.Env = append(cmd.Env, p.arm()...)
	}
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped {
		return nil
	}
	p.cmd = cmd
	return cmd.Start()
}

func (p *process) supervise() {
	defer close(p.gone)
	for {
		_ = p.current().Wait()
		status, _ := p.current().ProcessState.Sys().(syscall.WaitStatus)
		d := death{at: time.Now(), killed: status.Signaled() && status.Signal() == syscall.SIGKILL}
		time.Sleep(restartPause)
		p.mu.Lock()
		if p.stopped {
			p.mu.Unlock()
			return
		}
		d.again = time.Now()
		p.deaths = append(p.deaths, d)
		p.mu.Unlock()
		if err := p.launch(); err != nil {
			return
		}
	}
}

func (p *process) current() *exec.Cmd {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cmd
}

// kill ends the process the way a power cut does; it is started again.
func (p *process) kill() { _ = p.current().Process.Kill() }

func (p *process) stop() {
	p.mu.Lock()
	p.stopped = true
	cmd := p.cmd
	p.mu.Unlock()
	_ = cmd.Process.Kill()
	<-p.gone
}

// kills are the violent deaths so far.
func (p *process) kills() []death {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []death
	for _, d := range p.deaths {
		if d.killed {
			list = append(list, d)
		}
	}
	return list
}

// ticksPerSecond is what Linux counts processor time in.
const ticksPerSecond = 100

// processorTime is what the process has used of the processor so far.
func (p *process) processorTime() (time.Duration, error) {
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.current().Process.Pid), "stat"))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * time.Second / ticksPerSecond, nil
}

// panics are lines of the log that no death from outside explains.
func (p *process) panics() []string {
	log, err := os.ReadFile(p.log)
	if err != nil {
		return []string{err.Error()}
	}
	var found []string
	for line := range strings.Lines(string(log)) {
		if strings.HasPrefix(line, "panic:") || strings.HasPrefix(line, "fatal error:") || strings.Contains(line, "DATA RACE") {
			found = append(found, fmt.Sprintf("%s: %s", filepath.Base(p.log), strings.TrimSpace(line)))
		}
	}
	return found
}
