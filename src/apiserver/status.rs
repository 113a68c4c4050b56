//! `metav1.Status` of a request that failed: code, reason, message, details (spec/api.md part 9).

use serde_json::{Value, json};

use super::field::FieldError;
use crate::resource::Kind;

/// Why a request failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// The HTTP code.
    pub code: u16,
    /// The machine-readable reason (`NotFound`), empty if none.
    pub reason: &'static str,
    /// The message for people.
    pub message: String,
    /// `details.name`, empty if none.
    pub name: String,
    /// `details.group`, empty if none.
    pub group: String,
    /// `details.kind`: the resource, or the kind for validation errors; empty if none.
    pub kind: String,
    /// `details.causes`: the violated fields.
    pub causes: Vec<FieldError>,
    /// A cause that is no field: its type (`DisruptionBudget`) and a message.
    pub cause: Option<Box<(&'static str, String)>>,
    /// `details.retryAfterSeconds`, 0 if none.
    pub retry_after_seconds: u32,
}

impl Status {
    /// A failure that names no object.
    pub fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Status {
        Status {
            code,
            reason,
            message: message.into(),
            name: String::new(),
            group: String::new(),
            kind: String::new(),
            causes: Vec::new(),
            cause: None,
            retry_after_seconds: 0,
        }
    }

    /// The same with a cause that is no field.
    #[must_use]
    pub fn with_cause(self, kind: &'static str, message: impl Into<String>) -> Status {
        Status { cause: Some(Box::new((kind, message.into()))), ..self }
    }

    /// Whether it has a cause of this type.
    #[must_use]
    pub fn has_cause(&self, kind: &str) -> bool {
        self.cause.as_ref().is_some_and(|cause| cause.0 == kind)
    }

    fn about(code: u16, reason: &'static str, kind: Kind, name: &str, message: String) -> Status {
        let info = kind.info();
        let (group, kind) = (info.group.to_string(), info.plural.to_string());
        Status { name: name.to_string(), group, kind, ..Status::new(code, reason, message) }
    }

    /// 404: `statefulsets.apps "web" not found`.
    #[must_use]
    pub fn not_found(kind: Kind, name: &str) -> Status {
        Status::about(404, "NotFound", kind, name, format!("{} \"{name}\" not found", kind.resource()))
    }

    /// 409: `statefulsets.apps "web" already exists`.
    #[must_use]
    pub fn already_exists(kind: Kind, name: &str) -> Status {
        Status::about(409, "AlreadyExists", kind, name, format!("{} \"{name}\" already exists", kind.resource()))
    }

    /// 409: `Operation cannot be fulfilled on statefulsets.apps "web": WHY`.
    #[must_use]
    pub fn conflict(kind: Kind, name: &str, why: &str) -> Status {
        let message = format!("Operation cannot be fulfilled on {} \"{name}\": {why}", kind.resource());
        Status::about(409, "Conflict", kind, name, message)
    }

    /// 403: `pods "web-0" is forbidden: WHY`.
    #[must_use]
    pub fn forbidden(kind: Kind, name: &str, why: &str) -> Status {
        Status::about(403, "Forbidden", kind, name, format!("{} \"{name}\" is forbidden: {why}", kind.resource()))
    }

    /// 422: `StatefulSet.apps "web" is invalid: ERRORS`; details name the kind, not the resource.
    #[must_use]
    pub fn invalid(kind: Kind, name: &str, causes: Vec<FieldError>) -> Status {
        let info = kind.info();
        let full = if info.group.is_empty() { info.name.to_string() } else { format!("{}.{}", info.name, info.group) };
        let texts: Vec<String> = causes.iter().map(ToString::to_string).collect();
        let list = if let [one] = texts.as_slice() { one.clone() } else { format!("[{}]", texts.join(", ")) };
        Status {
            name: name.to_string(),
            group: info.group.to_string(),
            kind: info.name.to_string(),
            causes,
            ..Status::new(422, "Invalid", format!("{full} \"{name}\" is invalid: {list}"))
        }
    }

    /// 400.
    pub fn bad_request(message: impl Into<String>) -> Status {
        Status::new(400, "BadRequest", message)
    }

    /// Whether the object was not there.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.reason == "NotFound"
    }

    /// The `Status` object as JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut details = serde_json::Map::new();
        for (key, value) in [("name", &self.name), ("group", &self.group), ("kind", &self.kind)] {
            if !value.is_empty() {
                details.insert(key.into(), value.as_str().into());
            }
        }
        let fields = self.causes.iter().map(|c| json!({"reason": c.reason(), "message": c.body(), "field": c.field}));
        let other = self.cause.iter().map(|c| json!({"reason": c.0, "message": c.1}));
        let causes: Vec<Value> = fields.chain(other).collect();
        if !causes.is_empty() {
            details.insert("causes".into(), causes.into());
        }
        if self.retry_after_seconds > 0 {
            details.insert("retryAfterSeconds".into(), self.retry_after_seconds.into());
        }
        json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": self.message, "reason": self.reason, "details": details, "code": self.code,
        })
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Status {}
