package inbox

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// The cost of one guess: 19 MiB of memory and two passes, as OWASP's password storage page advises for argon2id.
const (
	argonMemory  = 19 * 1024 // KiB
	argonPasses  = 2
	argonThreads = 1
	saltBytes    = 16
	keyBytes     = 32
)

const (
	shortestPassword = 12
	longestPassword  = 128
	// hashesAtOnce bounds the memory that guessing can take: without it a flood of sign-ins would be a flood of 19 MiB blocks.
	hashesAtOnce = 4
	// longestHashWait is how long a sign-in stands in line before it is told to come back.
	longestHashWait = 3 * time.Second
)

// Passwords hashes and checks passwords. It is safe for concurrent use; make one for the whole process.
type Passwords struct {
	slots chan struct{}
	decoy Secret
}

// NewPasswords prepares the hashing of passwords.
func NewPasswords() *Passwords {
	return &Passwords{slots: make(chan struct{}, hashesAtOnce), decoy: phc{salt: make([]byte, saltBytes), key: make([]byte, keyBytes),
		memory: argonMemory, passes: argonPasses, threads: argonThreads}.secret()}
}

// Hash is the form in which a password is stored: a PHC string with its own salt and costs.
func (p *Passwords) Hash(ctx context.Context, password string) (Secret, error) {
	if err := p.enter(ctx); err != nil {
		return "", err
	}
	defer p.leave()
	h := phc{salt: make([]byte, saltBytes), memory: argonMemory, passes: argonPasses, threads: argonThreads}
	rand.Read(h.salt) // never fails
	h.key = h.derive(password, keyBytes)
	return h.secret(), nil
}

// Check says whether the password belongs to the hash. An empty hash costs the same time as any other, so that nobody learns from the
// clock which logins exist. stale: the hash was made at other costs and should be made again.
func (p *Passwords) Check(ctx context.Context, hash Secret, password string) (right, stale bool, err error) {
	known := hash != ""
	if !known {
		hash = p.decoy
	}
	h, err := parsePHC(hash.Reveal())
	if err != nil {
		return false, false, err
	}
	if err := p.enter(ctx); err != nil {
		return false, false, err
	}
	defer p.leave()
	same := subtle.ConstantTimeCompare(h.key, h.derive(password, uint32(len(h.key)))) == 1
	return known && same, h.memory != argonMemory || h.passes != argonPasses || h.threads != argonThreads, nil
}

func (p *Passwords) enter(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, longestHashWait)
	defer cancel()
	select {
	case p.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return &Error{Code: Unavailable, ZH: "登录的人太多了，请稍等几秒再试", EN: "too many people are signing in: wait a few seconds and try again",
			Cause: ctx.Err()}
	}
}

func (p *Passwords) leave() { <-p.slots }

// phc is an argon2id hash in the PHC string format: $argon2id$v=19$m=…,t=…,p=…$salt$key.
type phc struct {
	memory, passes uint32
	threads        uint8
	salt, key      []byte
}

func (h phc) derive(password string, length uint32) []byte {
	return argon2.IDKey([]byte(password), h.salt, h.passes, h.memory, h.threads, length)
}

func (h phc) secret() Secret {
	b64 := base64.RawStdEncoding
	return Secret(fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.memory, h.passes, h.threads,
		b64.EncodeToString(h.salt), b64.EncodeToString(h.key)))
}

func parsePHC(text string) (h phc, err error) {
	parts := strings.Split(text, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return h, fmt.Errorf("a stored password hash has an unknown form")
	}
	if _, err = fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.memory, &h.passes, &h.threads); err != nil {
		return h, fmt.Errorf("the costs of a stored password hash: %w", err)
	}
	if h.salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return h, fmt.Errorf("the salt of a stored password hash: %w", err)
	}
	if h.key, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil {
		return h, fmt.Errorf("the key of a stored password hash: %w", err)
	}
	if h.passes == 0 || h.threads == 0 || len(h.key) == 0 {
		return h, fmt.Errorf("a stored password hash has no costs or no key")
	}
	return h, nil
}

//go:embed common_passwords.txt
var commonPasswordList string

var commonPasswords = func() map[string]bool {
	words := map[string]bool{}
	for word := range strings.Lines(commonPasswordList) {
		words[strings.TrimSpace(word)] = true
	}
	return words
}()

// AcceptPassword says why a new password is refused; nil if it is good. Length and not being guessable are all that is asked: rules
// about which characters to mix make passwords worse.
func AcceptPassword(password, login string) error {
	refuse := func(zh, en string) error { return &Error{Code: Invalid, Field: "password", ZH: zh, EN: en} }
	switch length := utf8.RuneCountInString(password); {
	case !utf8.ValidString(password):
		return refuse("密码含有无法识别的字符，请换一个", "the password holds characters that cannot be read: choose another")
	case length < shortestPassword:
		return refuse("密码太短，请至少用 12 个字符，例如几个互不相关的词", "the password is too short: use at least 12 characters, for example a few unrelated words")
	case length > longestPassword:
		return refuse("密码太长，最多 128 个字符", "the password is too long: at most 128 characters")
	}
	plain := strings.ToLower(password)
	if login = strings.ToLower(login); login != "" && (plain == login || smallestRepeat(plain) == login) {
		return refuse("密码不能与登录名相同，请换一个", "the password must not be the login: choose another")
	}
	if common(plain) {
		return refuse("这个密码太常见，容易被猜到，请换一个", "this password is widely used and easily guessed: choose another")
	}
	return nil
}

// common says whether a password is on the list, or is something on the list or a few characters repeated.
func common(plain string) bool {
	unit := smallestRepeat(plain)
	return commonPasswords[plain] || commonPasswords[unit] || unit != plain && utf8.RuneCountInString(unit) <= 4
}

// smallestRepeat is the shortest text that gives s when it is repeated: "abcabc" is "abc" twice. It is s itself if nothing shorter does.
func smallestRepeat(s string) string {
	if at := strings.Index((s + s)[1:], s); at >= 0 {
		return s[:at+1]
	}
	return s
}
