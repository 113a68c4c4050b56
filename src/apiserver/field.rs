//! Field errors: one violation of one field, with the API server's own wording
//! (`k8s.io/apimachinery/pkg/util/validation/field/errors.go`).

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The sort of a violation; decides the first words of its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ErrorType {
    /// `Required value`.
    Required,
    /// `Invalid value: V`.
    Invalid,
    /// `Unsupported value: V`.
    NotSupported,
    /// `Forbidden`.
    Forbidden,
    /// `Duplicate value: V`.
    Duplicate,
    /// `Not found: V`.
    NotFound,
    /// `Too long`.
    TooLong,
    /// `Too many: N`.
    TooMany,
    /// `Invalid value: V` of the wrong type.
    TypeInvalid,
}

/// One violation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldError {
    /// Its sort.
    pub error: ErrorType,
    /// The field's path (`spec.template.spec.containers[0].image`).
    pub field: String,
    /// The offending value as JSON, null if the sort shows none.
    #[serde(with = "crate::resource::stored::json")]
    pub value: Value,
    /// The value as text where it is none of JSON's with sorted members: Go's structs print in the order of their fields.
    pub shown: Option<String>,
    /// Further words, empty if none.
    pub detail: String,
}

impl FieldError {
    /// `FIELD: Required value[: DETAIL]`.
    pub fn required(field: impl Into<String>, detail: impl Into<String>) -> FieldError {
        FieldError {
            error: ErrorType::Required,
            field: field.into(),
            value: Value::Null,
            shown: None,
            detail: detail.into(),
        }
    }

    /// `FIELD: Invalid value: V: DETAIL`.
    pub fn invalid(field: impl Into<String>, value: impl Into<Value>, detail: impl Into<String>) -> FieldError {
        FieldError {
            error: ErrorType::Invalid,
            field: field.into(),
            value: value.into(),
            shown: None,
            detail: detail.into(),
        }
    }

    /// `FIELD: Unsupported value: V: supported values: "A", "B"`.
    pub fn not_supported(field: impl Into<String>, value: impl Into<Value>, supported: &[&str]) -> FieldError {
        let quoted: Vec<String> = supported.iter().map(|s| go_quote(s)).collect();
        FieldError {
            error: ErrorType::NotSupported,
            field: field.into(),
            value: value.into(),
            shown: None,
            detail: if quoted.is_empty() { String::new() } else { format!("supported values: {}", quoted.join(", ")) },
        }
    }

    /// `FIELD: Forbidden: DETAIL`.
    pub fn forbidden(field: impl Into<String>, detail: impl Into<String>) -> FieldError {
        FieldError {
            error: ErrorType::Forbidden,
            field: field.into(),
            value: Value::Null,
            shown: None,
            detail: detail.into(),
        }
    }

    /// `FIELD: Duplicate value: V`.
    pub fn duplicate(field: impl Into<String>, value: impl Into<Value>) -> FieldError {
        FieldError {
            error: ErrorType::Duplicate,
            field: field.into(),
            value: value.into(),
            shown: None,
            detail: String::new(),
        }
    }

    /// `FIELD: Not found: V`.
    pub fn not_found(field: impl Into<String>, value: impl Into<Value>) -> FieldError {
        FieldError {
            error: ErrorType::NotFound,
            field: field.into(),
            value: value.into(),
            shown: None,
            detail: String::new(),
        }
    }

    /// The reason of the `Status` cause (`FieldValueInvalid`).
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self.error {
            ErrorType::Required => "FieldValueRequired",
            ErrorType::Invalid => "FieldValueInvalid",
            ErrorType::NotSupported => "FieldValueNotSupported",
            ErrorType::Forbidden => "FieldValueForbidden",
            ErrorType::Duplicate => "FieldValueDuplicate",
            ErrorType::NotFound => "FieldValueNotFound",
            ErrorType::TooLong => "FieldValueTooLong",
            ErrorType::TooMany => "FieldValueTooMany",
            ErrorType::TypeInvalid => "FieldValueTypeInvalid",
        }
    }

    /// The message without the field (`Invalid value: -1: must be greater than or equal to 0`).
    #[must_use]
    pub fn body(&self) -> String {
        let head = match self.error {
            ErrorType::Required => "Required value".to_string(),
            ErrorType::Forbidden => "Forbidden".to_string(),
            ErrorType::TooLong => "Too long".to_string(),
            ErrorType::TooMany => format!("Too many: {}", self.go_value()),
            ErrorType::Invalid | ErrorType::TypeInvalid => format!("Invalid value: {}", self.go_value()),
            ErrorType::NotSupported => format!("Unsupported value: {}", self.go_value()),
            ErrorType::Duplicate => format!("Duplicate value: {}", self.go_value()),
            ErrorType::NotFound => format!("Not found: {}", self.go_value()),
        };
        if self.detail.is_empty() { head } else { format!("{head}: {}", self.detail) }
    }
}

impl FieldError {
    /// The value as Go prints it: text quoted as by `%q`, the rest as JSON with `<`, `>` and `&` escaped.
    fn go_value(&self) -> String {
        match (&self.shown, &self.value) {
            (Some(shown), _) => shown.clone(),
            (None, Value::String(text)) => go_quote(text),
            (None, value) => value.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026"),
        }
    }
}

/// Go's `%q`.
fn go_quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            c if u32::from(c) < 0x20 || c == '\u{7f}' => out.extend(format!("\\x{:02x}", u32::from(c)).chars()),
            c if c.is_control() || matches!(c, '\u{a0}' | '\u{ad}' | '\u{feff}' | '\u{2028}' | '\u{2029}') => {
                out.extend(format!("\\u{:04x}", u32::from(c)).chars());
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.body())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_print_as_in_go() {
        let labels = json!({"app": "a<b"});
        for (error, expect) in [
            (FieldError::invalid("f", "a\"\n\u{1}", "no"), r#"f: Invalid value: "a\"\n\x01": no"#),
            (FieldError::invalid("f", labels, "no"), r#"f: Invalid value: {"app":"a\u003cb"}: no"#),
            (FieldError::invalid("f", -1, ""), "f: Invalid value: -1"),
            (FieldError::invalid("f", Value::Null, "no"), "f: Invalid value: null: no"),
            (FieldError::required("f", ""), "f: Required value"),
            (
                FieldError::not_supported("f", "x", &["A", "B"]),
                r#"f: Unsupported value: "x": supported values: "A", "B""#,
            ),
        ] {
            assert_eq!(error.to_string(), expect);
        }
    }
}
