//! `create secret generic|docker-registry|tls` (`k8s.io/kubectl/pkg/cmd/create/create_secret*.go`).

use serde_json::{Map, Value, json};

use super::generators::{APPEND_HASH, flags};
use super::{base64, sources};
use crate::apiserver::Api;
use crate::apiserver::validation::names;
use crate::kubectl::error::{CmdError, message};
use crate::kubectl::flags::{Command, Flag, Parsed};
use crate::kubectl::generated::{Making, name};
use crate::kubectl::io::Io;
use crate::kubectl::print::go;
use crate::kubectl::verbs::subcommand;
use crate::resource::Kind;

const FROM_FILE: Flag = Flag::slice("from-file", "[key=]file or directory to take keys and values from");

static GENERIC: Command = Command {
    path: "kubectl create secret generic",
    usage: "NAME [--type=string] [--from-file=[key=]source] [--from-literal=key1=value1] \
            [--dry-run=server|client|none] [flags]",
    about: "Create a secret based on a file, directory, or specified literal value.\n\nExamples:\n  \
            # Create a new secret named my-secret with keys for each file in folder bar\n  \
            kubectl create secret generic my-secret --from-file=path/to/bar\n\n  \
            # Create a new secret named my-secret with key1=supersecret and key2=topsecret\n  \
            kubectl create secret generic my-secret --from-literal=key1=supersecret --from-literal=key2=topsecret\n\n  \
            # Create a new secret named my-secret from env files\n  \
            kubectl create secret generic my-secret --from-env-file=path/to/foo.env --from-env-file=path/to/bar.env",
    flags: flags!(&[
        FROM_FILE,
        Flag::array("from-literal", "A key and literal value (mykey=somevalue)"),
        Flag::slice("from-env-file", "A file of key=val lines"),
        Flag::string("type", "The type of secret to create"),
        APPEND_HASH,
    ]),
    required: &[],
};

static DOCKER: Command = Command {
    path: "kubectl create secret docker-registry",
    usage: "NAME --docker-username=user --docker-password=password --docker-email=email [--docker-server=string] \
            [--from-file=[key=]source] [--dry-run=server|client|none] [flags]",
    about: "Create a new secret for use with Docker registries.\n\nExamples:\n  \
            # If you do not already have a .dockercfg file, create a dockercfg secret directly\n  \
            kubectl create secret docker-registry my-secret --docker-server=DOCKER_REGISTRY_SERVER \
            --docker-username=DOCKER_USER --docker-password=DOCKER_PASSWORD --docker-email=DOCKER_EMAIL\n\n  \
            # Create a new secret named my-secret from ~/.docker/config.json\n  \
            kubectl create secret docker-registry my-secret --from-file=path/to/.docker/config.json",
    flags: flags!(&[
        FROM_FILE,
        Flag::string("docker-username", "Username for Docker registry authentication"),
        Flag::string("docker-password", "Password for Docker registry authentication"),
        Flag::string("docker-email", "Email for Docker registry"),
        Flag::string("docker-server", "Server location for Docker registry").default("https://index.docker.io/v1/"),
        APPEND_HASH,
    ]),
    required: &[],
};

static TLS: Command = Command {
    path: "kubectl create secret tls",
    usage: "NAME --cert=path/to/cert/file --key=path/to/key/file [--dry-run=server|client|none] [flags]",
    about: "Create a TLS secret from the given public/private key pair. The lab does not check that they match.\n\n\
            Examples:\n  # Create a new TLS secret named tls-secret with the given key pair\n  \
            kubectl create secret tls tls-secret --cert=path/to/tls.crt --key=path/to/tls.key",
    flags: flags!(&[
        Flag::string("cert", "Path to PEM encoded public key certificate"),
        Flag::string("key", "Path to private key associated with given certificate"),
        APPEND_HASH,
    ]),
    required: &[],
};

/// `kubectl create secret TYPE`.
pub(super) fn run(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let words = ["docker-registry", "generic", "tls"];
    let (word, rest) = subcommand("kubectl create secret", args, &words, io)?;
    let command = match word {
        "generic" => &GENERIC,
        "tls" => &TLS,
        _ => &DOCKER,
    };
    let line = command.parse(&rest, io)?;
    let name = name(&line)?;
    let mut making = Making::of(&line, api, io)?;
    let (secret_type, data) = match word {
        "generic" => (line.str("type"), generic(name, &line, io)?),
        "tls" => ("kubernetes.io/tls", tls(&line, io)?),
        _ => ("kubernetes.io/dockerconfigjson", docker(name, &line, io)?),
    };
    let mut object = json!({"metadata": {"name": name}, "type": secret_type, "data": data});
    if line.bool("append-hash") {
        let hashed = json!({"kind": "Secret", "type": secret_type, "name": name, "data": data});
        object["metadata"]["name"] = format!("{name}-{}", sources::hash(&go::json(&hashed))).into();
    }
    making.make(Kind::Secret, object, "secret", api, io)
}

