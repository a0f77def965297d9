//go:build linux && (amd64 || arm64)

package powercut

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// patience is how long a child may run before it is killed as hung.
const patience = 2 * time.Minute

// Trace runs a child to its end and logs what it does to the file store, which
// may exist already, and each write to its standard output. The child writes the
// store with pwrite and ftruncate only, and acknowledges with one write each. It
// must succeed. Its standard output and error belong to Trace; its standard
// input, if any, must be a file.
func Trace(tb testing.TB, child *exec.Cmd, store string) *Log {
	tb.Helper()
	log, err := trace(child, store, filepath.Join(tb.TempDir(), "stderr"))
	if err != nil {
		tb.Fatalf("trace %s: %v", filepath.Base(child.Path), err)
	}
	return log
}

func trace(child *exec.Cmd, store, stderr string) (*Log, error) {
	directory, err := filepath.EvalSymlinks(filepath.Dir(store))
	if err != nil {
		return nil, fmt.Errorf("find store: %w", err)
	}
	if store, err = filepath.Abs(filepath.Join(directory, filepath.Base(store))); err != nil {
		return nil, fmt.Errorf("find store: %w", err)
	}
	t := &tracer{store: store, log: &Log{}, threads: make(map[int]bool), calls: make(map[int]func(result int64))}
	if t.log.before, err = readIfThere(store); err != nil {
		return nil, fmt.Errorf("read store: %w", err)
	}
	output, err := os.Create(stderr)
	if err != nil {
		return nil, err
	}
	child.Stdout, child.Stderr = nil, output
	if err := errors.Join(t.run(child), output.Close()); err != nil {
		said, readErr := os.ReadFile(stderr)
		return nil, errors.Join(err, readErr, errors.New(string(said)))
	}
	return t.log, t.verify()
}

func readIfThere(path string) ([]byte, error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if content == nil && err == nil {
		content = []byte{}
	}
	return content, err
}

// A tracer follows all threads of a child from system call to system call.
type tracer struct {
	store   string
	log     *Log
	threads map[int]bool               // that have shown up
	calls   map[int]func(result int64) // by thread, what to do when its call returns
	err     error                      // the first that has to wait for the child's end
}

// verify compares the log with the file that the child left. They agree unless
// the child has found a way to write that the tracer does not know.
func (t *tracer) verify() error {
	image := slices.Clone(t.log.before)
	for _, c := range t.log.changes {
		image = c.apply(image, always)
	}
	file, err := readIfThere(t.store)
	if err != nil {
		return fmt.Errorf("read store: %w", err)
	}
	if !bytes.Equal(image, file) {
		return errors.New("the store holds something else than what was written to it in sight")
	}
	return nil
}

// run starts the child and follows it to its end. The thread that starts a
// child is the only one that may trace it.
func (t *tracer) run(child *exec.Cmd) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	// In a process group of its own the child can be waited for without
	// reaping children of other tests.
	child.SysProcAttr = &syscall.SysProcAttr{Ptrace: true, Setpgid: true}
	if err := child.Start(); err != nil {
		return fmt.Errorf("start child: %w", err)
	}
	pid := child.Process.Pid
	kill := func() { _ = syscall.Kill(-pid, syscall.SIGKILL) } // it may have ended already
	hung := time.AfterFunc(patience, kill)
	defer hung.Stop()
	err := t.follow(pid)
	if err != nil {
		kill()
	}
	return errors.Join(err, t.err, child.Process.Release())
}

func (t *tracer) follow(pid int) error {
	var status syscall.WaitStatus
	if _, err := wait(-pid, &status); err != nil {
		return fmt.Errorf("wait for child to start: %w", err)
	}
	const options = unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_EXITKILL | unix.PTRACE_O_TRACEEXEC |
		unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_TRACEFORK | unix.PTRACE_O_TRACEVFORK
	if err := syscall.PtraceSetOptions(pid, options); err != nil {
		return fmt.Errorf("trace child: %w", err)
	}
	t.threads[pid] = true
	for thread := pid; ; {
		if status.Stopped() {
			signal := t.stopped(thread, status)
			// A thread may be gone that was just stopped: killed by its
			// process's end. The next wait tells.
			if err := syscall.PtraceSyscall(thread, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
				return fmt.Errorf("continue child: %w", err)
			}
		} else {
			delete(t.threads, thread)
			delete(t.calls, thread)
		}
		var err error
		thread, err = wait(-pid, &status)
		switch {
		case errors.Is(err, syscall.ECHILD):
			return nil
		case err != nil:
			return fmt.Errorf("wait for child: %w", err)
		case thread == pid && status.Exited() && status.ExitStatus() != 0:
			return fmt.Errorf("child failed with exit status %d", status.ExitStatus())
		case thread == pid && status.Signaled():
			return fmt.Errorf("child was killed by %v", status.Signal())
		}
	}
}

