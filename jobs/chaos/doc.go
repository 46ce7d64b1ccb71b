// Package chaos proves the promises of the inbox from outside. It builds the real program, runs it as processes, and keeps killing them, cutting
// their lines, restarting what they stand on and filling their disk, while fans write and an agent answers. A pretend Weibo that runs here
// survives all of it, and its ledger is the witness: what was acknowledged is stored once, what was answered was posted at most once, and no
// answer stays in doubt. docs/chaos.md has the table.
package chaos
