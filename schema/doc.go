// Package schema is the field catalog: which fields an index pattern can hold on which stack version, with type and
// provenance. It knows nothing of EQL and rule files.
package schema
