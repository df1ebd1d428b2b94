// Package metrics writes what the daemon counts in Prometheus' text format, for
// node_exporter's textfile collector and for whoever asks.
package metrics

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Kind is what a metric is.
type Kind string

// The kinds that the text format has and the daemon needs.
const (
	Counter Kind = "counter"
	Gauge   Kind = "gauge"
)

// Metric is one metric with all of its samples.
type Metric struct {
	Name    string
	Kind    Kind
	Help    string
	Samples []Sample
}

// Sample is one value.
type Sample struct {
	Labels []Label
	Value  float64
}

// Label is one label of a sample.
type Label struct {
	Name, Value string
}

// Of returns a metric with one sample that has no labels.
func Of(name string, kind Kind, help string, value float64) Metric {
	return Metric{name, kind, help, []Sample{{Value: value}}}
}

// By returns a metric with a sample for each value of one label, in their order.
func By(name string, kind Kind, help, label string, values map[string]float64) Metric {
	m := Metric{Name: name, Kind: kind, Help: help}
	for value, n := range values {
		m.Samples = append(m.Samples, Sample{[]Label{{label, value}}, n})
	}
	slices.SortFunc(m.Samples, func(a, b Sample) int { return strings.Compare(a.Labels[0].Value, b.Labels[0].Value) })
	return m
}

// Flag is 1 for true.
func Flag(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// Write writes metrics. One without samples is left out.
func Write(w io.Writer, metrics []Metric) error {
	var text strings.Builder
	for _, m := range metrics {
		if len(m.Samples) == 0 {
			continue
		}
		fmt.Fprintf(&text, "# HELP %s %s\n# TYPE %s %s\n", m.Name, escape(m.Help, false), m.Name, m.Kind)
		for _, s := range m.Samples {
			text.WriteString(m.Name)
			for i, l := range s.Labels {
				text.WriteString(map[bool]string{true: "{", false: ","}[i == 0])
				fmt.Fprintf(&text, `%s="%s"`, l.Name, escape(l.Value, true))
			}
			if len(s.Labels) > 0 {
				text.WriteByte('}')
			}
			fmt.Fprintf(&text, " %v\n", s.Value)
		}
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// escape escapes a help text, or a label's value. The format is UTF-8: what is not
// becomes U+FFFD.
func escape(text string, label bool) string {
	text = strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace(strings.ToValidUTF8(text, "\uFFFD"))
	if label {
		text = strings.ReplaceAll(text, `"`, `\"`)
	}
	return text
}
