package store

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"weibox/inbox"
)

// Sealer keeps secrets at rest: each workspace has a data key, and the data key is wrapped with a master key that is never in the
// database. A sealed value is "v1|key id|" + nonce and ciphertext (AES-256-GCM); it is bound to its place, so that it cannot be moved to
// another row.
type Sealer struct {
	keys   map[string]cipher.AEAD
	newest string
}

// KeySize is the length of a master key in bytes.
const KeySize = 32

// NewSealer reads a key ring "k2:base64,k1:base64"; the first seals, all open. Errors never show a key.
func NewSealer(ring inbox.Secret) (*Sealer, error) {
	s := &Sealer{keys: map[string]cipher.AEAD{}}
	for entry := range strings.SplitSeq(ring.Reveal(), ",") {
		id, encoded, ok := strings.Cut(strings.TrimSpace(entry), ":")
		if !ok || id == "" || strings.Contains(id, "|") {
			return nil, errors.New("master_keys: each key is written as name:base64")
		}
		key, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil || len(key) != KeySize {
			return nil, fmt.Errorf("master_keys: key %s is not %d bytes in base64", id, KeySize)
		}
		if s.keys[id], err = aead(key); err != nil {
			return nil, err
		}
		if s.newest == "" {
			s.newest = id
		}
	}
	return s, nil
}

// NewKeyRing makes a ring of one fresh key. Its name is fresh too, so that it can be put before an older one.
func NewKeyRing() inbox.Secret {
	return inbox.Secret("k" + strings.ToLower(rand.Text()[:6]) + ":" + base64.StdEncoding.EncodeToString(randomKey()))
}

func randomKey() []byte {
	key := make([]byte, KeySize)
	_, _ = rand.Read(key) // never fails: it crashes the program instead
	return key
}

func aead(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// wrap seals a workspace's data key with the newest master key.
func (s *Sealer) wrap(key []byte, place string) []byte {
	return append([]byte("v1|"+s.newest+"|"), s.keys[s.newest].Seal(nil, nil, key, []byte(place))...)
}

// unwrap opens a data key, whichever master key of the ring sealed it.
func (s *Sealer) unwrap(sealed []byte, place string) ([]byte, error) {
	id, text, err := splitSealed(sealed)
	if err != nil {
		return nil, err
	}
	master, ok := s.keys[id]
	if !ok {
		return nil, fmt.Errorf("master key %s is not in master_keys, but a workspace's key is still sealed with it", id)
	}
	key, err := master.Open(nil, nil, text, []byte(place))
	if err != nil {
		return nil, errors.New("a workspace's key was changed or moved, or the master key is another one")
	}
	return key, nil
}

func splitSealed(sealed []byte) (id string, text []byte, err error) {
	parts := strings.SplitN(string(sealed), "|", 3)
	if len(parts) != 3 || parts[0] != "v1" {
		return "", nil, errors.New("not a sealed value")
	}
	return parts[1], []byte(parts[2]), nil
}

// sealWith seals a secret with a workspace's data key.
func sealWith(key []byte, secret []byte, place string) ([]byte, error) {
	a, err := aead(key)
	if err != nil {
		return nil, err
	}
	return append([]byte("v1|d|"), a.Seal(nil, nil, secret, []byte(place))...), nil
}

func openWith(key []byte, sealed []byte, place string) ([]byte, error) {
	_, text, err := splitSealed(sealed)
	if err != nil {
		return nil, err
	}
	a, err := aead(key)
	if err != nil {
		return nil, err
	}
	secret, err := a.Open(nil, nil, text, []byte(place))
	if err != nil {
		return nil, errors.New("a sealed value was changed or moved")
	}
	return secret, nil
}
