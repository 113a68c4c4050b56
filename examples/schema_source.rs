//! Writes `src/resource/schema/v1.36.txt`, the table of the API types, from the Go types that Kubernetes publishes in
//! `k8s.io/api` and `k8s.io/apimachinery`, and `pod_template_go.txt` beside it, which has the structs of a Pod template
//! with their Go names and embedded structs:
//!
//! ```text
//! K8S_STAGING=.../staging/src/k8s.io cargo run --example schema_source
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

const PACKAGES: &[(&str, &str)] = &[
    ("apps", "api/apps/v1/types.go"),
    ("autoscaling", "api/autoscaling/v1/types.go"),
    ("core", "api/core/v1/types.go"),
    ("discovery", "api/discovery/v1/types.go"),
    ("meta", "apimachinery/pkg/apis/meta/v1/types.go"),
    ("networking", "api/networking/v1/types.go"),
    ("policy", "api/policy/v1/types.go"),
    ("scheduling", "api/scheduling/v1/types.go"),
    ("storage", "api/storage/v1/types.go"),
];

const ROOTS: &[&str] = &[
    "core.ConfigMap",
    "core.Endpoints",
    "core.Event",
    "core.LimitRange",
    "core.Namespace",
    "core.Node",
    "core.PersistentVolumeClaim",
    "core.PersistentVolume",
    "core.Pod",
    "core.ResourceQuota",
    "core.Secret",
    "core.ServiceAccount",
    "core.Service",
    "apps.ControllerRevision",
    "apps.DaemonSet",
    "apps.Deployment",
    "apps.ReplicaSet",
    "apps.StatefulSet",
    "discovery.EndpointSlice",
    "networking.Ingress",
    "policy.PodDisruptionBudget",
    "policy.Eviction",
    "scheduling.PriorityClass",
    "storage.CSIDriver",
    "storage.CSINode",
    "storage.StorageClass",
    "storage.VolumeAttachment",
    "autoscaling.Scale",
    "meta.DeleteOptions",
];

const BUILT_IN: &[&str] = &[
    "string",
    "bool",
    "int32",
    "int64",
    "float64",
    "byte",
    "resource.Quantity",
    "intstr.IntOrString",
    "meta.Time",
    "meta.MicroTime",
    "meta.FieldsV1",
    "runtime.RawExtension",
];

#[derive(Debug)]
enum GoType {
    Alias(String),
    Struct(Vec<Field>),
}

#[derive(Debug)]
struct Field {
    name: String,
    json: String,
    inline: bool,
    go: String,
    flags: String,
}

fn tag<'a>(tags: &'a str, name: &str) -> Option<&'a str> {
    let start = tags.find(&format!("{name}:\""))? + name.len() + 2;
    tags[start..].split('"').next()
}

/// A Go type with package names in full: `[]Container` of core is `[]core.Container`.
fn qualify(package: &str, go: &str) -> String {
    if let Some(rest) = go.strip_prefix('*') {
        return format!("*{}", qualify(package, rest));
    }
    if let Some(rest) = go.strip_prefix("[]") {
        return format!("[]{}", qualify(package, rest));
    }
    if let Some((key, value)) = go.strip_prefix("map[").and_then(|rest| rest.split_once(']')) {
        return format!("map[{}]{}", qualify(package, key), qualify(package, value));
    }
    let (from, name) = go.split_once('.').unwrap_or(("", go));
    match from {
        "" if BUILT_IN.contains(&name) => name.to_string(),
        "" => format!("{package}.{name}"),
        "metav1" => format!("meta.{name}"),
        "v1" | "apiv1" => format!("core.{name}"),
        _ => go.to_string(),
    }
}

fn field(package: &str, line: &str, comment: &str) -> Option<Field> {
    let (declaration, tags) = line.split_once('`')?;
    let words: Vec<&str> = declaration.split_whitespace().collect();
    let go = qualify(package, words.last()?);
    let json = tag(tags, "json")?;
    let (name, options) = json.split_once(',').unwrap_or((json, ""));
    if name == "-" {
        return None;
    }
    let mut flags = String::new();
    let omitempty = options.contains("omitempty");
    if omitempty {
        flags.push_str(" omitempty");
    }
    if options.contains("omitzero") {
        flags.push_str(" omitzero");
    }
    let optional = omitempty || options.contains("omitzero") || comment.contains("+optional");
    if comment.contains("+required") || !optional {
        flags.push_str(" required");
    }
    if let Some(strategy) = tag(tags, "patchStrategy") {
        let _ = write!(flags, " patch={strategy}");
    }
    if let Some(key) = tag(tags, "patchMergeKey") {
        let _ = write!(flags, " key={key}");
    }
    let go_name = words.first()?.rsplit(['.', '*']).next()?.to_string();
    Some(Field { name: go_name, json: name.to_string(), inline: name.is_empty(), go, flags })
}

