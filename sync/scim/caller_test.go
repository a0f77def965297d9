package scim_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
)

// caller is a provider that costs next to nothing: one connection, one request
// at a time, for where it is the service that is measured.
type caller struct {
	conn  net.Conn
	r     *bufio.Reader
	fixed string // headers of every request
	out   []byte
	body  []byte
}

// dial connects to the service at host:port.
func dial(address, token string) (*caller, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	return &caller{
		conn: conn, r: bufio.NewReaderSize(conn, 64<<10),
		fixed: " HTTP/1.1\r\nHost: " + address + "\r\nAuthorization: Bearer " + token + "\r\nContent-Type: application/scim+json\r\n",
	}, nil
}

// hangUp ends the connection; nothing can be wrong with that any more.
func (c *caller) hangUp() { _ = c.conn.Close() }

// do sends a request to the list staff and returns the answer, whose body is
// good until the next one.
func (c *caller) do(method, path, body string) (status int, answer []byte, err error) {
	c.out = fmt.Appendf(c.out[:0], "%s /scim/v2/staff%s%sContent-Length: %d\r\n\r\n%s", method, path, c.fixed, len(body), body)
	if _, err := c.conn.Write(c.out); err != nil {
		return 0, nil, err
	}
	line, err := c.r.ReadSlice('\n')
	if err != nil {
		return 0, nil, err
	}
	if len(line) < 12 {
		return 0, nil, errors.New("the answer has no status")
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, nil, err
	}
	length := 0
	for {
		if line, err = c.r.ReadSlice('\n'); err != nil {
			return status, nil, err
		}
		if len(line) <= 2 {
			break
		}
		if value, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(strings.TrimSpace(string(value))); err != nil {
				return status, nil, err
			}
		}
	}
	if cap(c.body) < length {
		c.body = make([]byte, length)
	}
	c.body = c.body[:length]
	_, err = io.ReadFull(c.r, c.body)
	return status, c.body, err
}
