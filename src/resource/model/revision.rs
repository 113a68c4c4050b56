//! `apps/v1.ControllerRevision`: one version of a set's template.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A revision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ControllerRevision {
    /// The patch that brings the template back: `{"spec":{"template":{"$patch":"replace",…}}}` (rule S72).
    #[serde(with = "crate::resource::stored::json")]
    pub data: Arc<Value>,
    /// Its place in the history.
    pub revision: i64,
}

impl ControllerRevision {
    /// Reads a revision.
    #[must_use]
    pub fn from_json(value: &Value) -> ControllerRevision {
        ControllerRevision { data: Arc::new(value["data"].clone()), revision: value["revision"].as_i64().unwrap_or(0) }
    }

    pub(crate) fn to_json(&self) -> Map<String, Value> {
        let mut out = Map::new();
        if !self.data.is_null() {
            out.insert("data".into(), (*self.data).clone());
        }
        out.insert("revision".into(), self.revision.into());
        out
    }
}
