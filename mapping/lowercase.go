package mapping

import "strings"

// LowerCase tells whether the values of a field are in lower case by definition: the categorization fields and
// names of data sets, the operating system by ECS's list of values, protocol names, and hashes as all agents print them.
func LowerCase(name string) bool {
	switch name {
	case "event.kind", "event.category", "event.type", "event.outcome", "event.module", "event.dataset",
		"host.os.type", "observer.os.type", "user_agent.os.type",
		"data_stream.type", "data_stream.dataset", "data_stream.namespace",
		"network.transport", "network.type", "network.protocol":
		return true
	}
	_, algorithm, ok := strings.Cut(name, ".hash.")
	switch algorithm {
	case "md5", "sha1", "sha256", "sha384", "sha512":
		return ok
	}
	return false
}
