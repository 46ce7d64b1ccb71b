package api

import (
	"context"
	"errors"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"weibox/inbox"
)

// status is the only place where an error becomes a status.
var status = map[inbox.Code]int{
	inbox.Invalid: http.StatusBadRequest, inbox.TooLong: http.StatusBadRequest,
	inbox.Unauthenticated: http.StatusUnauthorized,
	inbox.Denied:          http.StatusForbidden,
	inbox.NotFound:        http.StatusNotFound,
	inbox.Conflict:        http.StatusConflict, inbox.Taken: http.StatusConflict, inbox.Collision: http.StatusConflict,
	inbox.Closed: http.StatusConflict, inbox.WindowClosed: http.StatusConflict, inbox.AllowanceSpent: http.StatusConflict,
	inbox.NeedsReauthorisation: http.StatusConflict, inbox.PausedAccount: http.StatusConflict, inbox.Unsupported: http.StatusConflict,
	inbox.TooLarge:    http.StatusRequestEntityTooLarge,
	inbox.Limited:     http.StatusTooManyRequests,
	inbox.Unavailable: http.StatusServiceUnavailable,
}

const internal inbox.Code = "internal" // what no Error explains

var (
	noSuchRoute  = &inbox.Error{Code: inbox.NotFound, ZH: "没有这个地址，请检查链接", EN: "there is nothing at this address: check the link"}
	noSuchMethod = &inbox.Error{Code: inbox.NotFound, ZH: "这个地址不支持该操作", EN: "this address does not take that method"}
	foreignSite  = &inbox.Error{Code: inbox.Denied, ZH: "此操作来自其他网站，已被拒绝；请在本系统页面内操作",
		EN: "this came from another site and was refused: use the pages of this installation"}
)

type errorBody struct {
	Error errorDTO `json:"error"`
}

type errorDTO struct {
	Code      inbox.Code  `json:"code"`
	ZH        string      `json:"zh"`
	EN        string      `json:"en"`
	Field     string      `json:"field,omitempty"`
	RetryAt   instant     `json:"retry_at,omitzero"`
	RequestID string      `json:"request_id,omitempty"`
	Newest    *messageDTO `json:"newest,omitempty"`
	Assignee  *agentRef   `json:"assignee,omitempty"`
}

// refuse answers a request with an error.
func (s *Server) refuse(r *request, err error) {
	e := s.report(r.Request, err)
	if r.Writer.Written() || errors.Is(err, context.Canceled) {
		r.Abort() // the answer has begun, or nobody is left to read it
		return
	}
	if r.FullPath() == callbackPath {
		r.Redirect(http.StatusSeeOther, accountsPage+"?binding_error="+url.QueryEscape(string(e.Code)))
		return
	}
	body := s.shown(r.Request, e)
	if e.Newest != nil {
		newest := messageFrom(*e.Newest)
		body.Newest = &newest
	}
	if e.Assignee != 0 {
		body.Assignee = s.nameOf(r, e.Assignee)
	}
	s.writeError(r.Writer, body)
}

// refuseEarly is refuse for what ends before gin has seen it.
func (s *Server) refuseEarly(w http.ResponseWriter, r *http.Request, err error) {
	s.writeError(w, s.shown(r, s.report(r, err)))
}

// report notes an error for the log line, and logs in full what no Error explains.
func (s *Server) report(r *http.Request, err error) *inbox.Error {
	noteError(r, err)
	e := explain(err)
	if e.Code == internal && !errors.Is(err, context.Canceled) {
		s.deps.Log.ErrorContext(r.Context(), "internal error", "request", requestID(r), "error", err)
	}
	return e
}

func (s *Server) shown(r *http.Request, e *inbox.Error) errorDTO {
	return errorDTO{Code: e.Code, ZH: e.ZH, EN: e.EN, Field: e.Field, RetryAt: instant{e.RetryAt}, RequestID: requestID(r)}
}

func (s *Server) writeError(w http.ResponseWriter, body errorDTO) {
	code, known := status[body.Code]
	if !known {
		code = http.StatusInternalServerError
	}
	if after := retryAfter(body, s.deps.Now()); after != "" {
		w.Header().Set("Retry-After", after)
	}
	writeJSON(w, code, errorBody{body})
}

// retryAfter is whole seconds from now, never less than one; empty if coming back later would not help.
func retryAfter(body errorDTO, now time.Time) string {
	if body.RetryAt.IsZero() {
		if body.Code == inbox.Unavailable {
			return "2"
		}
		return ""
	}
	return strconv.Itoa(int(max(1, math.Ceil(body.RetryAt.Sub(now).Seconds()))))
}

// explain is what a person may know of an error.
func explain(err error) *inbox.Error {
	var known *inbox.Error
	if errors.As(err, &known) {
		return known
	}
	if refusal := inbox.RefusalOf(err); refusal != nil {
		code := inbox.Conflict
		if refusal.Kind == inbox.RefusedLimit || refusal.Kind == inbox.RefusedBusy {
			code = inbox.Unavailable
		}
		return &inbox.Error{Code: code, ZH: refusal.ZH, EN: refusal.EN, RetryAt: refusal.RetryAt}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return &inbox.Error{Code: inbox.Unavailable, ZH: "处理超时，请稍后重试", EN: "this took too long: try again in a moment"}
	}
	return &inbox.Error{Code: internal, ZH: "系统内部错误，请稍后重试；如反复出现，请把请求编号告诉管理员",
		EN: "something went wrong here: try again in a moment, and if it happens again tell an admin the request id"}
}

// nameOf is the agent for an error that names him; his id alone if he cannot be looked up.
func (s *Server) nameOf(r *request, id inbox.AgentID) *agentRef {
	agent, err := s.deps.People.Agent(r.ctx(), r.viewer(), id)
	if err != nil {
		return &agentRef{ID: id}
	}
	return &agentRef{ID: id, Name: agent.Name}
}
