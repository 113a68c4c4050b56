//! Writes `src/resource/schema/v1.36.docs.txt`, what the API types and their fields are for, from the `OpenAPI`
//! definitions that Kubernetes generates (`pkg/generated/openapi/zz_generated.openapi.go`). Types that are not in the
//! table of `schema_source` are left out:
//!
//! ```text
//! K8S=.../kubernetes cargo run --example schema_docs
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

/// The packages as the names of the generated functions have them, and as the table has them.
const PACKAGES: &[(&str, &str)] = &[
    ("k8sio_api_apps_v1_", "apps"),
    ("k8sio_api_core_v1_", "core"),
    ("k8sio_api_discovery_v1_", "discovery"),
    ("k8sio_api_networking_v1_", "networking"),
    ("k8sio_api_policy_v1_", "policy"),
    ("k8sio_api_scheduling_v1_", "scheduling"),
    ("k8sio_api_storage_v1_", "storage"),
    ("pkg_apis_meta_v1_", "meta"),
    ("apimachinery_pkg_api_resource_", "resource"),
    ("apimachinery_pkg_util_intstr_", "intstr"),
    ("k8sio_apimachinery_pkg_runtime_", "runtime"),
];

/// Types that the table has no block for, because they are built in.
const BUILT_IN: &[&str] = &[
    "resource.Quantity",
    "intstr.IntOrString",
    "meta.Time",
    "meta.MicroTime",
    "meta.FieldsV1",
    "runtime.RawExtension",
];

/// One type: its description, and its fields with theirs and their enumerated values.
#[derive(Default)]
struct Docs {
    about: String,
    fields: BTreeMap<String, (String, Vec<String>)>,
}

/// The id of a generated function's type.
fn id(function: &str) -> Option<String> {
    let name = function.strip_prefix("func schema_")?.split('(').next()?;
    PACKAGES.iter().find_map(|(prefix, package)| Some(format!("{package}.{}", name.strip_prefix(prefix)?)))
}

/// The Go string literals of a line.
fn literals(line: &str) -> Vec<String> {
    let (mut found, mut chars) = (Vec::new(), line.chars());
    while let Some(open) = chars.next() {
        if open != '"' {
            continue;
        }
        let mut text = String::new();
        while let Some(c) = chars.next().filter(|c| *c != '"') {
            match (c, c == '\\') {
                (_, false) => text.push(c),
                _ => match chars.next() {
                    Some('n') => text.push('\n'),
                    Some('t') => text.push('\t'),
                    Some('u') => {
                        let hex: String = chars.by_ref().take(4).collect();
                        text.extend(u32::from_str_radix(&hex, 16).ok().and_then(char::from_u32));
                    }
                    other => text.extend(other),
                },
            }
        }
        found.push(text);
    }
    found
}

fn parse(source: &str) -> BTreeMap<String, Docs> {
    let mut types: BTreeMap<String, Docs> = BTreeMap::new();
    let (mut at, mut field) = (None, None);
    for line in source.lines() {
        if line.starts_with("func ") {
            (at, field) = (id(line), None);
            continue;
        }
        let Some(id) = &at else { continue };
        let docs = types.entry(id.clone()).or_default();
        let text = line.trim_start_matches('\t');
        match (line.len() - text.len(), text) {
            (4, text) if text.starts_with("Description: ") => docs.about = literals(text).concat(),
            (5, text) if text.ends_with("\": {") => field = literals(text).pop(),
            (7, text) if text.starts_with("Description: ") => {
                docs.fields.entry(field.clone().unwrap_or_default()).or_default().0 = literals(text).concat();
            }
            (7, text) if text.starts_with("Enum: ") => {
                docs.fields.entry(field.clone().unwrap_or_default()).or_default().1 = literals(text);
            }
            _ => {}
        }
    }
    types
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n").replace('\t', "\\t")
}

fn main() {
    let kubernetes = std::env::var("K8S").expect("K8S names the folder of the Kubernetes sources");
    let source = Path::new(&kubernetes).join("pkg/generated/openapi/zz_generated.openapi.go");
    let types = parse(&std::fs::read_to_string(source).unwrap());
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/resource/schema");
    let table = std::fs::read_to_string(schema.join("v1.36.txt")).unwrap();
    let mut wanted: BTreeSet<&str> = BUILT_IN.iter().copied().collect();
    wanted.extend(table.lines().filter(|line| !line.starts_with(' ') && !line.contains(" = ")));
    let mut out = String::new();
    for (id, docs) in types.iter().filter(|(id, _)| wanted.contains(id.as_str())) {
        let _ = writeln!(out, "{id}\t{}", escape(&docs.about));
        for (name, (about, values)) in &docs.fields {
            let values: String = values.iter().map(|value| format!("\t{value}")).collect();
            let _ = writeln!(out, " {name}\t{}{values}", escape(about));
        }
    }
    std::fs::write(schema.join("v1.36.docs.txt"), out).unwrap();
}
