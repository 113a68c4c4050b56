//! `kubectl version`: the lab is Kubernetes v1.36.2 on both sides.

use serde_json::{Map, Value};

use super::error::{CmdError, message};
use super::flags::{Command, Flag};
use super::io::Io;
use crate::apiserver::Api;
use crate::resource::yaml::to_yaml;

/// The version of Kubernetes that the lab models.
const VERSION: &str = "v1.36.2";
const KUSTOMIZE: &str = "v5.8.1";

const CLIENT: &[(&str, &str)] = &[
    ("major", "1"),
    ("minor", "36"),
    ("gitVersion", VERSION),
    ("gitCommit", ""),
    ("gitTreeState", "clean"),
    ("buildDate", "1970-01-01T00:00:00Z"),
    ("goVersion", "go1.26.4"),
    ("compiler", "gc"),
    ("platform", "linux/amd64"),
];

const SERVER: &[(&str, &str)] = &[
    ("major", "1"),
    ("minor", "36"),
    ("emulationMajor", "1"),
    ("emulationMinor", "36"),
    ("minCompatibilityMajor", "1"),
    ("minCompatibilityMinor", "35"),
    ("gitVersion", VERSION),
    ("gitCommit", ""),
    ("gitTreeState", "clean"),
    ("buildDate", "1970-01-01T00:00:00Z"),
    ("goVersion", "go1.26.4"),
    ("compiler", "gc"),
    ("platform", "linux/amd64"),
];

static COMMAND: Command = Command {
    path: "kubectl version",
    usage: "[flags]",
    about: "Print the client and server version.",
    flags: &[&[Flag::bool("client", "The client's version only"), Flag::string("output", "yaml or json").short('o')]],
    required: &[],
};

/// Runs the verb.
pub fn run(args: &[String], _: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let line = COMMAND.parse(args, io)?;
    let client_only = line.bool("client");
    if !line.args.is_empty() && !client_only {
        return Err(message(format!("extra arguments: [{}]", line.args.join(" "))));
    }
    let output = line.str("output");
    if !matches!(output, "" | "yaml" | "json") {
        return Err(message("--output must be 'yaml' or 'json'"));
    }
    let mut versions = vec![("clientVersion", CLIENT)];
    versions.extend((!client_only).then_some(("serverVersion", SERVER)));
    match output {
        "" => {
            io.out(format_args!("Client Version: {VERSION}\nKustomize Version: {KUSTOMIZE}\n"));
            if !client_only {
                io.out(format_args!("Server Version: {VERSION}\n"));
            }
        }
        "yaml" => io.out(yaml(&versions) + "\n"),
        _ => io.out(json(&versions) + "\n"),
    }
    Ok(())
}

fn yaml(versions: &[(&str, &[(&str, &str)])]) -> String {
    let mut object = Map::new();
    object.insert("kustomizeVersion".into(), KUSTOMIZE.into());
    for (name, fields) in versions {
        let fields: Map<String, Value> = fields.iter().map(|(k, v)| ((*k).to_string(), (*v).into())).collect();
        object.insert((*name).into(), fields.into());
    }
    to_yaml(&object.into())
}

/// JSON whose members keep the order of upstream's types, which a JSON value here would not.
fn json(versions: &[(&str, &[(&str, &str)])]) -> String {
    let mut parts = Vec::new();
    for (name, fields) in versions {
        let fields: Vec<String> = fields.iter().map(|(key, value)| format!("    \"{key}\": \"{value}\"")).collect();
        parts.push(format!("  \"{name}\": {{\n{}\n  }}", fields.join(",\n")));
    }
    parts.insert(1, format!("  \"kustomizeVersion\": \"{KUSTOMIZE}\""));
    format!("{{\n{}\n}}", parts.join(",\n"))
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn versions() {
        let client = "Client Version: v1.36.2\nKustomize Version: v5.8.1\n";
        check("version --client", (0, client, ""));
        check("version", (0, &format!("{client}Server Version: v1.36.2\n"), ""));
        check("version -o x", (1, "", "error: --output must be 'yaml' or 'json'\n"));
        check("version a b", (1, "", "error: extra arguments: [a b]\n"));
        let json = "{\n  \"clientVersion\": {\n    \"major\": \"1\",\n    \"minor\": \"36\",\n    \"gitVersion\": \
                    \"v1.36.2\",\n    \"gitCommit\": \"\",\n    \"gitTreeState\": \"clean\",\n    \"buildDate\": \
                    \"1970-01-01T00:00:00Z\",\n    \"goVersion\": \"go1.26.4\",\n    \"compiler\": \"gc\",\n    \
                    \"platform\": \"linux/amd64\"\n  },\n  \"kustomizeVersion\": \"v5.8.1\"\n}\n";
        check("version --client -o json", (0, json, ""));
    }
}
