// Package schema is the field catalog: which fields an index pattern can hold on which stack version, with type and
// provenance. It knows nothing of EQL and rule files.
//
// A Catalog holds the embedded facts (ECS 8.17.0, 9.3.0, 9.4.0 and 9.5.0, Beats 9.5.0, Endgame 8.4.0, Elastic Defend
// 9.5.0 and 36 more integration packages, the fields that detection rules use beyond these) and any overlays a user
// adds. Catalog.View answers for one query: for its index patterns, the data sets it names, its packages and one stack
// version, View.Lookup says of a name whether it is Known (types, sources), Absent, or Undecidable, and why.
//
// Opening a catalog decodes nothing. Names live in a front-coded dictionary that is searched in place; a table is
// decoded the first time a view asks it.
//
// "go generate ./..." makes the tables anew from a folder of facts, which schema/data/provenance.tsv lists; the generator
// reads what upstream publishes too (ecs_flat.yml, fields.yml of Beats, the fields of packages).
package schema

//go:generate go run ./internal/gen/run.go -facts ../../shared/data/fields -out data
