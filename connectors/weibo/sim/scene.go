package sim

import (
	"embed"
	"fmt"
	"strings"
	"time"
)

// Scenes that traffic is drawn from.
const (
	Daily     = "daily"     // 平日
	Promotion = "promotion" // 大促
	Crisis    = "crisis"    // 危机
)

// Kinds of lines in a scene.
const (
	kindDM          = "dm"
	kindImage       = "image" // a picture, then the text
	kindVoice       = "voice"
	kindPosition    = "position"
	kindClick       = "click" // the text is the key of the menu button
	kindFollow      = "follow"
	kindUnfollow    = "unfollow"
	kindComment     = "comment"
	kindAnswer      = "answer" // a comment in answer to one of the brand
	kindMention     = "mention"
	kindInComment   = "incomment" // @ in a comment under somebody's post
	kindRepost      = "repost"
	kindBackDM      = "backdm"      // what a fan says when the brand has answered his message
	kindBackComment = "backcomment" // the same in public
	kindPost        = "post"        // by the brand
)

// anyTheme marks a line that fits every brand; brands without a theme have no other.
const anyTheme = "any"

// line is one thing to say, and what the same person says next.
type line struct {
	theme string
	kind  string
	text  string
	then  []string
}

//go:embed scenes/*.txt
var sceneFiles embed.FS

// scripts are the lines of every scene.
var scripts = map[string][]line{
	Daily:     mustScript("scenes/daily.txt"),
	Promotion: mustScript("scenes/promotion.txt"),
	Crisis:    mustScript("scenes/crisis.txt"),
}

// brandPosts are what the brands publish.
var brandPosts = mustScript("scenes/posts.txt")

func mustScript(path string) []line {
	text, err := sceneFiles.ReadFile(path)
	if err != nil {
		panic("sim: " + err.Error())
	}
	lines, err := parseScript(string(text))
	if err != nil {
		panic("sim: " + path + ": " + err.Error())
	}
	return lines
}

// parseScript reads lines of the form "theme kind text => what follows => …". Empty lines and those that begin with # and a
// space are skipped.
func parseScript(text string) ([]line, error) {
	var lines []line
	for i, raw := range strings.Split(text, "\n") {
		if strings.TrimSpace(raw) == "" || strings.HasPrefix(raw, "# ") {
			continue
		}
		theme, rest, _ := strings.Cut(raw, " ")
		kind, said, _ := strings.Cut(rest, " ")
		parts := strings.Split(said, " => ")
		if theme == "" || kind == "" {
			return nil, fmt.Errorf("line %d has no theme or kind", i+1)
		}
		lines = append(lines, line{theme, kind, parts[0], parts[1:]})
	}
	return lines, nil
}

// line draws a line that fits the brand, of one kind if kind is not empty. Two of three come from the scene itself, the rest from
// ordinary days; a scene without such a kind leaves it all to them.
func (s *Sim) line(b *brand, scene, kind string) line {
	fits := fitting(scripts[scene], b.theme, kind)
	if len(fits) == 0 || scene != Daily && s.whim.IntN(3) == 0 {
		fits = fitting(scripts[Daily], b.theme, kind)
	}
	drawn := s.leastSaid(fits)
	drawn.text = strings.ReplaceAll(drawn.text, "{brand}", b.name)
	return drawn
}

// leastSaid draws a few lines and takes the one that was said least often, because people seldom say the same.
func (s *Sim) leastSaid(lines []line) line {
	best := lines[s.whim.IntN(len(lines))]
	for range 4 {
		if other := lines[s.whim.IntN(len(lines))]; s.said[other.text] < s.said[best.text] {
			best = other
		}
	}
	s.said[best.text]++
	return best
}

func fitting(lines []line, theme, kind string) []line {
	var fits []line
	for _, l := range lines {
		reply := l.kind == kindBackDM || l.kind == kindBackComment
		if (l.theme == anyTheme || l.theme == theme) && (l.kind == kind || kind == "" && !reply) {
			fits = append(fits, l)
		}
	}
	return fits
}

