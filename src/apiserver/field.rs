//! Field errors: one violation of one field, with the API server's own wording
//! (`k8s.io/apimachinery/pkg/util/validation/field/errors.go`).

use std::fmt;

use serde_json::Value;

/// The sort of a violation; decides the first words of its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
#[derive(Clone, Debug, PartialEq)]
pub struct FieldError {
    /// Its sort.
    pub error: ErrorType,
    /// The field's path (`spec.template.spec.containers[0].image`).
    pub field: String,
    /// The offending value as JSON, null if the sort shows none.
    pub value: Value,
    /// Further words, empty if none.
    pub detail: String,
}

impl FieldError {
    /// `FIELD: Required value[: DETAIL]`.
    pub fn required(field: impl Into<String>, detail: impl Into<String>) -> FieldError {
        FieldError { error: ErrorType::Required, field: field.into(), value: Value::Null, detail: detail.into() }
    }

    /// `FIELD: Invalid value: V: DETAIL`.
    pub fn invalid(field: impl Into<String>, value: impl Into<Value>, detail: impl Into<String>) -> FieldError {
        FieldError { error: ErrorType::Invalid, field: field.into(), value: value.into(), detail: detail.into() }
    }

    /// `FIELD: Unsupported value: V: supported values: "A", "B"`.
    pub fn not_supported(field: impl Into<String>, value: impl Into<Value>, supported: &[&str]) -> FieldError {
        let quoted: Vec<String> = supported.iter().map(|s| format!("\"{s}\"")).collect();
        FieldError {
            error: ErrorType::NotSupported,
            field: field.into(),
            value: value.into(),
            detail: if quoted.is_empty() { String::new() } else { format!("supported values: {}", quoted.join(", ")) },
        }
    }

    /// `FIELD: Forbidden: DETAIL`.
    pub fn forbidden(field: impl Into<String>, detail: impl Into<String>) -> FieldError {
        FieldError { error: ErrorType::Forbidden, field: field.into(), value: Value::Null, detail: detail.into() }
    }

    /// `FIELD: Duplicate value: V`.
    pub fn duplicate(field: impl Into<String>, value: impl Into<Value>) -> FieldError {
        FieldError { error: ErrorType::Duplicate, field: field.into(), value: value.into(), detail: String::new() }
    }

    /// `FIELD: Not found: V`.
    pub fn not_found(field: impl Into<String>, value: impl Into<Value>) -> FieldError {
        FieldError { error: ErrorType::NotFound, field: field.into(), value: value.into(), detail: String::new() }
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
            ErrorType::TooMany => format!("Too many: {}", self.value),
            ErrorType::Invalid | ErrorType::TypeInvalid => format!("Invalid value: {}", self.value),
            ErrorType::NotSupported => format!("Unsupported value: {}", self.value),
            ErrorType::Duplicate => format!("Duplicate value: {}", self.value),
            ErrorType::NotFound => format!("Not found: {}", self.value),
        };
        if self.detail.is_empty() { head } else { format!("{head}: {}", self.detail) }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.body())
    }
}
