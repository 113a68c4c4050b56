//! JSON of objects that kubectl holds in Go's types: members stand in the order in which the types declare them, not in
//! the order of the alphabet (`encoding/json`).

use serde_json::Value;

use super::print::go;
use crate::resource::Kind;
use crate::resource::schema::{Shape, Struct, Type};

/// An object on one line.
#[must_use]
pub fn compact(kind: Kind, object: &Value) -> String {
    let mut out = String::new();
    write_object(&mut out, Struct::of(kind), object, None);
    out
}

/// An object as `-o json` prints it, without the final newline.
#[must_use]
pub fn indented(kind: Kind, object: &Value) -> String {
    let mut out = String::new();
    write_object(&mut out, Struct::of(kind), object, Some(0));
    out
}

fn write_object(out: &mut String, of: &'static Struct, value: &Value, indent: Option<usize>) {
    let Some(map) = value.as_object() else { return out.push_str(&go::json(value)) };
    let declared = of.declared().filter_map(|field| Some((field.name, Some(&field.ty), map.get(field.name)?)));
    let others = map.iter().filter(|(key, _)| of.field(key).is_none()).map(|(key, value)| (key.as_str(), None, value));
    let members: Vec<(&str, Option<&Type>, &Value)> = declared.chain(others).collect();
    write_members(out, members, indent);
}

fn write_members(out: &mut String, members: Vec<(&str, Option<&Type>, &Value)>, indent: Option<usize>) {
    write_list(out, ['{', '}'], members, indent, |out, (key, ty, value), inner| {
        out.push_str(&go::json(&key.into()));
        out.push_str(if inner.is_some() { ": " } else { ":" });
        write_value(out, ty, value, inner);
    });
}

fn write_value(out: &mut String, ty: Option<&Type>, value: &Value, indent: Option<usize>) {
    let shape = ty.map(|ty| ty.shape);
    match (shape, value) {
        (Some(Shape::Struct(reference)), Value::Object(_)) => write_object(out, reference.get(), value, indent),
        (_, Value::Object(map)) => {
            let element = if let Some(Shape::Map(element)) = shape { Some(element) } else { None };
            write_members(out, map.iter().map(|(key, value)| (key.as_str(), element, value)).collect(), indent);
        }
        (_, Value::Array(items)) => {
            let element = if let Some(Shape::List(element)) = shape { Some(element) } else { None };
            write_list(out, ['[', ']'], items.iter().collect(), indent, |out, item: &Value, inner| {
                write_value(out, element, item, inner);
            });
        }
        (_, scalar) => out.push_str(&go::json(scalar)),
    }
}

fn write_list<T>(
    out: &mut String,
    [open, close]: [char; 2],
    items: Vec<T>,
    indent: Option<usize>,
    mut write: impl FnMut(&mut String, T, Option<usize>),
) {
    out.push(open);
    let (count, inner) = (items.len(), indent.map(|indent| indent + 4));
    let line = |out: &mut String, blanks: Option<usize>| {
        if let Some(blanks) = blanks.filter(|_| count > 0) {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', blanks));
        }
    };
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        line(out, inner);
        write(out, item, inner);
    }
    line(out, indent);
    out.push(close);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_in_the_order_of_the_types() {
        let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s", "labels": {"b": "1", "a": "<"}},
            "spec": {"selector": {}, "ports": [{"port": 80, "name": "web"}]}});
        let expect = "{\"kind\":\"Service\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"s\",\"labels\":{\"a\":\"\\u003c\",\
                      \"b\":\"1\"}},\"spec\":{\"ports\":[{\"name\":\"web\",\"port\":80}],\"selector\":{}}}";
        assert_eq!(compact(Kind::Service, &service), expect);
        let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}});
        let expect = "{\n    \"kind\": \"ConfigMap\",\n    \"apiVersion\": \"v1\",\n    \"metadata\": {}\n}";
        assert_eq!(indented(Kind::ConfigMap, &map), expect);
    }
}
