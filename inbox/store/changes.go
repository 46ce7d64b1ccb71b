package store

import (
	"context"

	"weibox/inbox"
)

// Seq is the workspace's newest change number.
func (s *Store) Seq(ctx context.Context, viewer inbox.Agent) (seq int64, err error) {
	err = s.reading(ctx).Raw("SELECT seq FROM workspaces WHERE id = ?", viewer.WorkspaceID).Row().Scan(&seq)
	return seq, err
}

// ChangesAfter are the next changes the viewer may know of, in commit order. When the last one looked at is out of his sight, it ends the list
// with its number alone (no kind), so that the reader goes on behind it. The error is inbox.ErrTooOld when changes after seq are no longer
// kept.
func (s *Store) ChangesAfter(ctx context.Context, viewer inbox.Agent, seq int64, limit int) ([]inbox.Change, error) {
	db := s.reading(ctx)
	var rows []changeRow
	err := db.Where("workspace_id = ? AND seq > ?", viewer.WorkspaceID, seq).Order("seq").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, err
	}
	if len(rows) > 0 && rows[0].Seq == seq+1 {
		return visibleChanges(viewer, rows), nil
	}
	// Nothing, or a hole. Numbers have no holes, so the ones after seq were forgotten, or seq is from another life of the database.
	newest, err := s.Seq(ctx, viewer)
	if err != nil || newest == seq {
		return nil, err
	}
	if len(rows) == 0 && newest > seq { // committed between the two looks, or forgotten
		var kept int64
		err := db.Raw("SELECT COUNT(*) FROM changes WHERE workspace_id = ? AND seq = ?", viewer.WorkspaceID, seq+1).Row().Scan(&kept)
		if err != nil || kept == 1 {
			return nil, err
		}
	}
	return nil, inbox.ErrTooOld
}

func visibleChanges(viewer inbox.Agent, rows []changeRow) []inbox.Change {
	changes := make([]inbox.Change, 0, len(rows))
	for i, row := range rows {
		c := inbox.Change{WorkspaceID: row.WorkspaceID, Seq: row.Seq}
		if row.AccountID == 0 || viewer.Sees(row.AccountID) {
			c.Kind, c.ID, c.AccountID = inbox.ChangeKind(row.Kind), row.RefID, row.AccountID
		} else if i < len(rows)-1 {
			continue
		}
		changes = append(changes, c)
	}
	return changes
}
