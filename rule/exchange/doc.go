// Package exchange carries rules between Kibana and rule files: its export (NDJSON) and the answers of its detections API
// to TOML, with exception lists and connectors beside the rules, and back.
//
// Nothing is lost on the way: what one side has no place for is kept in the other, in [metadata.extended.kibana] of a rule
// file, in meta.rulevet of a record. Every record is held against the file that was made of it, read again; one that would
// change is refused by name. Comments of TOML files are the exception: an export tells that it leaves them out.
package exchange