func wait(group int, status *syscall.WaitStatus) (int, error) {
	for {
		thread, err := syscall.Wait4(group, status, unix.WALL, nil)
		if !errors.Is(err, syscall.EINTR) {
			return thread, err
		}
	}
}

// stopped handles one stop of a thread and returns the signal to deliver.
func (t *tracer) stopped(thread int, status syscall.WaitStatus) (signal int) {
	switch stop := status.StopSignal(); {
	case stop == syscall.SIGTRAP|0x80:
		if err := t.syscall(thread); err != nil && t.err == nil {
			t.err = err
		}
	case stop == syscall.SIGTRAP:
		// A new program, or a new thread, which stops by itself.
	case stop == syscall.SIGSTOP && !t.threads[thread]:
		t.threads[thread] = true
	default:
		signal = int(stop)
	}
	return signal
}

// callInfo is the kernel's struct ptrace_syscall_info.
type callInfo struct {
	op   uint8
	_    [3]uint8
	arch uint32
	_    [2]uint64
	// On entry the number and the arguments of the call, on exit its result.
	values [7]uint64
}

const (
	getSyscallInfo = 0x420e
	atEntry        = 1
	atExit         = 2
)

// syscall handles the beginning or the end of a system call.
func (t *tracer) syscall(thread int) error {
	var info callInfo
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, getSyscallInfo, uintptr(thread),
		unsafe.Sizeof(info), uintptr(unsafe.Pointer(&info)), 0, 0)
	switch {
	case errno == unix.ESRCH:
		return nil // killed meanwhile
	case errno != 0:
		return fmt.Errorf("look at system call: %w", errno)
	case info.op == atEntry:
		return t.enter(thread, info.values[0], info.values[1:])
	case info.op == atExit:
		if leave := t.calls[thread]; leave != nil {
			delete(t.calls, thread)
			leave(int64(info.values[0]))
		}
	}
	return nil
}

// event numbers what happens.
func (t *tracer) event() int {
	t.log.events++
	return t.log.events - 1
}

// enter logs a system call that begins. What is written counts from then on,
// for it may reach the disk, or whoever listens, at once.
func (t *tracer) enter(thread int, number uint64, args []uint64) error {
	fd := int(int32(args[0]))
	switch number {
	case unix.SYS_WRITE:
		if fd == 1 {
			text, err := memory(thread, args[1], args[2])
			t.log.said = append(t.log.said, saying{t.event(), text})
			return err
		}
		return t.refuse(thread, fd, "write")
	case unix.SYS_WRITEV, unix.SYS_PWRITEV, unix.SYS_PWRITEV2:
		return t.refuse(thread, fd, "writev")
	case unix.SYS_FALLOCATE:
		return t.refuse(thread, fd, "fallocate")
	case unix.SYS_PWRITE64:
		if t.isStore(thread, fd) {
			data, err := memory(thread, args[1], args[2])
			t.change(thread, change{offset: int64(args[3]), data: data})
			return err
		}
	case unix.SYS_FTRUNCATE:
		if t.isStore(thread, fd) {
			t.change(thread, change{offset: int64(args[1]), truncate: true})
		}
	case unix.SYS_FSYNC, unix.SYS_FDATASYNC:
		if t.isStore(thread, fd) {
			t.sync(thread)
		}
	}
	return nil
}

// refuse admits to not following a call, if it is on the store.
func (t *tracer) refuse(thread, fd int, call string) error {
	if t.isStore(thread, fd) {
		return fmt.Errorf("the child changes its store by %s, which power cuts do not know", call)
	}
	return nil
}

func (t *tracer) isStore(thread, fd int) bool {
	path, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", thread, fd))
	return err == nil && path == t.store
}

func (t *tracer) change(thread int, c change) {
	c.span = span{t.event(), unfinished}
	at := len(t.log.changes)
	t.log.changes = append(t.log.changes, c)
	t.calls[thread] = func(result int64) {
		c := &t.log.changes[at]
		c.end = t.event()
		if !c.truncate {
			c.data = c.data[:max(result, 0)]
		} else if result < 0 {
			*c = change{span: c.span} // a write of nothing
		}
	}
}

func (t *tracer) sync(thread int) {
	begin := t.event()
	t.calls[thread] = func(result int64) {
		if end := t.event(); result == 0 {
			t.log.syncs = append(t.log.syncs, span{begin, end})
		}
	}
}

// memory reads from the memory of a stopped thread.
func memory(thread int, address, size uint64) ([]byte, error) {
	data := make([]byte, size)
	if size == 0 {
		return data, nil
	}
	n, err := unix.ProcessVMReadv(thread,
		[]unix.Iovec{{Base: &data[0], Len: size}},
		[]unix.RemoteIovec{{Base: uintptr(address), Len: int(size)}}, 0)
	if err != nil {
		return nil, fmt.Errorf("read child's memory: %w", err)
	}
	if uint64(n) != size {
		return nil, fmt.Errorf("read child's memory: %d bytes of %d", n, size)
	}
	return data, nil
}
