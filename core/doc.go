// Package core is the engine: the use cases by which lists, people and
// changesets come about and meet, and the interfaces it needs of the world.
package core
