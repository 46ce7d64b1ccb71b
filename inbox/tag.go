package inbox

import "time"

// Tag is a word a workspace uses for conversations.
type Tag struct {
	ID          TagID
	WorkspaceID WorkspaceID
	Name        string
	Color       string
	Archived    bool
}

// Rule is one line of a workspace's ordered rule list. All conditions that are given must hold.
type Rule struct {
	Name       string       `json:"name"`
	Enabled    bool         `json:"enabled"`
	Kinds      []Kind       `json:"kinds"`
	Words      []string     `json:"words"`
	Accounts   []AccountID  `json:"account_ids"`
	Tags       []TagID      `json:"tag_ids"`
	SkillGroup SkillGroupID `json:"skill_group_id,omitempty"`
}

// RuleList is a published version of the rules; versions are never changed, only followed.
type RuleList struct {
	WorkspaceID WorkspaceID
	Version     int64
	Rules       []Rule
	AuthorID    AgentID
	CreatedAt   time.Time
}
