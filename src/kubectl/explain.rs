//! `kubectl explain`: what a resource and its fields are for (`k8s.io/kubectl/pkg/explain/v2`, the template
//! `plaintext.tmpl`). The older format, `plaintext-openapiv2`, is not modelled.

mod wrap;

use super::error::{CmdError, message};
use super::flags::{Command, Flag};
use super::io::Io;
use super::print::go::quote;
use crate::apiserver::Api;
use crate::resource::Kind;
use crate::resource::docs::{Docs, FieldDocs};
use crate::resource::kind::ALL;
use crate::resource::schema::{Field, Shape, Struct, Type};
use wrap::{indent, wrap};

static COMMAND: Command = Command {
    path: "kubectl explain",
    usage: "TYPE [--recursive=FALSE|TRUE] [--api-version=api-version-group] [-o|--output=plaintext] [flags]",
    about: "Describe fields and structure of various resources.\n\n\
            Fields are identified via a simple JSONPath identifier: <type>.<fieldName>[.<fieldName>]\n\n\
            Use \"kubectl api-resources\" for a complete list of supported resources.\n\nExamples:\n  \
            # Get the documentation of the resource and its fields\n  kubectl explain pods\n\n  \
            # Get all the fields in the resource\n  kubectl explain pods --recursive\n\n  \
            # Get the explanation for deployment in supported api versions\n  \
            kubectl explain deployments --api-version=apps/v1\n\n  \
            # Get the documentation of a specific field of a resource\n  kubectl explain pods.spec.containers",
    flags: &[&[
        Flag::bool("recursive", "Print the fields of fields").short('R'),
        Flag::string("api-version", "Explain the resource of this API version (group/version)"),
        Flag::string("output", "Format: plaintext").short('o').default("plaintext"),
    ]],
    required: &[],
};

/// Enumerated values shown in a list of fields before it is cut.
const SHOWN_VALUES: usize = 4;

/// Runs the verb.
pub fn run(args: &[String], _: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let line = COMMAND.parse(args, io)?;
    let word = match line.args.as_slice() {
        [] => {
            return Err(message(
                "You must specify the type of resource to explain. Use \"kubectl api-resources\" for a complete list of \
                 supported resources.\n",
            ));
        }
        [word] => word,
        _ => return Err(message("We accept only this format: explain RESOURCE\n")),
    };
    let (kind, path) = split(word)?;
    match line.str("output") {
        "plaintext" => {}
        "plaintext-openapiv2" => {
            return Err(message("this lab does not model \"kubectl explain --output=plaintext-openapiv2\" yet"));
        }
        other => return Err(message(format!("unrecognized format: {other}"))),
    }
    check_version(kind, line.str("api-version"))?;
    let info = kind.info();
    if !info.group.is_empty() {
        io.out(format_args!("GROUP:      {}\n", info.group));
    }
    io.out(format_args!("KIND:       {}\nVERSION:    {}\n\n", info.name, info.version));
    let Some(text) = explain(Struct::of(kind), &path, line.bool("recursive")) else {
        return Err(message(format!("field {} does not exist", quote(path.last().unwrap_or(&"")))));
    };
    io.out(text + "\n");
    Ok(())
}

/// The resource a word begins with, and the fields behind it: `sts.spec.replicas`, `statefulsets.apps.spec`.
fn split(word: &str) -> Result<(Kind, Vec<&str>), CmdError> {
    if word.contains(['[', ']', '{', '}', '*', '?', '@', '$']) || word.contains("..") {
        return Err(message("invalid jsonpath syntax, first node must be field node"));
    }
    let word = word.trim_end_matches('.').trim_start_matches('.');
    let (resource, rest) = word.split_once('.').unwrap_or((word, ""));
    let Some(kind) = Kind::parse(resource) else {
        let text = format!("the server doesn't have a resource type {}", quote(resource));
        return Err(CmdError::Verbatim(text, 1));
    };
    // The plural with its group is a prefix too.
    let rest = word.strip_prefix(&kind.resource()).map_or(rest, |rest| rest.trim_start_matches('.'));
    Ok((kind, rest.split('.').filter(|name| !name.is_empty()).collect()))
}

/// `--api-version` must be one there is, and have the resource.
fn check_version(kind: Kind, version: &str) -> Result<(), CmdError> {
    if version.is_empty() || version == kind.api_version() {
        return Ok(());
    }
    let (group, number) = version.split_once('/').unwrap_or(("", version));
    let resource = format!("{group}/{number}, Resource={}", kind.info().plural);
    if ALL.iter().any(|info| info.kind.api_version() == version) {
        return Err(message(format!("error: GVR ({resource}) not found in OpenAPI schema")));
    }
    Err(message(format!("couldn't find resource for \"{resource}\"")))
}