func (s *Sim) scripted() []*person {
	var people []*person
	for _, p := range s.fans {
		if p.scripted {
			people = append(people, p)
		}
	}
	if people == nil {
		return s.fans
	}
	return people
}

// act lets some fan do something to a brand, or (nil) to any brand.
func (s *Sim) act(b *brand, scene string, at time.Time) {
	fans := s.scripted()
	if len(s.brands) == 0 || len(fans) == 0 {
		return
	}
	if b == nil {
		b = s.brands[s.whim.IntN(len(s.brands))]
	}
	s.play(b, fans[s.whim.IntN(len(fans))], s.line(b, scene, ""), at)
}

// play does what a line says.
func (s *Sim) play(b *brand, fan *person, l line, at time.Time) {
	switch l.kind {
	case kindDM:
		s.deliverMessage(b, fan, textMessage(l.text, at))
		s.followUp(b, fan, l.then, at)
	case kindImage:
		s.deliverMessage(b, fan, s.imageMessage(b, nil, at))
		s.followUp(b, fan, append([]string{l.text}, l.then...), at)
	case kindVoice:
		s.deliverMessage(b, fan, s.voiceMessage(b, at))
		s.followUp(b, fan, l.then, at)
	case kindPosition:
		s.deliverMessage(b, fan, positionMessage("120.153576", "30.287459", at))
	case kindClick:
		s.deliverEvent(b, fan, "click", l.text, at)
	case kindFollow, kindUnfollow:
		s.deliverEvent(b, fan, l.kind, "", at)
	default:
		s.playInPublic(b, fan, l, at)
	}
}

func (s *Sim) playInPublic(b *brand, fan *person, l line, at time.Time) {
	own := s.recent(at, func(p *post) bool { return p.author == b.person })
	others := s.recent(at, func(p *post) bool { return p.author != b.person && p.mentions[b.uid] })
	answerable := s.answerable(b, at)
	switch {
	case l.kind == kindMention:
		s.publish(fan, addressed(b, l.text), at).picture = s.whim.IntN(4) == 0
	case l.kind == kindRepost && own != nil:
		s.publish(fan, l.text+"//@"+b.name+":"+own.text, at).repostOf = own
	case l.kind == kindInComment && others != nil:
		s.write(fan, others, nil, addressed(b, l.text), at)
	case l.kind == kindAnswer && answerable != nil:
		s.write(fan, answerable.post, answerable, "回复@"+b.name+":"+l.text, at)
	case own != nil:
		s.write(fan, own, nil, l.text, at)
	default: // a brand that has posted nothing can only be talked about
		s.publish(fan, addressed(b, l.text), at)
	}
}

// followUp says the rest a little later, one after the other.
func (s *Sim) followUp(b *brand, fan *person, texts []string, at time.Time) {
	for i, text := range texts {
		if text == "" {
			continue
		}
		shortest := time.Duration(4+i*20) * time.Second
		s.intend(at, shortest, shortest+18*time.Second, func(at time.Time) { s.deliverMessage(b, fan, textMessage(text, at)) })
	}
}

// recent draws one of the five posts that fit and were newest then, or nil.
func (s *Sim) recent(at time.Time, fits func(*post) bool) *post {
	newest := newestOf(s.posts, 5, func(p *post) bool { return !p.at.After(at) && !p.deleted && fits(p) })
	if len(newest) == 0 {
		return nil
	}
	return newest[s.whim.IntN(len(newest))]
}

// answerable draws one of the brand's comments that were newest then, or nil.
func (s *Sim) answerable(b *brand, at time.Time) *comment {
	newest := newestOf(s.comments, 3, func(c *comment) bool {
		return c.author == b.person && !c.at.After(at) && !c.deleted && !c.post.deleted
	})
	if len(newest) == 0 {
		return nil
	}
	return newest[s.whim.IntN(len(newest))]
}
