//! temp
#![allow(missing_docs)]
use crate::apiserver::field::FieldError;
use crate::resource::Kind;
use serde_json::Value;
pub fn create(_: Kind, _: &Value) -> Vec<FieldError> { vec![] }
pub fn update(_: Kind, _: &Value, _: &Value) -> Vec<FieldError> { vec![] }
pub fn status_update(_: Kind, _: &Value, _: &Value) -> Vec<FieldError> { vec![] }
pub fn warnings(_: Kind, _: &Value, _: Option<&Value>) -> Vec<String> { vec![] }
