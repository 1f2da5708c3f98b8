// Package mitre knows the tactics, techniques and sub-techniques of MITRE ATT&CK and MITRE ATLAS by version: which ids
// are valid where, what was renamed, retired and by what replaced. It knows nothing of rule files.
//
// A Catalog holds one framework in one version. For ATT&CK it spans the Enterprise, Mobile and ICS domains, whose ids
// never overlap, and the retired PRE-ATT&CK domain, so that a retired id is told from an unknown one. Load returns the
// embedded catalogs: ATT&CK 18.1 and 19.1, ATLAS 5.1.0 and 5.6.0. They are
// decoded on first use and cost a program that asks for none of them nothing but their size. Read takes a file of the
// user's, such as a STIX bundle of MITRE's.
//
// Releases tells when an Enterprise id came, was renamed, moved or retired, over all releases since 1.0.
//
// The tables in data are written by internal/gen from data of MITRE; data/PROVENANCE names origin and licence.
package mitre

//go:generate go run ./internal/gen/run.go -facts ../../shared/data/attack -out data
