//! `create configmap` (`k8s.io/kubectl/pkg/cmd/create/create_configmap.go`).

use serde_json::{Map, Value, json};

use super::generators::{APPEND_HASH, flags};
use super::sources;
use crate::apiserver::Api;
use crate::apiserver::validation::names;
use crate::kubectl::error::{CmdError, message};
use crate::kubectl::flags::{Command, Flag};
use crate::kubectl::generated::{Making, name};
use crate::kubectl::io::Io;
use crate::kubectl::print::go;
use crate::resource::Kind;

static COMMAND: Command = Command {
    path: "kubectl create configmap",
    usage: "NAME [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none] [flags]",
    about: "Create a config map based on a file, directory, or specified literal value.\n\n\
            A single config map may package one or more key/value pairs. The key of a file defaults to its\n\
            basename, its value to the content. Of a directory each regular file becomes a key.\n\n\
            Aliases:\n  configmap, cm\n\nExamples:\n  \
            # Create a new config map named my-config based on folder bar\n  \
            kubectl create configmap my-config --from-file=path/to/bar\n\n  \
            # Create a new config map named my-config with specified keys instead of file basenames on disk\n  \
            kubectl create configmap my-config --from-file=key1=/path/to/bar/file1.txt\n\n  \
            # Create a new config map named my-config with key1=config1 and key2=config2\n  \
            kubectl create configmap my-config --from-literal=key1=config1 --from-literal=key2=config2\n\n  \
            # Create a new config map named my-config with key=value pairs from an env file\n  \
            kubectl create configmap my-config --from-env-file=path/to/bar.env",
    flags: flags!(&[
        Flag::slice("from-file", "[key=]file or directory to take keys and values from"),
        Flag::array("from-literal", "A key and literal value (mykey=somevalue)"),
        Flag::slice("from-env-file", "A file of key=val lines"),
        APPEND_HASH,
    ]),
    required: &[],
};

/// `kubectl create configmap`.
pub(super) fn run(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let line = COMMAND.parse(args, io)?;
    let name = name(&line)?;
    let mut making = Making::of(&line, api, io)?;
    sources::validate(name, &line)?;
    let mut object = json!({"metadata": {"name": name}, "data": {}});
    let mut data: Map<String, Value> = Map::new();
    let mut binary: Map<String, Value> = Map::new();
    let mut add = |key: &str, bytes: Vec<u8>| -> Result<(), CmdError> {
        check_key(key)?;
        let taken = [(&data, "Data"), (&binary, "BinaryData")].into_iter().find(|(map, _)| map.contains_key(key));
        if let Some((_, place)) = taken {
            return Err(message(format!(
                "cannot add key {}, another key by that name already exists in {place} for ConfigMap {}",
                go::quote(key),
                go::quote(name)
            )));
        }
        match String::from_utf8(bytes) {
            Ok(text) => data.insert(key.into(), text.into()),
            Err(error) => binary.insert(key.into(), super::base64(error.as_bytes()).into()),
        };
        Ok(())
    };
    sources::files(&line, io, &mut add)?;
    sources::literals(&line, &mut add)?;
    sources::env_files(&line, "config", io, &mut add)?;
    if line.bool("append-hash") {
        let mut hashed = json!({"kind": "ConfigMap", "name": name, "data": data});
        if !binary.is_empty() {
            hashed["binaryData"] = binary.clone().into();
        }
        object["metadata"]["name"] = format!("{name}-{}", sources::hash(&go::json(&hashed))).into();
    }
    (object["data"], object["binaryData"]) = (data.into(), binary.into());
    making.make(Kind::ConfigMap, object, "configmap:", api, io)
}

fn check_key(key: &str) -> Result<(), CmdError> {
    match names::config_map_key(key).as_slice() {
        [] => Ok(()),
        problems => {
            Err(message(format!("{} is not a valid key name for a ConfigMap: {}", go::quote(key), problems.join(","))))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::kubectl::testing::Bench;

    #[test]
    fn data_from_everywhere() {
        let mut bench =
            Bench::default().file("conf/a.txt", "one\n").file("conf/b", "two").file("x.env", "# no\nA=1\n B=2=3\n\n");
        let yaml = "apiVersion: v1\ndata:\n  a.txt: |\n    one\n  b: two\n  c: d=e\n  f: two\nkind: ConfigMap\n\
                    metadata:\n  name: c\n";
        let line =
            "create configmap c --from-file=conf --from-literal=c=d=e --from-file=f=conf/b --dry-run=client -o yaml";
        bench.check(line, (0, yaml, ""));
        let yaml = "apiVersion: v1\ndata:\n  A: \"1\"\n  B: 2=3\nkind: ConfigMap\nmetadata:\n  name: c\n";
        bench.check("create cm c --from-env-file=x.env --dry-run=client -o yaml", (0, yaml, ""));
        bench.check("create cm c --from-literal=a=b", (0, "configmap/c created\n", ""));
        let exists = "error: failed to create configmap: configmaps \"c\" already exists\n";
        bench.check("create cm c", (1, "", exists));
    }

    #[test]
    fn hashes_of_upstreams_tests() {
        // k8s.io/kubectl/pkg/util/hash/hash_test.go: an empty ConfigMap, and one with a key; there without a name.
        let hash = |json: &str| super::sources::hash(json);
        assert_eq!(hash("{\"data\":null,\"kind\":\"ConfigMap\",\"name\":\"\"}").len(), 10);
        let mut bench = Bench::default();
        let words = |line: &str| line.split(' ').map(str::to_string).collect::<Vec<_>>();
        let mut out = Vec::new();
        bench.run(&words("create cm c --from-literal=a=b --append-hash -o name"), &mut out, &mut Vec::new());
        let expect = hash("{\"data\":{\"a\":\"b\"},\"kind\":\"ConfigMap\",\"name\":\"c\"}");
        assert_eq!(String::from_utf8(out).unwrap(), format!("configmap/c-{expect}\n"));
    }

    #[test]
    fn wrong_sources() {
        let mut bench = Bench::default().file("d/a", "x").file("x.env", "1A=b\n");
        let mut refused = |line: &str, why: &str| {
            bench.check(&format!("create cm c {line}"), (1, "", &format!("error: {why}\n")));
        };
        refused("--from-literal=a", "invalid literal source a, expected key=value");
        refused("--from-file=nope", "error reading nope: no such file or directory");
        refused("--from-file=a=b=c", "key names or file paths cannot contain '='");
        refused("--from-file==b", "key name for file path b missing");
        refused("--from-file=a=", "file path for key name a missing");
        refused("--from-file=k=d", "cannot give a key name for a directory path");
        refused("--from-env-file=d", "env config file cannot be a directory");
        let both = "from-env-file cannot be combined with from-file or from-literal";
        refused("--from-env-file=d --from-literal=a=b", both);
        let twice = "cannot add key \"a\", another key by that name already exists in Data for ConfigMap \"c\"";
        refused("--from-literal=a=b --from-literal=a=c", twice);
    }
}