/// The text on the field at the end of a path, on the type itself if there is none; `None` if there is no such field.
fn explain(root: &'static Struct, path: &[&str], recursive: bool) -> Option<String> {
    let mut text = String::new();
    let (mut at, mut found): (Option<&'static Struct>, Option<(&'static Struct, &Field)>) = (Some(root), None);
    for name in path {
        let of = at?;
        let field = of.field(name)?;
        (at, found) = (structure(&field.ty), Some((of, field)));
    }
    let about = match found {
        None => lines_of(&docs(root.id()).map_or_else(String::new, |docs| docs.about())),
        Some((of, field)) => {
            let docs = field_docs(docs(of.id()).as_ref(), field);
            text += &format!("FIELD: {} <{}>\n", field.name, type_name(&field.ty));
            if !docs.values.is_empty() {
                text += "ENUM:";
                docs.values.iter().for_each(|value| text.extend(["\n    ", shown(value)]));
            }
            text += "\n\n";
            lines_of(&docs.about) + &type_docs(&field.ty)
        }
    };
    let about = if about.is_empty() { "<empty>" } else { &about };
    text += &format!("DESCRIPTION:\n{}\n", indent(4, &wrap(76, about)));
    let fields = at.map_or_else(String::new, |of| field_list(of, 1, recursive, &mut vec![of.id()]));
    if !fields.is_empty() {
        text.extend(["FIELDS:\n", &fields]);
    }
    Some(text)
}

fn docs(id: &str) -> Option<Docs> {
    Docs::of(id)
}

fn field_docs(of: Option<&Docs>, field: &Field) -> FieldDocs {
    of.map_or_else(FieldDocs::default, |docs| docs.field(field.name))
}

fn lines_of(about: &str) -> String {
    if about.is_empty() { String::new() } else { format!("{about}\n") }
}

/// The struct behind a type, of its elements if it is a list or map.
fn structure(ty: &Type) -> Option<&'static Struct> {
    match ty.shape {
        Shape::Struct(reference) => Some(reference.get()),
        Shape::List(element) | Shape::Map(element) => structure(element),
        _ => None,
    }
}

/// What `OpenAPI` calls a type.
fn type_name(ty: &Type) -> String {
    match ty.shape {
        Shape::String | Shape::Bytes | Shape::Time | Shape::MicroTime => "string".into(),
        Shape::Bool => "boolean".into(),
        Shape::Int32 | Shape::Int64 => "integer".into(),
        Shape::Float64 => "number".into(),
        Shape::Struct(reference) => reference.get().name().into(),
        Shape::List(element) => format!("[]{}", type_name(element)),
        Shape::Map(element) => format!("map[string]{}", type_name(element)),
        Shape::Quantity | Shape::IntOrString | Shape::Raw => {
            let name = ty.go_name();
            name.rsplit('.').next().unwrap_or_default().to_string()
        }
    }
}

/// What a type is for, where `OpenAPI` has it as a definition of its own.
fn type_docs(ty: &Type) -> String {
    let id = match ty.shape {
        Shape::Struct(reference) => reference.get().id(),
        Shape::List(element) | Shape::Map(element) => return type_docs(element),
        Shape::Quantity => "resource.Quantity",
        Shape::IntOrString => "intstr.IntOrString",
        Shape::Time => "meta.Time",
        Shape::MicroTime => "meta.MicroTime",
        Shape::Raw if ty.go_name().ends_with("FieldsV1") => "meta.FieldsV1",
        Shape::Raw => "runtime.RawExtension",
        Shape::String | Shape::Bool | Shape::Int32 | Shape::Int64 | Shape::Float64 | Shape::Bytes => {
            return String::new();
        }
    };
    docs(id).map_or_else(String::new, |docs| lines_of(&docs.about()))
}

