//! Bodies of requests to objects, as the API server decodes them: type errors, strict errors and warnings in Go's own
//! words, then the object Go would write again. Defaults and validation come after this.

mod convert;
mod scalar;
mod walk;

use serde_json::{Map, Value};

use super::field::FieldError;
use super::{FieldValidation, Status};
use crate::resource::Kind;
use crate::resource::gojson;
use crate::resource::schema::{Shape, Struct, Type};
use walk::Walk;

/// What decoding makes of a body.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// The object as Go would write it.
    pub value: Value,
    /// Warnings for the client: `unknown field "spec.replica"`.
    pub warnings: Vec<String>,
}

/// A field that the schema does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownField {
    /// Its path: `spec.template.spec.containers[0].imagge`.
    pub path: String,
    /// Its own name.
    pub name: String,
    /// The fields that the schema knows in its place.
    pub known: Vec<&'static str>,
}

/// Decodes the body of a create or an update.
pub fn decode(kind: Kind, body: Value, validation: FieldValidation) -> Result<Decoded, Status> {
    decode_as(Struct::of(kind), &kind.api_version(), body, validation)
}

/// Decodes a body that is no object of a kind of its own (`autoscaling.Scale`, `policy.Eviction`).
pub fn decode_as(
    root: &'static Struct,
    api_version: &str,
    mut body: Value,
    validation: FieldValidation,
) -> Result<Decoded, Status> {
    let name = root.name();
    check_type(root, api_version, &body)?;
    let strict = walk(root, &mut body).map_err(|error| cannot_be_handled(api_version, name, name, &error))?;
    let warnings = match validation {
        FieldValidation::Ignore => Vec::new(),
        FieldValidation::Warn => strict,
        FieldValidation::Strict if strict.is_empty() => Vec::new(),
        FieldValidation::Strict => {
            return Err(cannot_be_handled(api_version, name, name, &strict_error(&strict)));
        }
    };
    body["apiVersion"] = api_version.into();
    body["kind"] = name.into();
    Ok(Decoded { value: body, warnings })
}

/// Decodes the result of a JSON patch or a merge patch; `strict` are the strict errors of the patch itself, `original`
/// makes once more what is decoded, for errors.
pub fn decode_patched(
    root: &'static Struct,
    api_version: &str,
    mut patched: Value,
    strict: Vec<String>,
    validation: FieldValidation,
    original: impl FnOnce() -> Value,
) -> Result<Decoded, Status> {
    match walk(root, &mut patched) {
        Ok(found) => {
            let strict = [strict, found].concat();
            settle((root, api_version), patched, strict, validation, || original().to_string())
        }
        Err(error) => Err(invalid_patch(&original().to_string(), &error)),
    }
}

/// Converts the result of a strategic merge patch; `patch` is what is left of the patch, for errors.
pub fn convert_patched(
    root: &'static Struct,
    api_version: &str,
    mut patched: Value,
    patch: &Value,
    validation: FieldValidation,
) -> Result<Decoded, Status> {
    let strict = convert::check(root, &mut patched).map_err(|error| invalid_patch(&go_text(patch), &error))?;
    let mut decoded = settle((root, api_version), patched, strict, validation, || go_text(patch))?;
    let _ = walk(root, &mut decoded.value);
    Ok(decoded)
}

/// The object as Go would write it: unknown fields and nulls dropped, values canonical. Values of a wrong type stay.
#[must_use]
pub fn normalize(kind: Kind, mut value: Value) -> Value {
    let _ = walk(Struct::of(kind), &mut value);
    value
}

/// The fields of an object that the schema does not know, in the order of the document's keys.
#[must_use]
pub fn unknown_fields(kind: Kind, object: &Value) -> Vec<UnknownField> {
    let mut found = Vec::new();
    if let Value::Object(map) = object {
        find_unknown(Struct::of(kind), map, "", &mut found);
    }
    found
}

fn find_unknown(of: &'static Struct, map: &Map<String, Value>, path: &str, found: &mut Vec<UnknownField>) {
    for (key, value) in map {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match of.field(key) {
            Some(field) => find_unknown_in(&field.ty, value, &path, found),
            None => found.push(UnknownField {
                path,
                name: key.clone(),
                known: of.fields().iter().map(|f| f.name).collect(),
            }),
        }
    }
}

fn find_unknown_in(ty: &Type, value: &Value, path: &str, found: &mut Vec<UnknownField>) {
    match (ty.shape, value) {
        (Shape::Struct(reference), Value::Object(map)) => find_unknown(reference.get(), map, path, found),
        (Shape::List(element), Value::Array(list)) => {
            for (index, value) in list.iter().enumerate() {
                find_unknown_in(element, value, &format!("{path}[{index}]"), found);
            }
        }
        (Shape::Map(element), Value::Object(map)) => {
            for (key, value) in map {
                find_unknown_in(element, value, &format!("{path}.{key}"), found);
            }
        }
        _ => {}
    }
}

