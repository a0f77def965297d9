package core

import "muster/core/roster"

type follower struct{}

func (e *Engine) follow(roster.ListID) {}
