package store

import (
	"context"
	"strings"

	"weibox/inbox"

	"gorm.io/gorm"
)

// RewrapKeys seals every workspace's data key with the newest master key and says how many it changed. Tokens stay as they are: they are
// sealed with the data keys. Afterwards older master keys may be taken off the ring; one that is still needed fails the start of this.
func (y *System) RewrapKeys(ctx context.Context) (changed int, err error) {
	err = y.store.runTx(ctx, y.store.system, func(tx *Tx) error {
		changed = 0
		var rows []struct {
			ID        inbox.WorkspaceID
			SealedKey []byte
		}
		if err := tx.forUpdate().Table("workspaces").Order("id").Find(&rows).Error; err != nil {
			return err
		}
		for _, row := range rows {
			if y.store.seal.isNewest(row.SealedKey) {
				continue
			}
			if err := tx.rewrap(row.ID, row.SealedKey); err != nil {
				return err
			}
			changed++
		}
		return nil
	})
	return changed, err
}

func (tx *Tx) rewrap(w inbox.WorkspaceID, sealed []byte) error {
	place := workspaceKeyPlace(w)
	key, err := tx.store.seal.unwrap(sealed, place)
	if err != nil {
		return err
	}
	return tx.Table("workspaces").Where("id = ?", w).Update("sealed_key", tx.store.seal.wrap(key, place)).Error
}

func (s *Sealer) isNewest(sealed []byte) bool {
	return strings.HasPrefix(string(sealed), "v1|"+s.newest+"|")
}

// CheckKeys says whether the ring opens every workspace's key: a missing one must be known at the start, not at the first answer.
func (s *Store) CheckKeys(ctx context.Context) error {
	var ids []inbox.WorkspaceID
	if err := s.reading(ctx).Table("workspaces").Order("id").Pluck("id", &ids).Error; err != nil {
		return err
	}
	for _, id := range ids {
		if _, err := s.dataKey(s.reading(ctx).Session(&gorm.Session{}), id); err != nil {
			return err
		}
	}
	return nil
}
