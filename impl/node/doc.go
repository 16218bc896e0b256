// Package node puts nodes together from engines, transports, applications and
// logs. For now there is one arrangement: [Local], a network in one process, for
// tests and trials.
package node
