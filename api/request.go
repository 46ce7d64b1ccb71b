package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"

	"weibox/inbox"

	"github.com/gin-gonic/gin"
)

// request is one call on its way through a handler: who makes it, and its body, read whole and checked against the contract. It does not
// outlive the handler, because gin uses its Context again.
type request struct {
	*gin.Context
	who  inbox.SignedIn
	body []byte
}

func (r *request) ctx() context.Context { return r.Request.Context() }
func (r *request) viewer() inbox.Agent  { return r.who.Agent }

// serve turns a line of the table into gin's handler.
func (s *Server) serve(rt route) gin.HandlerFunc {
	return func(c *gin.Context) {
		noteRoute(c)
		r := &request{Context: c}
		if err := s.answer(r, rt); err != nil {
			s.refuse(r, err)
		}
	}
}

// answer lets a request through its checks, in this order: a place under the limits, who it is, what he may do, what he says. A stranger's
// body is read before he takes a place, so that sending slowly holds none.
func (s *Server) answer(r *request, rt route) error {
	if rt.may == anyone {
		if err := s.read(r, rt); err != nil {
			return err
		}
	}
	leave, err := s.enter(r.ctx(), rt.class)
	if err != nil {
		return err
	}
	defer leave()
	if rt.class == reading {
		ctx, cancel := context.WithTimeout(r.ctx(), s.cfg.Limits.Query)
		defer cancel()
		r.Request = r.Request.WithContext(ctx)
	}
	if rt.may != anyone {
		if r.who, err = s.identify(r.Request, rt.may); err != nil {
			return err
		}
		if rt.class != pictures {
			if err := s.rates.admit(r.who.Agent, s.deps.Now()); err != nil {
				return err
			}
		}
		noteAgent(r.Request, r.viewer())
		if err := s.read(r, rt); err != nil {
			return err
		}
	}
	return rt.handle(r)
}

// identify is who the request comes from, if he may do that.
func (s *Server) identify(r *http.Request, may inbox.Permission) (inbox.SignedIn, error) {
	who, err := s.deps.People.Resume(r.Context(), s.token(r))
	if err != nil {
		return who, err
	}
	if may != signedIn && !who.Agent.Role.May(may) {
		return who, &inbox.Error{Code: inbox.Denied, ZH: "您的角色没有此权限，如需使用请联系管理员", EN: "your role may not do this: ask an admin if you need it"}
	}
	return who, nil
}

// read takes the body in, never more than is allowed, and holds the request against the contract. Webhooks are the platforms' own
// format: their body stays as it came.
func (s *Server) read(r *request, rt route) error {
	hook := rt.isHook()
	most := s.cfg.Limits.Body
	if hook {
		most = s.cfg.Limits.HookBody
	}
	if r.Request.Body != nil && r.Request.Body != http.NoBody {
		var err error
		if r.body, err = io.ReadAll(http.MaxBytesReader(r.Writer, r.Request.Body, most)); err != nil {
			return unreadable(err)
		}
	}
	if hook {
		return nil
	}
	if len(r.body) > 0 {
		if err := checkJSON(r.Request.Header.Get("Content-Type"), r.body); err != nil {
			return err
		}
	}
	return s.contract.check(r, rt)
}

func unreadable(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return &inbox.Error{Code: inbox.TooLarge, ZH: "请求内容过大，请减少后重试", EN: "the request is too large: send less", Cause: err}
	}
	return &inbox.Error{Code: inbox.Invalid, ZH: "请求没有完整到达，请重试", EN: "the request did not arrive whole: try again", Cause: err}
}

func checkJSON(contentType string, body []byte) error {
	if kind, _, err := mime.ParseMediaType(contentType); err != nil || kind != "application/json" {
		return &inbox.Error{Code: inbox.Invalid, Field: "Content-Type", ZH: "请求内容必须是 application/json", EN: "the body must be application/json"}
	}
	return CheckShape(body)
}

// decode reads the body into a form of ours. A field that the form does not have is an error: nobody may believe he set it.
func (r *request) decode(form any) error {
	d := json.NewDecoder(bytes.NewReader(r.body))
	d.DisallowUnknownFields()
	err := d.Decode(form)
	if err == nil {
		if _, end := d.Token(); end != io.EOF {
			err = errors.New("something follows the value")
		}
	}
	if err == nil || inbox.CodeOf(err) != "" {
		return err
	}
	return &inbox.Error{Code: inbox.Invalid, ZH: "请求内容的格式不正确", EN: "the request does not have the form that the contract asks for", Cause: err}
}

// send answers with JSON.
func (r *request) send(status int, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	r.Data(status, "application/json; charset=utf-8", text)
	return nil
}

// nothing answers that all is done and there is no more to say.
func (r *request) nothing() error {
	r.Status(http.StatusNoContent)
	r.Writer.WriteHeaderNow()
	return nil
}

// idIn is an id in the path.
func idIn[T any](r *request, name string) (inbox.ID[T], error) {
	return inbox.ParseID[T](r.Param(name))
}
