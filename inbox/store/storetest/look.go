package storetest

import "weibox/inbox"

// Count asks the database itself, past the store; the query gives one number.
func (h *House) Count(query string, args ...any) (n int) {
	h.t.Helper()
	if err := h.raw.QueryRowContext(h.t.Context(), query, args...).Scan(&n); err != nil {
		h.t.Fatalf("%s: %v", query, err)
	}
	return n
}

// Strings asks the database itself for a column of texts.
func (h *House) Strings(query string, args ...any) (list []string) {
	h.t.Helper()
	rows, err := h.raw.QueryContext(h.t.Context(), query, args...)
	if err != nil {
		h.t.Fatalf("%s: %v", query, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			h.t.Fatal(err)
		}
		list = append(list, text)
	}
	return list
}

// Exec changes the database behind the store's back.
func (h *House) Exec(statement string, args ...any) {
	h.t.Helper()
	if _, err := h.raw.ExecContext(h.t.Context(), statement, args...); err != nil {
		h.t.Fatalf("%s: %v", statement, err)
	}
}

// All is what the viewer sees, newest activity first.
func (h *House) All(viewer inbox.Agent) []inbox.Conversation {
	h.t.Helper()
	list, err := h.Conversations(h.t.Context(), viewer, inbox.ConversationFilter{View: inbox.ViewAll, Limit: 100})
	if err != nil {
		h.t.Fatal(err)
	}
	return list
}

// Only is the one conversation there is in the brand's workspace.
func (h *House) Only() inbox.Conversation {
	h.t.Helper()
	all := h.All(h.Owner)
	if len(all) != 1 {
		h.t.Fatalf("there are %d conversations, not one", len(all))
	}
	return all[0]
}

// Said are the messages of a conversation, oldest first.
func (h *House) Said(c inbox.Conversation) []inbox.Message {
	h.t.Helper()
	messages, _, err := h.Messages(h.t.Context(), h.Owner, c.ID, inbox.MessagePlace{}, 100)
	if err != nil {
		h.t.Fatal(err)
	}
	return messages
}
