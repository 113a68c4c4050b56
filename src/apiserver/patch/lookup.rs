//! What the schema says of a field in a patch: its type, strategy and merge key
//! (`k8s.io/apimachinery/third_party/forked/golang/json/fields.go`).

use serde_json::Value;

use super::{PatchError, Result};
use crate::resource::gojson;
use crate::resource::schema::{PatchRule, Shape, Struct, Type};

/// The type that a map of the patch is of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Schema {
    Struct(&'static Struct),
    Other(&'static str),
}

impl Schema {
    pub fn root(root: &'static Struct) -> Schema {
        Schema::Struct(root)
    }

    fn of(ty: &Type) -> Schema {
        match ty.shape {
            Shape::Struct(reference) => Schema::Struct(reference.get()),
            Shape::Map(_) => Schema::Other("map"),
            Shape::List(_) | Shape::Bytes => Schema::Other("slice"),
            Shape::String => Schema::Other("string"),
            Shape::Bool => Schema::Other("bool"),
            Shape::Int32 => Schema::Other("int32"),
            Shape::Int64 => Schema::Other("int64"),
            Shape::Float64 => Schema::Other("float64"),
            Shape::Quantity | Shape::IntOrString | Shape::Time | Shape::MicroTime | Shape::Raw => {
                Schema::Other("struct")
            }
        }
    }

    /// Go's kind of the type.
    pub fn name(&self) -> &'static str {
        match self {
            Schema::Struct(_) => "struct",
            Schema::Other(kind) => kind,
        }
    }

    fn field(&self, key: &str) -> Result<(&'static Type, PatchRule)> {
        let Schema::Struct(of) = self else {
            let found = self.name();
            return Err(PatchError::other(format!(
                "merging an object in json but data type is not struct, instead is: {found}"
            )));
        };
        let folded = || of.declared().find(|f| f.name.eq_ignore_ascii_case(key));
        match of.field(key).or_else(folded) {
            Some(field) => Ok((&field.ty, field.patch)),
            None => Err(PatchError::other(format!(
                "unable to find api field in struct {} for the json field {key:?}",
                of.name()
            ))),
        }
    }

    /// The type and rule of a field that holds a map.
    pub fn map(&self, key: &str) -> Result<(Schema, PatchRule)> {
        self.field(key).map(|(ty, rule)| (Schema::of(ty), rule))
    }

    /// The element type and rule of a field that holds a list.
    pub fn list(&self, key: &str) -> Result<(Schema, PatchRule)> {
        let (ty, rule) = self.field(key)?;
        match ty.shape {
            Shape::List(element) => Ok((Schema::of(element), rule)),
            Shape::Bytes => Ok((Schema::Other("uint8"), rule)),
            _ => Err(PatchError::other(format!("expected slice or array type, but got: {}", self.name()))),
        }
    }
}

/// What the JSON decoder says of a patch that is no object.
pub(super) fn not_a_map(patch: &Value) -> String {
    format!("json: cannot unmarshal {} into Go value of type map[string]interface {{}}", gojson::type_of(patch))
}
