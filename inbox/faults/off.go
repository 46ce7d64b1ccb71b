//go:build !chaos

package faults

// Point is an instant at which a process may die.
func Point(string) {}