/// Walks an object; the strict errors, or the error that decoding ends with.
fn walk(root: &'static Struct, value: &mut Value) -> Result<Vec<String>, String> {
    let Value::Object(map) = value else {
        let found = gojson::type_of(value);
        return Err(format!("json: cannot unmarshal {found} into Go value of type v1.{}", root.name()));
    };
    let mut walk = Walk::default();
    walk.root(root, map).map_err(|abort| abort.0)?;
    walk.error.map_or(Ok(walk.strict), Err)
}

fn settle(
    (root, api_version): (&'static Struct, &str),
    mut value: Value,
    strict: Vec<String>,
    validation: FieldValidation,
    shown: impl FnOnce() -> String,
) -> Result<Decoded, Status> {
    if validation == FieldValidation::Strict && !strict.is_empty() {
        return Err(invalid_patch(&shown(), &strict_error(&strict)));
    }
    value["apiVersion"] = api_version.into();
    value["kind"] = root.name().into();
    let warnings = if validation == FieldValidation::Ignore { Vec::new() } else { strict };
    Ok(Decoded { value, warnings })
}

fn strict_error(errors: &[String]) -> String {
    format!("strict decoding error: {}", errors.join(", "))
}

fn cannot_be_handled(api_version: &str, found: &str, wanted: &str, error: &str) -> Status {
    let version = api_version.rsplit('/').next().unwrap_or_default();
    Status::bad_request(format!("{found} in version {version:?} cannot be handled as a {wanted}: {error}"))
}

/// 422 about no object: ` "" is invalid: patch: Invalid value: "VALUE": ERROR`.
fn invalid_patch(value: &str, error: &str) -> Status {
    let cause = FieldError::invalid("patch", value, error);
    let message = format!(" \"\" is invalid: {cause}");
    Status { causes: vec![cause], ..Status::new(422, "Invalid", message) }
}

/// What the server finds wrong before it looks at the fields: no object, or one of another kind.
fn check_type(root: &'static Struct, api_version: &str, body: &Value) -> Result<(), Status> {
    let wanted = root.name();
    let unrecognized = |error: &str| {
        let text = body.to_string();
        let summary = match text.char_indices().nth(30) {
            Some((end, _)) => format!("{}...", &text[..end]),
            None => text,
        };
        let parse = "couldn't get version/kind; json parse error: json: cannot unmarshal";
        Status::bad_request(format!(
            "the object provided is unrecognized (must be of type {wanted}): {parse} {error} ({summary})"
        ))
    };
    if !body.is_object() {
        let go =
            r#"struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }"#;
        return Err(unrecognized(&format!("{} into Go value of type {go}", gojson::type_of(body))));
    }
    for key in ["apiVersion", "kind"] {
        let value = &body[key];
        if !value.is_null() && !value.is_string() {
            let found = gojson::type_of(value);
            return Err(unrecognized(&format!("{found} into Go struct field .{key} of type string")));
        }
    }
    let text = |key: &str, default| body[key].as_str().filter(|s| !s.is_empty()).unwrap_or(default).to_string();
    let (found_version, found_kind) = (text("apiVersion", api_version), text("kind", wanted));
    if found_kind == wanted && found_version != api_version {
        return Err(Status::bad_request(format!(
            "the API version in the data ({found_version}) does not match the expected API version ({api_version})"
        )));
    }
    if found_kind == wanted {
        return Ok(());
    }
    let error = if Kind::of(&found_version, &found_kind).is_some() {
        let package = root.id().split('.').next().unwrap_or_default();
        format!("converting (v1.{found_kind}) to ({package}.{wanted}): unknown conversion")
    } else {
        let scheme = "in scheme \"pkg/api/legacyscheme/scheme.go:30\"";
        format!("no kind {found_kind:?} is registered for version {found_version:?} {scheme}")
    };
    Err(cannot_be_handled(&found_version, &found_kind, wanted, &error))
}

/// A JSON value as Go's `%v` prints what it was decoded to: `map[a:1 b:[x y]]`.
#[must_use]
pub fn go_text(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_string(),
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => scalar::number(number).trim_end_matches(".0").to_string(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(list) => format!("[{}]", list.iter().map(go_text).collect::<Vec<_>>().join(" ")),
        Value::Object(map) => {
            let entries: Vec<String> = map.iter().map(|(key, value)| format!("{key}:{}", go_text(value))).collect();
            format!("map[{}]", entries.join(" "))
        }
    }
}

#[cfg(test)]
mod tests;
