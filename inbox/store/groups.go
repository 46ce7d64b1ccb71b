package store

import (
	"context"

	"weibox/inbox"
)

type groupRow struct {
	ID          inbox.SkillGroupID
	WorkspaceID inbox.WorkspaceID
	Name        string
}

func (groupRow) TableName() string { return "skill_groups" }

type memberRow struct {
	WorkspaceID  inbox.WorkspaceID
	SkillGroupID inbox.SkillGroupID
	AgentID      inbox.AgentID
}

func (memberRow) TableName() string { return "skill_group_agents" }

// SkillGroups are those of the workspace, oldest first.
func (s *Store) SkillGroups(ctx context.Context, workspace inbox.WorkspaceID) ([]inbox.SkillGroup, error) {
	db := s.reading(ctx)
	var rows []groupRow
	if err := db.Where("workspace_id = ?", workspace).Order("id").Find(&rows).Error; err != nil {
		return nil, err
	}
	var members []memberRow
	if err := db.Where("workspace_id = ?", workspace).Order("agent_id").Find(&members).Error; err != nil {
		return nil, err
	}
	of := map[inbox.SkillGroupID][]inbox.AgentID{}
	for _, m := range members {
		of[m.SkillGroupID] = append(of[m.SkillGroupID], m.AgentID)
	}
	groups := make([]inbox.SkillGroup, len(rows))
	for i, row := range rows {
		groups[i] = inbox.SkillGroup{ID: row.ID, WorkspaceID: row.WorkspaceID, Name: row.Name, AgentIDs: of[row.ID]}
	}
	return groups, nil
}

// SaveSkillGroup makes the group if it has no id.
func (s *Store) SaveSkillGroup(ctx context.Context, group inbox.SkillGroup) (inbox.SkillGroup, error) {
	err := s.RunTx(ctx, func(tx *Tx) error {
		row := groupRow{ID: group.ID, WorkspaceID: group.WorkspaceID, Name: group.Name}
		if err := tx.saveGroup(&row); err != nil {
			return err
		}
		group.ID = row.ID
		tx.Change(group.WorkspaceID, inbox.GroupChanged, int64(group.ID), 0)
		return tx.fill(group)
	})
	return group, err
}

func (tx *Tx) saveGroup(row *groupRow) error {
	if row.ID == 0 {
		return orTaken(tx.Create(row).Error, "name", "技能组名称", "name")
	}
	if err := tx.Where("workspace_id = ? AND id = ?", row.WorkspaceID, row.ID).Take(&groupRow{}).Error; err != nil {
		return oneRow(err, "技能组", "skill group")
	}
	err := tx.Model(&groupRow{}).Where("workspace_id = ? AND id = ?", row.WorkspaceID, row.ID).Update("name", row.Name).Error
	return orTaken(err, "name", "技能组名称", "name")
}

// fill makes the group's members those it has in hand.
func (tx *Tx) fill(group inbox.SkillGroup) error {
	var rows []memberRow
	for _, agent := range unique(group.AgentIDs) {
		rows = append(rows, memberRow{group.WorkspaceID, group.ID, agent})
	}
	return tx.replaceMembers("skill_group_id = ?", group.WorkspaceID, int64(group.ID), rows)
}

// group makes the agent's groups those he has in hand.
func (tx *Tx) group(a inbox.Agent) error {
	var rows []memberRow
	for _, group := range unique(a.GroupIDs) {
		rows = append(rows, memberRow{a.WorkspaceID, group, a.ID})
		tx.Change(a.WorkspaceID, inbox.GroupChanged, int64(group), 0)
	}
	return tx.replaceMembers("agent_id = ?", a.WorkspaceID, int64(a.ID), rows)
}

func (tx *Tx) replaceMembers(condition string, workspace inbox.WorkspaceID, id int64, rows []memberRow) error {
	if err := tx.Where("workspace_id = ?", workspace).Where(condition, id).Delete(&memberRow{}).Error; err != nil || len(rows) == 0 {
		return err
	}
	return orTaken(tx.CreateInBatches(rows, 200).Error, "skill_group_ids", "坐席或技能组", "agent or skill group")
}

// RemoveSkillGroup gives the group's conversations back to no group. Browsers are told of the group alone: its conversations may be many.
func (s *Store) RemoveSkillGroup(ctx context.Context, workspace inbox.WorkspaceID, id inbox.SkillGroupID) error {
	return s.RunTx(ctx, func(tx *Tx) error {
		if err := tx.Where("workspace_id = ? AND id = ?", workspace, id).Take(&groupRow{}).Error; err != nil {
			return oneRow(err, "技能组", "skill group")
		}
		tx.Change(workspace, inbox.GroupChanged, int64(id), 0)
		if err := tx.Exec("UPDATE conversations SET skill_group_id = NULL, version = version + 1 WHERE workspace_id = ? AND skill_group_id = ?",
			workspace, id).Error; err != nil {
			return err
		}
		if err := tx.Where("workspace_id = ? AND skill_group_id = ?", workspace, id).Delete(&memberRow{}).Error; err != nil {
			return err
		}
		return tx.Where("workspace_id = ? AND id = ?", workspace, id).Delete(&groupRow{}).Error
	})
}
