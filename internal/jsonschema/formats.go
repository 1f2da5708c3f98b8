package jsonschema

import (
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"
)

// formats are the formats that are asserted, by name. Others say nothing.
var formats = map[string]func(string) bool{
	"date-time":             isDateTime,
	"date":                  func(s string) bool { return parses("2006-01-02", s) },
	"time":                  isTime,
	"duration":              matches(`^P(?:\d+W|(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?:\d+H)?(?:\d+M)?(?:\d+S)?)?)$`, func(s string) bool { return s != "P" && !strings.HasSuffix(s, "T") }),
	"email":                 isEmail,
	"hostname":              isHostname,
	"ipv4":                  func(s string) bool { a, err := netip.ParseAddr(s); return err == nil && a.Is4() },
	"ip-address":            func(s string) bool { a, err := netip.ParseAddr(s); return err == nil && a.Is4() },
	"ipv6":                  func(s string) bool { a, err := netip.ParseAddr(s); return err == nil && a.Is6() && a.Zone() == "" },
	"uri":                   func(s string) bool { u, err := url.Parse(s); return err == nil && u.IsAbs() },
	"iri":                   func(s string) bool { u, err := url.Parse(s); return err == nil && u.IsAbs() },
	"uri-reference":         isReference,
	"iri-reference":         isReference,
	"uuid":                  matches(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`, nil),
	"json-pointer":          matches(`^(?:/(?:[^~/]|~[01])*)*$`, nil),
	"relative-json-pointer": matches(`^(?:0|[1-9]\d*)(?:#|(?:/(?:[^~/]|~[01])*)*)$`, nil),
	"regex":                 func(s string) bool { _, err := regexp.Compile(s); return err == nil },
}

// matches is a format that a regular expression describes, which is compiled when it is needed, and a further condition.
func matches(pattern string, also func(string) bool) func(string) bool {
	re := sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
	return func(s string) bool { return re().MatchString(s) && (also == nil || also(s)) }
}

func parses(layout, s string) bool {
	_, err := time.Parse(layout, s)
	return err == nil
}

func isDateTime(s string) bool {
	if len(s) < 11 || s[10] != 'T' && s[10] != 't' {
		return false
	}
	return parses("2006-01-02", s[:10]) && isTime(s[11:])
}

// isTime is a time of day with its offset from UTC. A leap second is one at the end of a day in UTC only.
func isTime(s string) bool {
	s = strings.ToUpper(s)
	leap := len(s) > 8 && s[6:8] == "60"
	if leap {
		s = s[:6] + "59" + s[8:]
	}
	if len(s) < 9 || strings.Contains(s, ",") {
		return false
	}
	t, err := time.Parse("15:04:05Z07:00", s)
	if err != nil {
		return false
	}
	utc := t.UTC()
	return !leap || utc.Hour() == 23 && utc.Minute() == 59
}

func isEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	at := strings.LastIndexByte(s, '@')
	if err != nil || at < 1 || at > 64 || strings.ContainsAny(s, "<>") || a.Name != "" {
		return false
	}
	host := s[at+1:]
	if inner, ok := strings.CutPrefix(host, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		_, err := netip.ParseAddr(strings.TrimPrefix(inner, "IPv6:"))
		return ok && err == nil
	}
	return isHostname(host)
}

func isHostname(s string) bool {
	s = strings.TrimSuffix(s, ".")
	if len(s) == 0 || len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if len(label) == 0 || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		if strings.Trim(label, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != "" {
			return false
		}
	}
	return true
}

func isReference(s string) bool {
	_, err := url.Parse(s)
	return err == nil && !strings.Contains(s, `\`)
}
