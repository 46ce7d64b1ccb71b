package inbox

import (
	"context"
	"strings"
	"time"
)

type desk interface {
	ChangeConversation(ctx context.Context, viewer Agent, id ConversationID, decide func(*Conversation) ([]Fact, error)) (Conversation, error)
	AddNote(ctx context.Context, viewer Agent, id ConversationID, text string) (Message, error)
	TagConversation(ctx context.Context, viewer Agent, id ConversationID, tag TagID, on bool) (Conversation, error)
	Agent(ctx context.Context, w WorkspaceID, id AgentID) (Agent, error)
	SkillGroups(ctx context.Context, w WorkspaceID) ([]SkillGroup, error)
}

// Desk is what agents do with conversations: take, assign, hand over, resolve, tag, note.
type Desk struct {
	store     desk
	publisher Publisher
}

// NewDesk makes a desk on a store.
func NewDesk(store desk, publisher Publisher) *Desk { return &Desk{store: store, publisher: publisher} }

// Take (接入) gives the viewer a conversation that nobody has. The second to come learns who has it.
func (d *Desk) Take(ctx context.Context, viewer Agent, id ConversationID) (Conversation, error) {
	c, err := d.change(ctx, viewer, id, func(c *Conversation) ([]Fact, error) {
		switch c.AssigneeID {
		case viewer.ID:
			return nil, nil
		case 0:
			c.AssigneeID = viewer.ID
			return []Fact{{Kind: ConversationTaken, ActorID: viewer.ID, Why: Sentence{viewer.Name + " 接入了会话", viewer.Name + " took the conversation"}}}, nil
		}
		return nil, &Error{Code: Taken, Assignee: c.AssigneeID}
	})
	return c, d.nameAssignee(ctx, viewer, err)
}

// Assign gives a conversation to an agent, or to nobody (0). was is the assignee the page showed, if it said: a change made meanwhile wins.
func (d *Desk) Assign(ctx context.Context, viewer Agent, id ConversationID, to AgentID, was *AgentID) (Conversation, error) {
	target, err := d.receiver(ctx, viewer, to)
	if err != nil {
		return Conversation{}, err
	}
	c, err := d.change(ctx, viewer, id, func(c *Conversation) ([]Fact, error) {
		if err := viewer.mayMove(*c, to); err != nil {
			return nil, err
		}
		if was != nil && *was != c.AssigneeID {
			return nil, &Error{Code: Conflict, Assignee: c.AssigneeID}
		}
		return c.assign(viewer, target)
	})
	return c, d.nameAssignee(ctx, viewer, err)
}

// assign changes the assignee and says who did it. target.ID 0 is nobody.
func (c *Conversation) assign(by, target Agent) ([]Fact, error) {
	if target.ID != 0 && !target.Sees(c.AccountID) {
		return nil, &Error{Code: Invalid, Field: "agent_id", ZH: target.Name + " 没有这个账号的权限，请换一位坐席或先授权",
			EN: target.Name + " may not see this account: choose somebody else, or grant it first"}
	}
	if c.AssigneeID == target.ID {
		return nil, nil
	}
	c.AssigneeID = target.ID
	if target.ID == 0 {
		return []Fact{{Kind: ConversationReleased, ActorID: by.ID, Why: Sentence{by.Name + " 把会话放回待分配", by.Name + " gave the conversation back to nobody"}}}, nil
	}
	return []Fact{{Kind: ConversationAssigned, ActorID: by.ID, Data: agentData(target.ID),
		Why: Sentence{by.Name + " 把会话分配给 " + target.Name, by.Name + " assigned the conversation to " + target.Name}}}, nil
}

// mayMove: whoever leads may move everything; an agent may give away what is his and take what is nobody's.
func (a Agent) mayMove(c Conversation, to AgentID) error {
	own := c.AssigneeID == a.ID || (c.AssigneeID == 0 && to == a.ID)
	if a.Role.May(MayAssign) || own {
		return nil
	}
	return &Error{Code: Denied, ZH: "只能转出自己的会话；如需分配他人的会话，请联系主管", EN: "you can hand over your own conversations only: ask a supervisor to move this one"}
}

// Transfer hands a conversation over to an agent or to a skill group, with a note for whoever gets it.
func (d *Desk) Transfer(ctx context.Context, viewer Agent, id ConversationID, to AgentID, group SkillGroupID, note string) (Conversation, error) {
	if (to == 0) == (group == 0) {
		return Conversation{}, &Error{Code: Invalid, ZH: "请选择一位坐席或一个技能组", EN: "choose either an agent or a skill group"}
	}
	target, err := d.receiver(ctx, viewer, to)
	if err != nil {
		return Conversation{}, err
	}
	name := target.Name
	if group != 0 {
		if name, err = d.groupName(ctx, viewer.WorkspaceID, group); err != nil {
			return Conversation{}, err
		}
	}
	c, err := d.change(ctx, viewer, id, func(c *Conversation) ([]Fact, error) {
		if err := viewer.mayMove(*c, to); err != nil {
			return nil, err
		}
		if _, err := c.assign(viewer, target); err != nil {
			return nil, err
		}
		if group != 0 {
			c.SkillGroupID = group
		}
		return []Fact{{Kind: ConversationMoved, ActorID: viewer.ID, Data: agentData(to),
			Why: Sentence{viewer.Name + " 转接给 " + name, viewer.Name + " transferred the conversation to " + name}}}, nil
	})
	if err != nil || strings.TrimSpace(note) == "" {
		return c, err
	}
	_, err = d.Note(ctx, viewer, id, note)
	return c, err
}

