// Package logic decides questions about all events: whether a condition can be true at all, whether one holds whenever
// another does. It reads the compiled conditions of package predicate.
//
// A leaf on a field is true if the field has a value in some set, its extent. So over one field a choice of leaves that are true
// and leaves that are false is possible exactly if each true one has a value that no false one has: a field may have several
// values. Whether it does, automata decide for texts and intervals for numbers, dates and addresses. Leaves without an extent
// (a script, a match on analysed text) are equal if they compute the same, and independent otherwise. Which choices make
// a condition true is a question of propositional logic, for a small solver that learns from conflicts.
//
// What is proved holds for every event, as long as no script fails. What is not proved may be false, too hard, or true for
// a reason that leaves without an extent hide.
package logic
