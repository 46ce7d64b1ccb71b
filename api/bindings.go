package api

import (
	"net/http"

	"weibox/inbox"
)

const (
	callbackPath = "/oauth/:platform/callback"
	accountsPage = "/settings/accounts"
)

func (s *Server) bind(r *request) error {
	var form struct {
		Platform inbox.Platform  `json:"platform"`
		Account  inbox.AccountID `json:"account_id"`
	}
	if err := r.decode(&form); err != nil {
		return err
	}
	step, err := s.deps.Platforms.Bind(r.ctx(), r.viewer(), r.who.Session.ID, form.Platform, form.Account)
	if err != nil {
		return err
	}
	return r.send(http.StatusCreated, struct {
		Kind string `json:"kind"`
		URL  string `json:"url,omitempty"`
	}{"redirect", step.Redirect})
}

// oauthCallback is where a platform sends the manager's browser back to. Whatever happens, he ends on the accounts page: with the new
// account, or with the code of what went wrong (see refuse).
func (s *Server) oauthCallback(r *request) error {
	account, err := s.deps.Platforms.FinishBinding(r.ctx(), r.who.Session.ID, r.viewer(), inbox.Platform(r.Param("platform")), r.Request.URL.Query())
	if err != nil {
		return err
	}
	r.Redirect(http.StatusSeeOther, accountsPage+"?bound="+account.ID.String())
	return nil
}