func (d *Desk) groupName(ctx context.Context, w WorkspaceID, id SkillGroupID) (string, error) {
	groups, err := d.store.SkillGroups(ctx, w)
	if err != nil {
		return "", err
	}
	for _, g := range groups {
		if g.ID == id {
			return g.Name, nil
		}
	}
	return "", Missing("技能组", "skill group")
}

func (d *Desk) receiver(ctx context.Context, viewer Agent, to AgentID) (Agent, error) {
	if to == 0 {
		return Agent{}, nil
	}
	target, err := d.store.Agent(ctx, viewer.WorkspaceID, to)
	if err == nil && (target.Disabled || !target.Role.May(MayReply)) {
		return target, &Error{Code: Invalid, Field: "agent_id", ZH: target.Name + " 不能接待会话，请换一位坐席", EN: target.Name + " cannot answer: choose somebody else"}
	}
	return target, err
}

// Resolve (结束) ends the running episode.
func (d *Desk) Resolve(ctx context.Context, viewer Agent, id ConversationID) (Conversation, error) {
	return d.change(ctx, viewer, id, func(c *Conversation) ([]Fact, error) {
		if c.State == Resolved {
			return nil, nil
		}
		fact, err := c.Resolve(viewer)
		return []Fact{fact}, err
	})
}

// Resolve ends the conversation; nobody waits any more.
func (c *Conversation) Resolve(by Agent) (Fact, error) {
	c.State = Resolved
	c.WaitingSince = time.Time{}
	return Fact{Kind: ConversationResolved, ActorID: by.ID, Why: Sentence{by.Name + " 结束了会话", by.Name + " resolved the conversation"}}, nil
}

// Reopen takes a resolved conversation up again; it belongs to whoever does so.
func (d *Desk) Reopen(ctx context.Context, viewer Agent, id ConversationID) (Conversation, error) {
	return d.change(ctx, viewer, id, func(c *Conversation) ([]Fact, error) {
		if c.State == Open {
			return nil, nil
		}
		if c.State == Resolved {
			c.EpisodeNumber++
		}
		c.State = Open
		if viewer.Role.May(MayReply) {
			c.AssigneeID = viewer.ID
		}
		return []Fact{{Kind: ConversationReopened, ActorID: viewer.ID, Why: Sentence{viewer.Name + " 重新打开了会话", viewer.Name + " reopened the conversation"}}}, nil
	})
}

// AddTag adds a tag.
func (d *Desk) AddTag(ctx context.Context, viewer Agent, id ConversationID, tag TagID) (Conversation, error) {
	c, err := d.store.TagConversation(ctx, viewer, id, tag, true)
	return c, d.published(viewer, err)
}

// RemoveTag removes a tag.
func (d *Desk) RemoveTag(ctx context.Context, viewer Agent, id ConversationID, tag TagID) (Conversation, error) {
	c, err := d.store.TagConversation(ctx, viewer, id, tag, false)
	return c, d.published(viewer, err)
}

// Note keeps something for colleagues; it never leaves the house.
func (d *Desk) Note(ctx context.Context, viewer Agent, id ConversationID, text string) (Message, error) {
	if strings.TrimSpace(text) == "" {
		return Message{}, &Error{Code: Invalid, Field: "text", ZH: "备注为空，请输入内容", EN: "the note is empty: write something"}
	}
	m, err := d.store.AddNote(ctx, viewer, id, text)
	return m, d.published(viewer, err)
}

func (d *Desk) change(ctx context.Context, viewer Agent, id ConversationID, decide func(*Conversation) ([]Fact, error)) (Conversation, error) {
	c, err := d.store.ChangeConversation(ctx, viewer, id, decide)
	return c, d.published(viewer, err)
}

func (d *Desk) published(viewer Agent, err error) error {
	if err == nil {
		d.publisher.Publish(viewer.WorkspaceID)
	}
	return err
}

// nameAssignee completes a refusal with the name of whoever has the conversation.
func (d *Desk) nameAssignee(ctx context.Context, viewer Agent, err error) error {
	e, ok := err.(*Error)
	if !ok || (e.Code != Taken && e.Code != Conflict) {
		return err
	}
	name := "待分配"
	english := "nobody"
	if holder, err := d.store.Agent(ctx, viewer.WorkspaceID, e.Assignee); err == nil {
		name, english = holder.Name, holder.Name
	}
	e.AssigneeName = english
	e.ZH, e.EN = "会话现在由 "+name+" 处理，未改动", "the conversation is now with "+english+"; nothing was changed"
	return err
}

func agentData(id AgentID) []byte { return []byte(`{"agent_id":"` + id.String() + `"}`) }
