package api

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"

	"weibox/inbox"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/gin-gonic/gin"
)

//go:embed openapi.yaml
var contractText []byte

// contract holds requests against openapi.yaml.
type contract struct {
	operations map[string]*routers.Route // by method and gin's path
}

var placeholder = regexp.MustCompile(`\{(\w+)\}`)

// loadContract reads the file once: it is the same for every server, and nobody changes what was read.
var loadContract = sync.OnceValues(func() (*contract, error) {
	doc, err := openapi3.NewLoader().LoadFromData(contractText)
	if err != nil {
		return nil, fmt.Errorf("openapi.yaml: %w", err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("openapi.yaml: %w", err)
	}
	c := &contract{operations: map[string]*routers.Route{}}
	for path, item := range doc.Paths.Map() {
		for method, operation := range item.Operations() {
			c.operations[method+" "+placeholder.ReplaceAllString(path, ":$1")] = &routers.Route{Spec: doc, Path: path, PathItem: item,
				Method: method, Operation: operation}
		}
	}
	return c, nil
})

// match is what differs between the table of routes and the contract.
func (c *contract) match(table []route) (errs []error) {
	served := map[string]bool{}
	for _, r := range table {
		served[r.name()] = true
		op := c.operations[r.name()]
		switch {
		case r.may == "":
			errs = append(errs, fmt.Errorf("%s does not say who may use it", r.name()))
		case op == nil:
			errs = append(errs, fmt.Errorf("%s is not in openapi.yaml", r.name()))
		case (r.may == anyone) != isOpen(op.Operation) && r.path != callbackPath:
			errs = append(errs, fmt.Errorf("%s and openapi.yaml disagree about whether a session is needed", r.name()))
		}
	}
	for name := range c.operations {
		if !served[name] {
			errs = append(errs, fmt.Errorf("%s is in openapi.yaml but nothing answers it", name))
		}
	}
	return errs
}

func isOpen(op *openapi3.Operation) bool { return op.Security != nil && len(*op.Security) == 0 }

func (r route) name() string { return r.method + " " + r.path }

func (r route) isHook() bool { return strings.HasPrefix(r.path, "/hooks/") }

// check holds a request against the contract.
func (c *contract) check(r *request, rt route) error {
	operation := c.operations[rt.name()]
	if operation == nil {
		return nil // a page
	}
	asked := r.Request.Clone(r.ctx())
	asked.Body = io.NopCloser(bytes.NewReader(r.body))
	asked.ContentLength = int64(len(r.body))
	if len(r.body) == 0 {
		asked.Body = http.NoBody
	}
	return inWords(openapi3filter.ValidateRequest(r.ctx(), requestInput(asked, operation, r.Params)))
}

func requestInput(asked *http.Request, operation *routers.Route, params gin.Params) *openapi3filter.RequestValidationInput {
	path := map[string]string{}
	for _, p := range params {
		path[p.Key] = p.Value
	}
	return &openapi3filter.RequestValidationInput{Request: asked, PathParams: path, Route: operation,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, SkipSettingDefaults: true}}
}

// inWords says in plain words what the contract has against a request.
func inWords(err error) error {
	if err == nil {
		return nil
	}
	refused := &inbox.Error{Code: inbox.Invalid, ZH: "请求内容不符合要求", EN: "the request does not keep to the contract", Cause: err}
	var asked *openapi3filter.RequestError
	if errors.As(err, &asked) && asked.Parameter != nil {
		refused.Field = asked.Parameter.Name
	}
	var schema *openapi3.SchemaError
	if errors.As(err, &schema) {
		if at := schema.JSONPointer(); len(at) > 0 {
			refused.Field = strings.Join(at, ".")
		}
		refused.ZH, refused.EN = complaint(schema)
	}
	if refused.Field != "" {
		refused.ZH, refused.EN = refused.Field+"："+refused.ZH, refused.Field+": "+refused.EN
	}
	return refused
}

// complaint is what is wrong with one value, by the keyword of the schema that it breaks.
func complaint(e *openapi3.SchemaError) (zh, en string) {
	s := e.Schema
	switch e.SchemaField {
	case "required":
		return "缺少必填项", "is required"
	case "minLength":
		return "不能为空或太短", "is empty or too short"
	case "maxLength":
		return fmt.Sprintf("太长，最多 %d 个字符", *s.MaxLength), fmt.Sprintf("is too long: at most %d characters", *s.MaxLength)
	case "maxItems":
		return fmt.Sprintf("太多，最多 %d 项", *s.MaxItems), fmt.Sprintf("holds too many: at most %d", *s.MaxItems)
	case "minimum", "maximum":
		return "超出允许的范围", "is out of range"
	case "enum":
		return "不是允许的值", "is not one of the allowed values"
	case "properties", "additionalProperties":
		return "含有不支持的字段", "holds a field that is not supported"
	case "type":
		return "类型不正确", "has the wrong type"
	}
	return "格式不正确", "has the wrong form"
}
