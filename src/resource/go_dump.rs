//! Pod templates as `k8s.io/utils/dump.ForHash` prints them: the whole Go struct with its types, set or not, in Go's
//! order. This is what Kubernetes hashes for `pod-template-hash` and the revisions of a `DaemonSet`; nobody else reads it.
//!
//! The structs are `schema/pod_template_go.txt`, written by `examples/schema_source.rs`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::OnceLock;

use serde_json::Value;

use super::quantity::Quantity;
use super::schema::{Shape, Type};

const TEXT: &str = include_str!("schema/pod_template_go.txt");

struct GoField {
    name: &'static str,
    /// `-` if the struct is embedded and its fields are the parent's in JSON.
    json: &'static str,
    go: &'static str,
    ty: Type,
}

type Structs = BTreeMap<&'static str, Vec<GoField>>;

fn structs() -> &'static Structs {
    static STRUCTS: OnceLock<Structs> = OnceLock::new();
    STRUCTS.get_or_init(|| {
        let mut structs = Structs::new();
        let mut current = "";
        for line in TEXT.lines() {
            let Some(field) = line.strip_prefix(' ') else {
                current = line;
                structs.insert(line, Vec::new());
                continue;
            };
            let mut words = field.split(' ');
            if let (Some(name), Some(json), Some(ty)) = (words.next(), words.next(), words.next()) {
                let field = GoField { name, json, go: ty, ty: Type::of(ty) };
                structs.entry(current).or_default().push(field);
            }
        }
        structs
    })
}

/// A stored Pod template, printed.
#[must_use]
pub fn pod_template(template: &Value) -> String {
    let mut out = String::with_capacity(8192);
    out.push_str("(v1.PodTemplateSpec)");
    dump_struct("core.PodTemplateSpec", Some(template), &mut out);
    out
}

fn dump_struct(id: &str, value: Option<&Value>, out: &mut String) {
    out.push('{');
    for (index, field) in structs().get(id).into_iter().flatten().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        let _ = write!(out, "{}:", field.name);
        if field.json == "-" {
            let _ = write!(out, "({})", field.ty.go_name());
            dump_struct(field.go, value, out);
        } else {
            typed(&field.ty, value.and_then(|v| v.get(field.json)).filter(|v| !v.is_null()), out);
        }
    }
    out.push('}');
}

/// A value behind its type in brackets.
fn typed(ty: &Type, value: Option<&Value>, out: &mut String) {
    let pointer = if ty.pointer { "*" } else { "" };
    let _ = write!(out, "({pointer}{})", ty.go_name());
    if ty.pointer && value.is_none() {
        out.push_str("<nil>");
    } else {
        bare(ty, value, out);
    }
}

fn bare(ty: &Type, value: Option<&Value>, out: &mut String) {
    match ty.shape {
        Shape::String => out.push_str(value.and_then(Value::as_str).unwrap_or_default()),
        Shape::Bool => out.push_str(if value == Some(&Value::Bool(true)) { "true" } else { "false" }),
        Shape::Int32 | Shape::Int64 => {
            let _ = write!(out, "{}", value.and_then(Value::as_i64).unwrap_or(0));
        }
        Shape::Float64 => {
            let _ = write!(out, "{}", value.and_then(Value::as_f64).unwrap_or(0.0));
        }
        Shape::Quantity => quantity(value.and_then(Value::as_str).unwrap_or_default(), out),
        Shape::IntOrString => int_or_string(value, out),
        // A template's times are those of an object that was never made.
        Shape::Time | Shape::MicroTime => {
            out.push_str("{Time:(time.Time){wall:(uint64)0 ext:(int64)0 loc:(*time.Location)<nil>}}");
        }
        Shape::Bytes | Shape::Raw => out.push_str("<nil>"),
        Shape::Struct(reference) => dump_struct(reference.get().id(), value, out),
        Shape::List(element) => list(element, value, out),
        Shape::Map(element) => map(element, value, out),
    }
}

