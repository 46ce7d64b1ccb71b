//go:build !linux

package configs

// networkDisk is known on Linux only, where servers run.
func networkDisk(string) string { return "" }
