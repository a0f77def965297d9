package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"sync"
)

// logMost bounds the log, in bytes: at that size it is begun anew, and one
// older file is kept.
const logMost = 2 << 20

// logFile is where the insides of surprises go: a file beside the store that
// only its owner may read. There is none until there is something to say. It
// is safe for concurrent use.
type logFile struct {
	mu   sync.Mutex
	path string // empty if there is nowhere to keep it
	err  error  // of the last write
	used bool
}

// logBeside names the log of a store: muster.log of muster.db.
func logBeside(store string) *logFile {
	return &logFile{path: strings.TrimSuffix(store, ".db") + ".log"}
}

// logger writes to the file, with debug also what was only refused.
func (l *logFile) logger(debug bool) *slog.Logger {
	level := slog.LevelInfo
	if debug {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: level}))
}

// Write implements io.Writer. The file is opened for each entry: they are
// rare, and another process may have begun it anew.
func (l *logFile) Write(entry []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.used = true
	l.err = l.append(entry[:min(len(entry), logMost)])
	return len(entry), l.err
}

func (l *logFile) append(entry []byte) error {
	switch info, err := os.Lstat(l.path); {
	case err == nil && !info.Mode().IsRegular():
		return fmt.Errorf("open log %s: it is no plain file", l.path)
	case err == nil && info.Size()+int64(len(entry)) > logMost:
		if err := os.Rename(l.path, l.path+".1"); err != nil {
			return fmt.Errorf("begin log anew: %w", err)
		}
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("look for log: %w", err)
	}
	f, err := os.OpenFile(l.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open log: %w", err)
	}
	_, err = f.Write(entry)
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write log: %w", err)
	}
	return nil
}

// at is where what was last written can be read; empty if it could not be kept.
func (l *logFile) at() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.used || l.err != nil {
		return ""
	}
	return l.path
}