/// What is empty was nil when it came out of the storage.
fn list(element: &Type, value: Option<&Value>, out: &mut String) {
    let Some(items) = value.and_then(Value::as_array).filter(|items| !items.is_empty()) else {
        return out.push_str("<nil>");
    };
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        bare(element, Some(item), out);
    }
    out.push(']');
}

fn map(element: &Type, value: Option<&Value>, out: &mut String) {
    let Some(members) = value.and_then(Value::as_object).filter(|members| !members.is_empty()) else {
        return out.push_str("<nil>");
    };
    out.push_str("map[");
    for (index, (key, member)) in members.iter().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        let _ = write!(out, "{key}:");
        bare(element, Some(member), out);
    }
    out.push(']');
}

fn int_or_string(value: Option<&Value>, out: &mut String) {
    let (kind, number, text) = match value {
        Some(Value::String(text)) => (1, 0, text.as_str()),
        Some(value) => (0, value.as_i64().unwrap_or(0), ""),
        None => (0, 0, ""),
    };
    let _ = write!(out, "{{Type:(intstr.Type){kind} IntVal:(int32){number} StrVal:(string){text}}}");
}

/// The inside of a `resource.Quantity` that was parsed from its canonical text. It remembers the text only if it knows
/// at once that this is canonical (apimachinery `pkg/api/resource/quantity.go`, `ParseQuantity`).
fn quantity(text: &str, out: &mut String) {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '-' && c != '.').unwrap_or(text.len());
    let (number, suffix) = text.split_at(digits);
    let binary = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].iter().position(|s| *s == suffix).map(|i| 10 * (i as u32 + 1));
    let decimal =
        [("n", -9), ("u", -6), ("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)];
    let exponent = decimal.iter().find(|(s, _)| *s == suffix).map(|(_, exponent)| *exponent);
    let scientific = suffix.strip_prefix(['e', 'E']).and_then(|digits| digits.parse::<i32>().ok());
    let format = if binary.is_some() {
        "BinarySI"
    } else if exponent.is_none() && scientific.is_some() {
        "DecimalExponent"
    } else {
        "DecimalSI"
    };
    let magnitude = number.trim_start_matches('-');
    let value = number.parse::<i64>().ok().and_then(|value| value.checked_mul(1_i64.checked_shl(binary.unwrap_or(0))?));
    let small = match binary {
        Some(bits) => magnitude.len() as u32 + bits * 3 / 10 < 15,
        None => magnitude.len() <= 18,
    };
    let (Some(value), true) = (value, small) else { return large_quantity(text, format, out) };
    let scale = exponent.or(scientific).unwrap_or(0);
    let known = match binary {
        Some(bits) => bits % 10 == 0 && magnitude.parse::<i64>().is_ok_and(|n| n & 7 != 0),
        None => scale % 3 == 0 && !magnitude.ends_with("000") && !magnitude.starts_with('0') || text == "0",
    };
    let text = if known { text } else { "" };
    let _ = write!(
        out,
        "{{i:(resource.int64Amount){{value:(int64){value} scale:(resource.Scale){scale}}} \
         d:(resource.infDecAmount){{Dec:(*inf.Dec)<nil>}} s:(string){text} Format:(resource.Format){format}}}"
    );
}

/// One that does not fit into 64 bits at its precision: billionths in words of 64 bits, the lowest first.
fn large_quantity(text: &str, format: &str, out: &mut String) {
    let value = Quantity::parse(text).map_or(0, Quantity::value);
    let billionths = u128::from(value.unsigned_abs()) * 1_000_000_000;
    let words = [billionths as u64, (billionths >> 64) as u64];
    let words = if words[1] == 0 { words[0].to_string() } else { format!("{} {}", words[0], words[1]) };
    let _ = write!(
        out,
        "{{i:(resource.int64Amount){{value:(int64)0 scale:(resource.Scale)0}} \
         d:(resource.infDecAmount){{Dec:(*inf.Dec){{unscaled:(big.Int){{neg:(bool){} abs:(big.nat)[{words}]}} \
         scale:(inf.Scale)9}}}} s:(string) Format:(resource.Format){format}}}",
        value < 0
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_field_has_a_place_in_the_json_schema() {
        use crate::resource::schema::Struct;
        // What is embedded is no type of its own there.
        for (id, fields) in structs() {
            let Some(schema) = Struct::by_id(id) else { continue };
            for field in fields.iter().filter(|field| field.json != "-") {
                assert!(schema.field(field.json).is_some(), "{id}.{}", field.name);
            }
        }
        assert!(structs().len() > 80);
    }

    #[test]
    fn r1_structs_print_all_their_fields() {
        let mut out = String::new();
        let port = json!({"containerPort": 80, "protocol": "TCP"});
        dump_struct("core.ContainerPort", Some(&port), &mut out);
        assert_eq!(
            out,
            "{Name:(string) HostPort:(int32)0 ContainerPort:(int32)80 Protocol:(v1.Protocol)TCP HostIP:(string)}"
        );
        let mut out = String::new();
        dump_struct("core.TCPSocketAction", Some(&json!({"port": "web"})), &mut out);
        assert_eq!(
            out,
            "{Port:(intstr.IntOrString){Type:(intstr.Type)1 IntVal:(int32)0 StrVal:(string)web} Host:(string)}"
        );
        let mut out = String::new();
        dump_struct("core.SecurityContext", Some(&json!({"runAsUser": 5, "privileged": false})), &mut out);
        assert!(out.contains(" Privileged:(*bool)false ") && out.contains(" RunAsUser:(*int64)5 "), "{out}");
        assert!(out.starts_with("{Capabilities:(*v1.Capabilities)<nil> "), "{out}");
    }

    #[test]
    fn r1_embedded_structs_are_fields_of_their_own() {
        let mut out = String::new();
        let volume = json!({"name": "data", "persistentVolumeClaim": {"claimName": "data"}});
        dump_struct("core.Volume", Some(&volume), &mut out);
        let head = "{Name:(string)data VolumeSource:(v1.VolumeSource){HostPath:(*v1.HostPathVolumeSource)<nil> ";
        assert!(out.starts_with(head), "{out}");
        let claim = " PersistentVolumeClaim:(*v1.PersistentVolumeClaimVolumeSource){ClaimName:(string)data \
                     ReadOnly:(bool)false} ";
        assert!(out.contains(claim), "{out}");
    }

    #[test]
    fn r1_quantities_show_what_go_remembers_of_them() {
        let parts = |text: &str| {
            let mut out = String::new();
            quantity(text, &mut out);
            out
        };
        let small = |value: i64, scale: i32, text: &str, format: &str| {
            format!(
                "{{i:(resource.int64Amount){{value:(int64){value} scale:(resource.Scale){scale}}} \
                 d:(resource.infDecAmount){{Dec:(*inf.Dec)<nil>}} s:(string){text} Format:(resource.Format){format}}}"
            )
        };
        assert_eq!(parts("100m"), small(100, -3, "100m", "DecimalSI"));
        assert_eq!(parts("2"), small(2, 0, "2", "DecimalSI"));
        assert_eq!(parts("0"), small(0, 0, "0", "DecimalSI"));
        assert_eq!(parts("1Gi"), small(1 << 30, 0, "1Gi", "BinarySI"));
        assert_eq!(parts("128Mi"), small(128 << 20, 0, "", "BinarySI"));
        assert_eq!(parts("1G"), small(1, 9, "1G", "DecimalSI"));
        // 100 * 2^40 * 10^9 = 5960 * 2^64 + 8568098291072368640
        assert!(parts("100Ti").contains("abs:(big.nat)[8568098291072368640 5960]} scale:(inf.Scale)9}"));
    }
}
