// SPDX-License-Identifier: Apache-2.0
// test/validation/slices.go - what the suite takes from Go 1.21, for an older compiler.
//
// test/validation/run puts it into the suite's vendor directory, as the package "slices".
package slices

import (
	"strings"
	"sync"
)

func Contains[E comparable](all []E, wanted E) bool {
	for _, one := range all {
		if one == wanted {
			return true
		}
	}
	return false
}

func DeleteFunc[E any](all []E, unwanted func(E) bool) []E {
	kept := all[:0]
	for _, one := range all {
		if !unwanted(one) {
			kept = append(kept, one)
		}
	}
	return kept
}

func OnceValues[A, B any](f func() (A, B)) func() (A, B) {
	var once sync.Once
	var a A
	var b B
	return func() (A, B) {
		once.Do(func() { a, b = f() })
		return a, b
	}
}

func CutPrefix(text, prefix string) (string, bool) {
	if !strings.HasPrefix(text, prefix) {
		return text, false
	}
	return text[len(prefix):], true
}

func OnceValue[A any](f func() A) func() A {
	var once sync.Once
	var a A
	return func() A {
		once.Do(func() { a = f() })
		return a
	}
}