fn parse(package: &str, text: &str, types: &mut BTreeMap<String, GoType>) {
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(declaration) = line.strip_prefix("type ") else { continue };
        let Some((name, rest)) = declaration.split_once(' ') else { continue };
        let id = format!("{package}.{name}");
        if rest.starts_with("struct") {
            let (mut fields, mut comment) = (Vec::new(), String::new());
            if !rest.ends_with("{}") {
                for line in lines.by_ref().take_while(|l| !l.starts_with('}')) {
                    let line = line.trim();
                    if let Some(words) = line.strip_prefix("//") {
                        comment.push_str(words);
                        comment.push('\n');
                        continue;
                    }
                    fields.extend(field(package, line, &comment));
                    comment.clear();
                }
            }
            types.insert(id, GoType::Struct(fields));
        } else {
            types.insert(id, GoType::Alias(qualify(package, rest.split("//").next().unwrap_or(rest).trim())));
        }
    }
}

fn flatten<'a>(types: &'a BTreeMap<String, GoType>, fields: &'a [Field], into: &mut Vec<&'a Field>) {
    for field in fields {
        match types.get(&field.go) {
            Some(GoType::Struct(inner)) if field.inline => flatten(types, inner, into),
            _ => into.push(field),
        }
    }
}

fn names(go: &str) -> Vec<String> {
    go.replace("[]", " ").replace(['*', '[', ']'], " ").split_whitespace().map(str::to_string).collect()
}

fn render(types: &BTreeMap<String, GoType>) -> String {
    let mut done = BTreeMap::new();
    let mut todo: BTreeSet<String> = ROOTS.iter().map(ToString::to_string).collect();
    while let Some(id) = todo.pop_first() {
        if done.contains_key(&id) || BUILT_IN.contains(&id.as_str()) || id == "map" {
            continue;
        }
        let mut block = id.clone();
        match types.get(&id) {
            Some(GoType::Alias(of)) => {
                let _ = writeln!(block, " = {of}");
                todo.extend(names(of));
            }
            Some(GoType::Struct(fields)) => {
                block.push('\n');
                let mut flat = Vec::new();
                flatten(types, fields, &mut flat);
                for field in flat {
                    let _ = writeln!(block, " {} {}{}", field.json, field.go, field.flags);
                    todo.extend(names(&field.go));
                }
            }
            None if id == "types.UID" => block.push_str(" = string\n"),
            None => panic!("no type {id}"),
        }
        done.insert(id, block);
    }
    done.into_values().collect()
}

/// The structs that a type reaches, as Go declares them: `GoName jsonName type`, `-` where a struct is embedded inline.
fn render_go(types: &BTreeMap<String, GoType>, root: &str) -> String {
    let (mut done, mut todo) = (BTreeMap::new(), BTreeSet::from([root.to_string()]));
    while let Some(id) = todo.pop_first() {
        if done.contains_key(&id) {
            continue;
        }
        match types.get(&id) {
            Some(GoType::Alias(of)) => todo.extend(names(of).into_iter().filter(|name| types.contains_key(name))),
            Some(GoType::Struct(fields)) => {
                let mut block = format!("{id}\n");
                for field in fields {
                    let json = if field.inline { "-" } else { &field.json };
                    let _ = writeln!(block, " {} {json} {}", field.name, field.go);
                    todo.extend(names(&field.go).into_iter().filter(|name| types.contains_key(name)));
                }
                done.insert(id, block);
                continue;
            }
            None => {}
        }
        done.insert(id, String::new());
    }
    done.into_values().collect()
}

fn main() {
    let staging = std::env::var("K8S_STAGING").expect("K8S_STAGING names the folder of the Go sources");
    let mut types = BTreeMap::new();
    for (package, file) in PACKAGES {
        parse(package, &std::fs::read_to_string(Path::new(&staging).join(file)).unwrap(), &mut types);
    }
    let table = render(&types);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/resource/schema/v1.36.txt");
    std::fs::write(&path, table).unwrap();
    std::fs::write(path.with_file_name("pod_template_go.txt"), render_go(&types, "core.PodTemplateSpec")).unwrap();
}
