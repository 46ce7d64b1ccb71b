package inbox

// Echoes says whether a sighting of an own answer is this reply, whose outcome we do not know yet.
func (in Inbound) Echoes(r Reply) bool {
	sameTarget := in.Parent == r.ParentID && (in.Post == nil || r.PostID == "" || in.Post.ExternalID == r.PostID)
	sameText := in.Essence != "" && in.Essence == r.Essence
	return sameTarget && sameText && !in.At.Before(r.StartedAt.Add(-clockSkew))
}
