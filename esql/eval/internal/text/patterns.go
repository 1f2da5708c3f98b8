package text

// grokPattern is what the name of a pattern stands for; empty for unknown ones.
func grokPattern(name string) string {
	switch name {
	case "USERNAME":
		return `[a-zA-Z0-9._-]+`
	case "USER":
		return `%{USERNAME}`
	case "EMAILLOCALPART":
		return `[a-zA-Z][a-zA-Z0-9_.+-=:]+`
	case "EMAILADDRESS":
		return `%{EMAILLOCALPART}@%{HOSTNAME}`
	case "INT":
		return `(?:[+-]?(?:[0-9]+))`
	case "BASE10NUM":
		return `(?<![0-9.+-])(?>[+-]?(?:(?:[0-9]+(?:\.[0-9]+)?)|(?:\.[0-9]+)))`
	case "NUMBER":
		return `(?:%{BASE10NUM})`
	case "BASE16NUM":
		return `(?<![0-9A-Fa-f])(?:[+-]?(?:0x)?(?:[0-9A-Fa-f]+))`
	case "BASE16FLOAT":
		return `\b(?<![0-9A-Fa-f.])(?:[+-]?(?:0x)?(?:(?:[0-9A-Fa-f]+(?:\.[0-9A-Fa-f]*)?)|(?:\.[0-9A-Fa-f]+)))\b`
	case "POSINT":
		return `\b(?:[1-9][0-9]*)\b`
	case "NONNEGINT":
		return `\b(?:[0-9]+)\b`
	case "WORD":
		return `\b\w+\b`
	case "NOTSPACE":
		return `\S+`
	case "SPACE":
		return `\s*`
	case "DATA":
		return `.*?`
	case "GREEDYDATA":
		return `.*`
	case "GREEDYMULTILINE":
		return `(.|\n)*`
	case "QUOTEDSTRING", "QS":
		return `(?>(?<!\\)(?>"(?>\\.|[^\\"]+)+"|""|(?>'(?>\\.|[^\\']+)+')|''|(?>` + "`" + `(?>\\.|[^\\` + "`" + `]+)+` + "`" + `)|` + "``" + `))`
	case "UUID":
		return `[A-Fa-f0-9]{8}-(?:[A-Fa-f0-9]{4}-){3}[A-Fa-f0-9]{12}`
	case "URN":
		return `urn:[0-9A-Za-z][0-9A-Za-z-]{0,31}:(?:%[0-9a-fA-F]{2}|[0-9A-Za-z()+,.:=@;$_!*'/?#-])+`
	case "MAC":
		return `(?:%{CISCOMAC}|%{WINDOWSMAC}|%{COMMONMAC})`
	case "CISCOMAC":
		return `(?:(?:[A-Fa-f0-9]{4}\.){2}[A-Fa-f0-9]{4})`
	case "WINDOWSMAC":
		return `(?:(?:[A-Fa-f0-9]{2}-){5}[A-Fa-f0-9]{2})`
	case "COMMONMAC":
		return `(?:(?:[A-Fa-f0-9]{2}:){5}[A-Fa-f0-9]{2})`
	case "IPV6":
		return ipv6Pattern
	case "IPV4":
		return `(?<![0-9])(?:(?:[0-1]?[0-9]{1,2}|2[0-4][0-9]|25[0-5])[.](?:[0-1]?[0-9]{1,2}|2[0-4][0-9]|25[0-5])[.](?:[0-1]?[0-9]{1,2}|2[0-4][0-9]|25[0-5])[.](?:[0-1]?[0-9]{1,2}|2[0-4][0-9]|25[0-5]))(?![0-9])`
	case "IP":
		return `(?:%{IPV6}|%{IPV4})`
	case "HOSTNAME":
		return `\b(?:[0-9A-Za-z][0-9A-Za-z-]{0,62})(?:\.(?:[0-9A-Za-z][0-9A-Za-z-]{0,62}))*(\.?|\b)`
	case "HOST":
		return `%{HOSTNAME}`
	case "IPORHOST":
		return `(?:%{IP}|%{HOSTNAME})`
	case "HOSTPORT":
		return `%{IPORHOST}:%{POSINT}`
	}
	if p := pathPattern(name); p != "" {
		return p
	}
	if p := datePattern(name); p != "" {
		return p
	}
	return logPattern(name)
}

