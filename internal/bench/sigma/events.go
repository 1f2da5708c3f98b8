package main

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
)

// writeEvents writes n process events of about 1.3 kB with the members that an endpoint agent sends, one a line. Most are of daily work; one
// in eight has words in its command line that rules ask for.
func writeEvents(w io.Writer, n int) error {
	out := bufio.NewWriterSize(w, 1<<16)
	m := maker{rand.New(rand.NewPCG(7, 8))}
	for i := range n {
		name, parent, folder, user := m.pick(programs), m.pick(programs), `\program files\app`, m.pick(users)
		if m.IntN(8) == 0 {
			folder = m.pick(folders)
		}
		args := []string{"--type=renderer", "/s", fmt.Sprintf("--id=%d", i)}
		if m.IntN(8) == 0 {
			args = append(args, m.some(commands, 3)...)
		}
		if m.IntN(2) == 0 {
			name = strings.ToUpper(name)
		}
		line := "c:" + folder + `\` + name + " " + strings.Join(args, " ")
		quoted := make([]string, len(args))
		for j, a := range args {
			quoted[j] = fmt.Sprintf("%q", a)
		}
		fmt.Fprintf(out, `{"@timestamp":"2026-03-04T%02d:%02d:%02d.%03dZ","agent":{"id":"a1b2c3d4-%04x-4abc-9def-0123456789ab","type":"endpoint","version":"9.2.1"},`+
			`"data_stream":{"dataset":"endpoint.events.process","namespace":"default","type":"logs"},"ecs":{"version":"9.2.0"},`,
			i/3600000%24, i/60000%60, i/1000%60, i%1000, i&0xffff)
		fmt.Fprintf(out, `"event":{"action":"start","category":"process","dataset":"endpoint.events.process","id":"N%08xkQ+++++%d","kind":"event","module":"endpoint","sequence":%d,"type":"start"},`, i, i, i)
		fmt.Fprintf(out, `"host":{"architecture":"x86_64","hostname":"ws-%03d","id":"0f%030x","ip":["10.0.%d.%d","fe80::%x"],"name":"ws-%03d","os":{"family":"windows","full":"Windows 11 Pro 23H2","name":"Windows","type":"windows","version":"23H2 (10.0.22631.3880)"}},`,
			i%500, i, i>>8&255, i&255, i&0xffff, i%500)
		fmt.Fprintf(out, `"process":{"args":[%s],"args_count":%d,"code_signature":{"exists":true,"status":"trusted","subject_name":"Microsoft Windows"},`+
			`"command_line":%q,"entity_id":"{%08X-B293-5C05-0000-0010FAC80000}","executable":%q,"hash":{"md5":"%032x"},"name":%q,`+
			`"parent":{"entity_id":"{%08X-0000}","executable":"C:\\Windows\\explorer.exe","name":%q,"pid":%d},"pid":%d,"working_directory":%q},`,
			strings.Join(quoted, ","), len(args), line, i, "C:"+folder+`\`+name, i, name, i, parent, m.IntN(9999), m.IntN(9999), "C:"+folder)
		fmt.Fprintf(out, `"user":{"domain":"corp","id":"S-1-5-21-1004336348-1177238915-682003330-%d","name":%q}}`+"\n", 1000+i%90, user)
	}
	return out.Flush()
}