/// The fields of a struct; recursively without their descriptions, and never into a type they are part of.
fn field_list(of: &'static Struct, level: usize, recursive: bool, within: &mut Vec<&'static str>) -> String {
    let (mut text, blanks, docs) = (String::new(), 2 * level, docs(of.id()));
    for field in of.fields() {
        let docs = field_docs(docs.as_ref(), field);
        text += &format!("{}{}\t<{}>", " ".repeat(blanks), field.name, type_name(&field.ty));
        if field.required {
            text += " -required-";
        }
        if !docs.values.is_empty() {
            let values: Vec<&str> = docs.values.iter().take(SHOWN_VALUES).map(|value| shown(value)).collect();
            let more = if docs.values.len() > SHOWN_VALUES { ", ...." } else { "" };
            text += &format!("\n{}enum: {}{more}", " ".repeat(blanks), values.join(", "));
        }
        text.push('\n');
        if !recursive {
            let about = if docs.about.is_empty() { "<no description>" } else { &docs.about };
            text += &format!("{}\n\n", indent(blanks + 2, &wrap(78 - blanks, about)));
        } else if let Some(inner) = structure(&field.ty).filter(|inner| !within.contains(&inner.id())) {
            within.push(inner.id());
            text += &field_list(inner, level + 1, recursive, within);
            within.pop();
        }
    }
    text
}

/// An enumerated value; the empty one as Go writes it.
fn shown(value: &str) -> &str {
    if value.is_empty() { "\"\"" } else { value }
}

#[cfg(test)]
mod tests {
    use crate::kubectl::testing::{Bench, check};

    const SET: &str = "GROUP:      apps\nKIND:       StatefulSet\nVERSION:    v1\n\n";

    fn output(line: &str) -> String {
        let words: Vec<String> = line.split(' ').map(str::to_string).collect();
        let mut out = Vec::new();
        assert_eq!(Bench::default().run(&words, &mut out, &mut Vec::new()), 0, "{line}");
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_field() {
        let text = "FIELD: whenScaled <string>\n\n\nDESCRIPTION:\n    WhenScaled specifies what happens to PVCs created from \
                    StatefulSet\n    VolumeClaimTemplates when the StatefulSet is scaled down. The default policy\n    of \
                    `Retain` causes PVCs to not be affected by a scaledown. The `Delete`\n    policy causes the associated \
                    PVCs for any excess pods above the replica\n    count to be deleted.\n    \n\n";
        let line = "explain sts.spec.persistentVolumeClaimRetentionPolicy.whenScaled";
        check(line, (0, &format!("{SET}{text}"), ""));
        let line = line.replace("sts", "statefulsets.apps");
        check(&line, (0, &format!("{SET}{text}"), ""));
    }

    #[test]
    fn a_resource_and_lists() {
        let text = output("explain cm");
        let start = "KIND:       ConfigMap\nVERSION:    v1\n\nDESCRIPTION:\n    ConfigMap holds configuration data for pods to \
                     consume.\n    \nFIELDS:\n  apiVersion\t<string>\n    APIVersion defines";
        assert!(text.starts_with(start), "{text}");
        assert!(text.contains("  binaryData\t<map[string]string>\n"), "{text}");
        let text = output("explain pod.spec.containers.resources.limits");
        assert!(text.contains("FIELD: limits <map[string]Quantity>\n"), "{text}");
        assert!(text.contains("Quantity is a fixed-point"), "{text}");
        let text = output("explain pods.spec.containers");
        assert!(text.contains("  name\t<string> -required-\n    Name of the container"), "{text}");
        assert!(text.contains("  imagePullPolicy\t<string>\n  enum: Always, IfNotPresent, Never\n"), "{text}");
    }

    #[test]
    fn recursively() {
        let text = output("explain sts --recursive");
        let part = "    updateStrategy\t<StatefulSetUpdateStrategy>\n      rollingUpdate\t<RollingUpdateStatefulSetStrategy>\n        \
                    maxUnavailable\t<IntOrString>\n        partition\t<integer>\n      type\t<string>\n      enum: OnDelete, \
                    RollingUpdate\n";
        assert!(text.contains(part), "{text}");
    }

    #[test]
    fn what_cannot_be_explained() {
        check("explain sts.spec.nope", (1, SET, "error: field \"nope\" does not exist\n"));
        check("explain sts.nope.replicas", (1, SET, "error: field \"replicas\" does not exist\n"));
        check("explain pvcs", (1, "", "the server doesn't have a resource type \"pvcs\"\n"));
        let line = "error: You must specify the type of resource to explain. Use \"kubectl api-resources\" for a complete \
                    list of supported resources.\n";
        check("explain", (1, "", line));
        check("explain a b", (1, "", "error: We accept only this format: explain RESOURCE\n"));
        check("explain sts -o x", (1, "", "error: unrecognized format: x\n"));
        let version = "error: couldn't find resource for \"apps/v2, Resource=statefulsets\"\n";
        check("explain sts --api-version=apps/v2", (1, "", version));
    }
}
