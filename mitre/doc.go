// Package mitre knows the tactics, techniques and sub-techniques of MITRE ATT&CK and ATLAS by version: which ids are
// valid where, what was renamed, retired and by what replaced. It knows nothing of rule files.
package mitre
