package main

import (
	"muster/tui"
	"muster/tui/administrators"
	"muster/tui/remote"
)

// administratorDoors tell the screen of the administrators who else is at the
// screens of this process, and where it lets them in.
func (v *env) administratorDoors(company tui.Company) administrators.Doors {
	var d administrators.Doors
	if company != nil {
		d.Here = func() (all []administrators.Visitor) {
			for _, o := range company.Others() {
				all = append(all, administrators.Visitor{Who: o.Who, Since: o.Since, Where: o.Where, Local: o.From == ""})
			}
			return all
		}
	}
	if h := v.holder; h != nil {
		d.Server = func() (s administrators.Server, err error) {
			if h.network == nil {
				return s, nil
			}
			s.Listen = h.network.at
			_, s.Key, err = remote.HostKey(h.path)
			return s, err
		}
	}
	return d
}
