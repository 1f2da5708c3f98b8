// Package prove answers questions about all events: whether a rule can match at all, whether one matches whenever another
// does, what a change of a rule gains and loses, with events that show it.
//
// An answer such as Equal is a proof: it holds for every event that Elasticsearch can index, as long as no script of the query fails.
// Events that are shown were run through both programs. What can be neither proved nor shown is Unknown, with the reason.
//
// Of sequences and samples the steps are compared one by one, if everything that ties them together is the same: keys, order,
// limits. Then every step of one that implies the same step of the other, and missing steps and until the other way round,
// prove that one matches whenever the other does.
package prove
