package configs

import "strings"

// Problem is one thing wrong with the settings, and what to do about it.
type Problem struct {
	Key    string // the setting, or the name as it was written
	ZH, EN string
}

// Problems are everything that is wrong, so that an operator mends it in one go.
type Problems []Problem

// Error is a list for a terminal, one setting a line, Chinese first.
func (p Problems) Error() string {
	var b strings.Builder
	b.WriteString("配置有误，请修改后再启动 / the settings need mending before the start:")
	for _, problem := range p {
		b.WriteString("\n  " + problem.Key + "：" + problem.ZH + "\n    " + problem.EN)
	}
	return b.String()
}

// asError keeps an empty list from being an error.
func (p Problems) asError() error {
	if len(p) == 0 {
		return nil
	}
	return p
}

func (p *Problems) add(key, zh, en string) { *p = append(*p, Problem{Key: key, ZH: zh, EN: en}) }
