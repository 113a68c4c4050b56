//! Objects as YAML, exactly as `kubectl get -o yaml` prints them: go-yaml v2's emitter as sigs.k8s.io/yaml uses it
//! (`go.yaml.in/yaml/v2`: encode.go, sorter.go, emitterc.go). Keys in its natural order, sequences not indented under
//! their key, its choice among plain, single-quoted, double-quoted and literal, and its folding of long lines.
//! Reading YAML is `manifest`'s; [`scalar`] holds what both need to know of plain scalars.

mod emitter;
pub mod number;
pub mod scalar;
mod style;

use serde_json::Value;

use emitter::Emitter;

/// `value` as a YAML document, ending in a line break.
#[must_use]
pub fn to_yaml(value: &Value) -> String {
    Emitter::document(value)
}

#[cfg(test)]
mod tests;