fn generic(name: &str, line: &Parsed, io: &Io<'_>) -> Result<Value, CmdError> {
    sources::validate(name, line)?;
    let mut data = Map::new();
    let mut add = |key: &str, bytes: Vec<u8>| add(&mut data, key, &bytes);
    sources::literals(line, &mut add)?;
    sources::files(line, io, &mut add)?;
    sources::env_files(line, "secret", io, &mut add)?;
    Ok(data.into())
}

fn docker(name: &str, line: &Parsed, io: &Io<'_>) -> Result<Value, CmdError> {
    let (user, password) = (line.str("docker-username"), line.str("docker-password"));
    let (email, server) = (line.str("docker-email"), line.str("docker-server"));
    let from_file = !line.list("from-file").is_empty();
    if name.is_empty() {
        return Err(message("name must be specified"));
    }
    if !from_file && [user, password, server].contains(&"") {
        return Err(message(
            "either --from-file or the combination of --docker-username, --docker-password and --docker-server is required",
        ));
    }
    let mut data = Map::new();
    if from_file {
        sources::files(line, io, &mut |key, bytes| add(&mut data, key, &bytes))?;
        return Ok(data.into());
    }
    // Members in the order of upstream's type, empty ones left out.
    let auth = base64(format!("{user}:{password}").as_bytes());
    let members = [("username", user), ("password", password), ("email", email), ("auth", &auth)];
    let members: Vec<String> = (members.iter())
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| format!("\"{key}\":{}", go::json(&(*value).into())))
        .collect();
    let content = format!("{{\"auths\":{{{}:{{{}}}}}}}", go::json(&server.into()), members.join(","));
    add(&mut data, ".dockerconfigjson", content.as_bytes())?;
    Ok(data.into())
}

fn tls(line: &Parsed, io: &Io<'_>) -> Result<Value, CmdError> {
    if line.str("key").is_empty() || line.str("cert").is_empty() {
        return Err(message("key and cert must be specified"));
    }
    let mut data = Map::new();
    for (flag, key) in [("cert", "tls.crt"), ("key", "tls.key")] {
        let path = line.str(flag);
        let bytes = std::fs::read(io.path(path))
            .map_err(|error| message(format!("Cannot read file {path}, open {path}: {}", sources::why(&error))))?;
        add(&mut data, key, &bytes)?;
    }
    Ok(data.into())
}

fn add(data: &mut Map<String, Value>, key: &str, bytes: &[u8]) -> Result<(), CmdError> {
    let problems = names::config_map_key(key);
    if !problems.is_empty() {
        let why = problems.join(";");
        return Err(message(format!("{} is not valid key name for a Secret {why}", go::quote(key))));
    }
    if data.contains_key(key) {
        return Err(message(format!("cannot add key {key}, another key by that name already exists")));
    }
    data.insert(key.into(), base64(bytes).into());
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::kubectl::testing::Bench;

    #[test]
    fn secrets() {
        let mut bench = Bench::default().file("t.crt", "c").file("t.key", "k");
        let yaml = "apiVersion: v1\ndata:\n  a: Yg==\n  t.crt: Yw==\nkind: Secret\nmetadata:\n  name: s\n";
        let line = "create secret generic s --from-literal=a=b --from-file=t.crt --dry-run=client -o yaml";
        bench.check(line, (0, yaml, ""));
        let yaml = "apiVersion: v1\ndata:\n  tls.crt: Yw==\n  tls.key: aw==\nkind: Secret\nmetadata:\n  name: s\n\
                    type: kubernetes.io/tls\n";
        bench.check("create secret tls s --cert=t.crt --key=t.key --dry-run=client -o yaml", (0, yaml, ""));
        bench.check("create secret generic s --from-literal=a=b", (0, "secret/s created\n", ""));
        let exists = "error: failed to create secret secrets \"s\" already exists\n";
        bench.check("create secret generic s", (1, "", exists));
        let line = "create secret docker-registry d --docker-username=u --docker-password=p --dry-run=client \
                    -o jsonpath={.type}";
        bench.check(line, (0, "kubernetes.io/dockerconfigjson", ""));
    }

    #[test]
    fn wrong_words() {
        let mut bench = Bench::default();
        let mut refused = |line: &str, why: &str| {
            bench.check(&format!("create secret {line}"), (1, "", &format!("error: {why}\n")));
        };
        refused("tls s", "key and cert must be specified");
        refused("tls s --cert=a --key=b", "Cannot read file a, open a: no such file or directory");
        refused(
            "docker-registry s",
            "either --from-file or the combination of --docker-username, --docker-password and --docker-server is required",
        );
        let twice = "cannot add key a, another key by that name already exists";
        refused("generic s --from-literal=a=b --from-literal=a=b", twice);
    }
}
