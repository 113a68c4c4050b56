//! `--record`: notes the command in the annotation that `rollout history` shows as the change's cause
//! (`k8s.io/cli-runtime/pkg/genericclioptions/record_flags.go`).

use serde_json::{Value, json};

use super::flags::Parsed;
use crate::apiserver::patch::two_way_json;

/// The annotation that says why an object was changed.
pub const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";

/// The command as the annotation has it: its words, then its flags in the order given.
fn cause(line: &Parsed) -> String {
    let mut text = line.command().path.to_string();
    for word in &line.args {
        text.extend([" ", word]);
    }
    for (flag, value) in &line.order {
        text.extend([" --", flag, "=", value]);
    }
    text
}

/// Notes the command in the object, if `--record` asks for it.
pub fn record(line: &Parsed, object: &mut Value) {
    if line.bool("record") {
        object["metadata"]["annotations"][CHANGE_CAUSE] = cause(line).into();
    }
}

/// The patch that notes the command; `None` if `--record` does not ask for it or nothing would change.
pub fn merge_patch(line: &Parsed, object: &Value) -> Option<Value> {
    let mut changed = object.clone();
    record(line, &mut changed);
    Some(two_way_json(object, &changed)).filter(|patch| *patch != json!({}))
}
