//! The environment of a container: plain values, values from elsewhere, and whole sources
//! (`describe.go`, `describeContainerEnvVars`).

use serde_json::Value;

use super::json::Json;
use super::writer::{Writer, put};

/// Writes `Environment Variables from` if there are such, and `Environment`.
pub(super) fn write(w: &mut Writer, container: &Value, pod: Option<&Value>) {
    let sources = container.items("envFrom");
    if !sources.is_empty() {
        put!(w, 2, "Environment Variables from:\n");
    }
    for source in sources {
        let (from, reference) = if source.has("configMapRef") {
            ("ConfigMap", source.at("configMapRef"))
        } else if source.has("secretRef") {
            ("Secret", source.at("secretRef"))
        } else {
            ("", &Value::Null)
        };
        let (name, optional) = (reference.text("name"), reference.flag("optional"));
        match source.text("prefix") {
            "" => put!(w, 3, "{name}\t{from}\tOptional: {optional}\n"),
            prefix => put!(w, 3, "{name}\t{from} with prefix '{prefix}'\tOptional: {optional}\n"),
        }
    }
    let variables = container.items("env");
    let none = if variables.is_empty() { "\t<none>" } else { "" };
    put!(w, 2, "Environment:{none}\n");
    for variable in variables {
        write_variable(w, container, variable, pod);
    }
}

fn write_variable(w: &mut Writer, container: &Value, variable: &Value, pod: Option<&Value>) {
    let name = variable.text("name");
    let from = variable.at("valueFrom");
    if from.is_null() {
        for (index, line) in variable.text("value").split('\n').enumerate() {
            let name = if index == 0 { format!("{name}:") } else { String::new() };
            put!(w, 3, "{name}\t{line}\n");
        }
    } else if from.has("fieldRef") {
        let (version, path) = (from.text("fieldRef.apiVersion"), from.text("fieldRef.fieldPath"));
        put!(w, 3, "{name}:\t{} ({version}:{path})\n", field(pod, path));
    } else if from.has("resourceFieldRef") {
        let resource = from.text("resourceFieldRef.resource");
        let value = match super::amount::container_resource(from.at("resourceFieldRef"), container) {
            value if value == "0" && matches!(resource, "limits.cpu" | "limits.memory") => {
                "node allocatable".to_string()
            }
            value => value,
        };
        put!(w, 3, "{name}:\t{value} ({resource})\n");
    } else if from.has("secretKeyRef") {
        let reference = from.at("secretKeyRef");
        let (key, secret, optional) = (reference.text("key"), reference.text("name"), reference.flag("optional"));
        put!(w, 3, "{name}:\t<set to the key '{key}' in secret '{secret}'>\tOptional: {optional}\n");
    } else if from.has("configMapKeyRef") {
        let reference = from.at("configMapKeyRef");
        let (key, map, optional) = (reference.text("key"), reference.text("name"), reference.flag("optional"));
        put!(w, 3, "{name}:\t<set to the key '{key}' of config map '{map}'>\tOptional: {optional}\n");
    }
}

/// The Pod's field that a variable takes. kubectl resolves only these two (`runtime/conversion.go`,
/// `DefaultMetaV1FieldSelectorConversion`) and shows nothing for the others.
fn field<'a>(pod: Option<&'a Value>, path: &str) -> &'a str {
    match path {
        "metadata.name" | "metadata.namespace" => pod.map_or("", |pod| pod.text(path)),
        _ => "",
    }
}