const ipv6Pattern = `((([0-9A-Fa-f]{1,4}:){7}([0-9A-Fa-f]{1,4}|:))|(([0-9A-Fa-f]{1,4}:){6}(:[0-9A-Fa-f]{1,4}|((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3})|:))` +
	`|(([0-9A-Fa-f]{1,4}:){5}(((:[0-9A-Fa-f]{1,4}){1,2})|:((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3})|:))` +
	`|(([0-9A-Fa-f]{1,4}:){4}(((:[0-9A-Fa-f]{1,4}){1,3})|((:[0-9A-Fa-f]{1,4})?:((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}))|:))` +
	`|(([0-9A-Fa-f]{1,4}:){3}(((:[0-9A-Fa-f]{1,4}){1,4})|((:[0-9A-Fa-f]{1,4}){0,2}:((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}))|:))` +
	`|(([0-9A-Fa-f]{1,4}:){2}(((:[0-9A-Fa-f]{1,4}){1,5})|((:[0-9A-Fa-f]{1,4}){0,3}:((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}))|:))` +
	`|(([0-9A-Fa-f]{1,4}:){1}(((:[0-9A-Fa-f]{1,4}){1,6})|((:[0-9A-Fa-f]{1,4}){0,4}:((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}))|:))` +
	`|(:(((:[0-9A-Fa-f]{1,4}){1,7})|((:[0-9A-Fa-f]{1,4}){0,5}:((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}))|:)))(%.+)?`

func pathPattern(name string) string {
	switch name {
	case "PATH":
		return `(?:%{UNIXPATH}|%{WINPATH})`
	case "UNIXPATH":
		return `(/([\w_%!$@:.,+~-]+|\\.)*)+`
	case "WINPATH":
		return `(?>[A-Za-z]+:|\\)(?:\\[^\\?*]*)+`
	case "TTY":
		return `(?:/dev/(pts|tty([pq])?)(\w+)?/?(?:[0-9]+))`
	case "URIPROTO":
		return `[A-Za-z]([A-Za-z0-9+\-.]+)+`
	case "URIHOST":
		return `%{IPORHOST}(?::%{POSINT})?`
	case "URIPATH":
		return `(?:/[A-Za-z0-9$.+!*'(){},~:;=@#%&_\-]*)+`
	case "URIQUERY", "URIPARAM":
		p := `[A-Za-z0-9$.+!*'|(){},~@#%&/=:;_?\-\[\]<>]*`
		if name == "URIPARAM" {
			return `\?` + p
		}
		return p
	case "URIPATHPARAM":
		return `%{URIPATH}(?:%{URIPARAM})?`
	case "URI":
		return `%{URIPROTO}://(?:%{USER}(?::[^@]*)?@)?(?:%{URIHOST})?(?:%{URIPATHPARAM})?`
	}
	return ""
}

