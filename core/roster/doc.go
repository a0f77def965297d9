// Package roster is what a list is made of: its schema of fields, its people
// and their values, and the query language that finds them. It holds no state
// and does no I/O.
package roster
