//! `kubectl set env --from`: variables that refer to the keys of a `ConfigMap` or Secret; and how `--list` words such
//! references (`env_resolve.go`).

use serde_json::{Value, json};

use super::super::error::{CmdError, message};
use super::super::flags::Parsed;
use super::super::io::Io;
use super::super::print::value::text;
use super::super::resource::{Builder, FilenameOptions, Info};
use crate::apiserver::Api;
use crate::resource::Kind;

/// A variable for each key, of those `--keys` names, of the object that `--from` names.
pub fn variables(line: &Parsed, api: &mut dyn Api, io: &mut Io<'_>) -> Result<Vec<Value>, CmdError> {
    let local = line.bool("local");
    let mut builder = Builder::for_line(line)
        .local(local)
        .continue_on_error()
        .filenames(line.namespace_given(), &FilenameOptions::of(line), io)
        .flatten();
    if !local {
        builder = builder
            .label_selector(line.str("selector"))
            .type_or_name_args(line.bool("all"), &[line.str("from").to_string()])
            .latest();
    }
    let (infos, outcome) = builder.build().infos(api, io);
    outcome?;
    let mut variables = Vec::new();
    for info in infos {
        variables.extend(of_object(line, &info, io)?);
    }
    Ok(variables)
}

fn of_object(line: &Parsed, info: &Info, io: &mut Io<'_>) -> Result<Vec<Value>, CmdError> {
    let reference = match super::kind_of(info)? {
        Kind::Secret => "secretKeyRef",
        Kind::ConfigMap => "configMapKeyRef",
        _ => return Err(message("unsupported resource specified in --from")),
    };
    let wanted = line.list("keys");
    let keys = info.object["data"].as_object().into_iter().flatten().map(|(key, _)| key);
    let chosen = keys.filter(|key| wanted.is_empty() || wanted.contains(key));
    Ok(chosen
        .map(|key| {
            let name = variable_name(key);
            if name != *key {
                io.err(format_args!("Warning: key {key} transferred to {name}\n"));
            }
            json!({"name": name, "valueFrom": {reference: {"name": info.name, "key": key}}})
        })
        .collect())
}

/// The key as variables are usually written.
fn variable_name(key: &str) -> String {
    key.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c.to_ascii_uppercase() } else { '_' }).collect()
}

/// `configmap settings, key mode`.
pub fn reference(from: &Value) -> String {
    if let Some(key) = from.get("configMapKeyRef") {
        format!("configmap {}, key {}", text(key, "/name"), text(key, "/key"))
    } else if let Some(key) = from.get("secretKeyRef") {
        format!("secret {}, key {}", text(key, "/name"), text(key, "/key"))
    } else if let Some(field) = from.get("fieldRef") {
        format!("field path {}", text(field, "/fieldPath"))
    } else if let Some(resource) = from.get("resourceFieldRef") {
        let container = match text(resource, "/containerName") {
            "" => String::new(),
            name => format!("{name}/"),
        };
        format!("resource field {container}{}", text(resource, "/resource"))
    } else {
        "invalid valueFrom".to_string()
    }
}