func datePattern(name string) string {
	switch name {
	case "MONTH":
		return `\b(?:[Jj]an(?:uary|uar)?|[Ff]eb(?:ruary|ruar)?|[Mm](?:a|ä)?r(?:ch|z)?|[Aa]pr(?:il)?|[Mm]a(?:y|i)?|[Jj]un(?:e|i)?|[Jj]ul(?:y|i)?|[Aa]ug(?:ust)?|[Ss]ep(?:tember)?|[Oo](?:c|k)?t(?:ober)?|[Nn]ov(?:ember)?|[Dd]e(?:c|z)(?:ember)?)\b`
	case "MONTHNUM":
		return `(?:0?[1-9]|1[0-2])`
	case "MONTHNUM2":
		return `(?:0[1-9]|1[0-2])`
	case "MONTHDAY":
		return `(?:(?:0[1-9])|(?:[12][0-9])|(?:3[01])|[1-9])`
	case "DAY":
		return `(?:Mon(?:day)?|Tue(?:sday)?|Wed(?:nesday)?|Thu(?:rsday)?|Fri(?:day)?|Sat(?:urday)?|Sun(?:day)?)`
	case "YEAR":
		return `(?>\d\d){1,2}`
	case "HOUR":
		return `(?:2[0123]|[01]?[0-9])`
	case "MINUTE":
		return `(?:[0-5][0-9])`
	case "SECOND":
		return `(?:(?:[0-5]?[0-9]|60)(?:[:.,][0-9]+)?)`
	case "TIME":
		return `(?!<[0-9])%{HOUR}:%{MINUTE}(?::%{SECOND})(?![0-9])`
	case "DATE_US":
		return `%{MONTHNUM}[/-]%{MONTHDAY}[/-]%{YEAR}`
	case "DATE_EU":
		return `%{MONTHDAY}[./-]%{MONTHNUM}[./-]%{YEAR}`
	case "DATE_X":
		return `%{YEAR}/%{MONTHNUM2}/%{MONTHDAY}`
	case "ISO8601_TIMEZONE":
		return `(?:Z|[+-]%{HOUR}(?::?%{MINUTE}))`
	case "ISO8601_SECOND":
		return `(?:%{SECOND}|60)`
	case "TIMESTAMP_ISO8601":
		return `%{YEAR}-%{MONTHNUM}-%{MONTHDAY}[T ]%{HOUR}:?%{MINUTE}(?::?%{SECOND})?%{ISO8601_TIMEZONE}?`
	case "DATE":
		return `%{DATE_US}|%{DATE_EU}`
	case "DATESTAMP":
		return `%{DATE}[- ]%{TIME}`
	case "TZ":
		return `(?:[PMCE][SD]T|UTC)`
	case "DATESTAMP_RFC822":
		return `%{DAY} %{MONTH} %{MONTHDAY} %{YEAR} %{TIME} %{TZ}`
	case "DATESTAMP_RFC2822":
		return `%{DAY}, %{MONTHDAY} %{MONTH} %{YEAR} %{TIME} %{ISO8601_TIMEZONE}`
	case "DATESTAMP_OTHER":
		return `%{DAY} %{MONTH} %{MONTHDAY} %{TIME} %{TZ} %{YEAR}`
	case "DATESTAMP_EVENTLOG":
		return `%{YEAR}%{MONTHNUM2}%{MONTHDAY}%{HOUR}%{MINUTE}%{SECOND}`
	case "HTTPDERROR_DATE":
		return `%{DAY} %{MONTH} %{MONTHDAY} %{TIME} %{YEAR}`
	case "SYSLOGTIMESTAMP":
		return `%{MONTH} +%{MONTHDAY} %{TIME}`
	case "HTTPDATE":
		return `%{MONTHDAY}/%{MONTH}/%{YEAR}:%{TIME} %{INT}`
	}
	return ""
}

func logPattern(name string) string {
	switch name {
	case "PROG":
		return `[\x21-\x5a\x5c\x5e-\x7e]+`
	case "SYSLOGPROG":
		return `%{PROG:process.name}(?:\[%{POSINT:process.pid:int}\])?`
	case "SYSLOGHOST":
		return `%{IPORHOST}`
	case "SYSLOGFACILITY":
		return `<%{NONNEGINT:log.syslog.facility.code:int}.%{NONNEGINT:log.syslog.priority:int}>`
	case "SYSLOGBASE":
		return `%{SYSLOGTIMESTAMP:timestamp} (?:%{SYSLOGFACILITY} )?%{SYSLOGHOST:host.hostname} %{SYSLOGPROG}:`
	case "LOGLEVEL":
		return `([Aa]lert|ALERT|[Tt]race|TRACE|[Dd]ebug|DEBUG|[Nn]otice|NOTICE|[Ii]nfo?(?:rmation)?|INFO?(?:RMATION)?|[Ww]arn?(?:ing)?|WARN?(?:ING)?|[Ee]rr?(?:or)?|ERR?(?:OR)?|[Cc]rit?(?:ical)?|CRIT?(?:ICAL)?|[Ff]atal|FATAL|[Ss]evere|SEVERE|EMERG(?:ENCY)?|[Ee]merg(?:ency)?)`
	case "HTTPDUSER":
		return `%{EMAILADDRESS}|%{USER}`
	case "COMMONAPACHELOG", "HTTPD_COMMONLOG":
		return `%{IPORHOST:source.address} (?:-|%{HTTPDUSER:apache.access.user.identity}) (?:-|%{HTTPDUSER:user.name}) \[%{HTTPDATE:timestamp}\] "(?:%{WORD:http.request.method} %{NOTSPACE:url.original}(?: HTTP/%{NUMBER:http.version})?|%{DATA})" (?:-|%{INT:http.response.status_code:int}) (?:-|%{INT:http.response.body.bytes:long})`
	case "COMBINEDAPACHELOG", "HTTPD_COMBINEDLOG":
		return `%{COMMONAPACHELOG} "(?:-|%{DATA:http.request.referrer})" "(?:-|%{DATA:user_agent.original})"`
	}
	return ""
}
