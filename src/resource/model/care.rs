//! What a container asks of its kubelet besides being started: probes, a hook before it stops, and the `ConfigMap`s and
//! Secrets its environment comes from; and the volumes of a Pod that are made of such. Read once for each template; a
//! container that asks for none of it has none.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Script, list, text};
use crate::resource::Kind;
use crate::resource::meta::Text;

/// Which probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ProbeKind {
    /// `startupProbe`
    Startup,
    /// `readinessProbe`
    Readiness,
    /// `livenessProbe`
    Liveness,
}

impl ProbeKind {
    /// All, in the order in which they begin.
    pub const ALL: [ProbeKind; 3] = [ProbeKind::Startup, ProbeKind::Readiness, ProbeKind::Liveness];

    /// The word of Events: `Readiness`.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            ProbeKind::Startup => "Startup",
            ProbeKind::Readiness => "Readiness",
            ProbeKind::Liveness => "Liveness",
        }
    }

    /// The word of the command line: `readiness`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            ProbeKind::Startup => "startup",
            ProbeKind::Readiness => "readiness",
            ProbeKind::Liveness => "liveness",
        }
    }

    fn field(self) -> &'static str {
        match self {
            ProbeKind::Startup => "startupProbe",
            ProbeKind::Readiness => "readinessProbe",
            ProbeKind::Liveness => "livenessProbe",
        }
    }
}

/// How a probe asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Handler {
    /// `httpGet`
    Http {
        /// Whether it is `https`.
        tls: bool,
        /// The host, if it is not the Pod.
        host: Option<Text>,
        /// The port.
        port: i64,
        /// The path, with its first slash.
        path: Text,
    },
    /// `tcpSocket`
    Tcp {
        /// The host, if it is not the Pod.
        host: Option<Text>,
        /// The port.
        port: i64,
    },
    /// `grpc`
    Grpc {
        /// The port.
        port: i64,
    },
    /// `exec`, with the command's words.
    Exec(Vec<Text>),
}

/// A probe (rule P8); defaults are in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// Which it is.
    pub kind: ProbeKind,
    /// How it asks.
    pub handler: Handler,
    /// `initialDelaySeconds`
    pub initial_delay: Duration,
    /// `periodSeconds`
    pub period: Duration,
    /// `timeoutSeconds`
    pub timeout: Duration,
    /// `failureThreshold`
    pub failure_threshold: u32,
    /// `successThreshold`
    pub success_threshold: u32,
    /// `terminationGracePeriodSeconds` of the probe, which counts instead of the Pod's.
    pub grace: Option<Duration>,
}

/// A hook before a container is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreStop {
    /// How long it takes: what it sleeps, as far as one can see that.
    pub takes: Duration,
}

/// A `ConfigMap` or Secret that something needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// `ConfigMap` or Secret.
    pub kind: Kind,
    /// Its name.
    pub name: Text,
    /// The keys that must be in it.
    pub keys: Vec<Text>,
}

/// A volume that is made of `ConfigMap`s and Secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceVolume {
    /// The volume's name.
    pub name: Text,
    /// What it is made of.
    pub sources: Vec<Source>,
}

/// What one container asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Care {
    /// Its probes, in the order of [`ProbeKind`].
    pub probes: Vec<Probe>,
    /// Why its image's name means nothing, if it does not.
    pub bad_image: Option<Text>,
    /// Its image must be on the node already (`imagePullPolicy: Never`).
    pub never_pulls: bool,
    /// What its command does, if it comes to an end by itself.
    pub script: Option<Script>,
    /// `lifecycle.preStop`
    pub pre_stop: Option<PreStop>,
    /// What its environment needs, less what is optional.
    pub environment: Vec<Source>,
}

impl Care {
    /// Reads a container; `None` if it asks for nothing.
    #[must_use]
    pub fn from_json(container: &Value) -> Option<Box<Care>> {
        let care = Care {
            probes: ProbeKind::ALL.into_iter().filter_map(|kind| probe(container, kind)).collect(),
            bad_image: container["image"].as_str().and_then(bad_image),
            never_pulls: container["imagePullPolicy"] == "Never",
            script: script(container),
            pre_stop: pre_stop(&container["lifecycle"]["preStop"]),
            environment: environment(container),
        };
        (care != Care::default()).then(|| Box::new(care))
    }

    /// The probe of a kind.
    #[must_use]
    pub fn probe(&self, kind: ProbeKind) -> Option<&Probe> {
        self.probes.iter().find(|probe| probe.kind == kind)
    }
}

/// What a container runtime says of an image's name that it cannot read.
fn bad_image(image: &str) -> Option<Text> {
    let reference = image.split_once('@').map_or(image, |(name, _)| name);
    let slash = reference.rfind('/').map_or(0, |at| at + 1);
    let name = reference[slash..].find(':').map_or(reference, |colon| &reference[..slash + colon]);
    let (domain, rest) = name.split_once('/').unwrap_or(("", name));
    let remote = match domain {
        "" => format!("library/{rest}"),
        domain if domain.contains(['.', ':']) || domain == "localhost" || domain.chars().any(char::is_uppercase) => {
            rest.to_string()
        }
        _ => name.to_string(),
    };
    let why = if remote.chars().any(char::is_uppercase) {
        format!("invalid reference format: repository name ({remote}) must be lowercase")
    } else if remote.split('/').any(|part| !is_path_component(part)) {
        "invalid reference format".into()
    } else {
        return None;
    };
    Some(format!("couldn't parse image name \"{image}\": {why}").into())
}

/// Lower-case letters and digits, with single dots, up to two underscores or any dashes between them.
fn is_path_component(part: &str) -> bool {
    let alphanumeric = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let separators = part.split(alphanumeric).filter(|between| !between.is_empty());
    let separated = |between: &str| matches!(between, "." | "_" | "__") || between.bytes().all(|b| b == b'-');
    part.starts_with(alphanumeric) && part.ends_with(alphanumeric) && separators.into_iter().all(separated)
}

/// Arguments alone go to the image's own program; they count where they name one themselves.
fn script(container: &Value) -> Option<Script> {
    let texts = |key: &str| list(container, key).iter().filter_map(Value::as_str).collect::<Vec<&str>>();
    let words = [texts("command"), texts("args")].concat();
    Script::read(&words)
}

fn probe(container: &Value, kind: ProbeKind) -> Option<Probe> {
    let value = container.get(kind.field()).filter(|value| value.is_object())?;
    let number = |key: &str, default: u64| value[key].as_u64().unwrap_or(default);
    let seconds = |key: &str, default: u64| Duration::from_secs(number(key, default));
    Some(Probe {
        kind,
        handler: handler(container, value)?,
        initial_delay: seconds("initialDelaySeconds", 0),
        period: seconds("periodSeconds", 10).max(Duration::from_secs(1)),
        timeout: seconds("timeoutSeconds", 1).max(Duration::from_secs(1)),
        failure_threshold: number("failureThreshold", 3).max(1) as u32,
        success_threshold: number("successThreshold", 1).max(1) as u32,
        grace: value["terminationGracePeriodSeconds"].as_u64().map(Duration::from_secs),
    })
}

fn handler(container: &Value, probe: &Value) -> Option<Handler> {
    let port = |value: &Value| match &value["port"] {
        Value::String(name) => {
            let named = list(container, "ports").iter().find(|port| port["name"] == **name);
            named.and_then(|port| port["containerPort"].as_i64()).or_else(|| name.parse().ok()).unwrap_or(0)
        }
        port => port.as_i64().unwrap_or(0),
    };
    if let Some(http) = probe.get("httpGet") {
        let path = http["path"].as_str().unwrap_or("/");
        let path = if path.starts_with('/') { path.into() } else { format!("/{path}").into() };
        let tls = http["scheme"] == "HTTPS";
        return Some(Handler::Http { tls, host: text(http, "host"), port: port(http), path });
    }
    if let Some(tcp) = probe.get("tcpSocket") {
        return Some(Handler::Tcp { host: text(tcp, "host"), port: port(tcp) });
    }
    if let Some(grpc) = probe.get("grpc") {
        return Some(Handler::Grpc { port: port(grpc) });
    }
    let words = list(probe.get("exec")?, "command").iter().filter_map(Value::as_str);
    Some(Handler::Exec(words.map(Text::from).collect()))
}

fn pre_stop(hook: &Value) -> Option<PreStop> {
    if !hook.is_object() {
        return None;
    }
    let slept = hook["sleep"]["seconds"].as_u64().map(Duration::from_secs);
    let command: Vec<&str> = list(&hook["exec"], "command").iter().filter_map(Value::as_str).collect();
    Some(PreStop { takes: slept.unwrap_or_else(|| sleeps(&command)) })
}

/// What a command sleeps: each `sleep N` in its words counts.
fn sleeps(command: &[&str]) -> Duration {
    let words = command.iter().flat_map(|words| words.split(|c: char| c.is_whitespace() || ";&|()".contains(c)));
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let slept = words.windows(2).filter(|pair| pair[0] == "sleep" || pair[0].ends_with("/sleep"));
    slept.filter_map(|pair| pair[1].trim_end_matches('s').parse().ok()).map(Duration::from_secs).sum()
}

fn environment(container: &Value) -> Vec<Source> {
    let mut out = Vec::new();
    let kinds = [(Kind::ConfigMap, "configMapRef", "configMapKeyRef"), (Kind::Secret, "secretRef", "secretKeyRef")];
    for from in list(container, "envFrom") {
        for (kind, whole, _) in kinds {
            out.extend(source(kind, &from[whole], "name", Vec::new()));
        }
    }
    for variable in list(container, "env") {
        for (kind, _, key) in kinds {
            let from = &variable["valueFrom"][key];
            out.extend(source(kind, from, "name", text(from, "key").into_iter().collect()));
        }
    }
    out
}

/// The volumes of a Pod spec that are made of `ConfigMap`s and Secrets which must be there.
#[must_use]
pub fn source_volumes(spec: &Value) -> Vec<SourceVolume> {
    let made_of = |volume: &Value| {
        let projected = list(&volume["projected"], "sources").iter();
        let projected = projected.flat_map(|s| {
            let map = source(Kind::ConfigMap, &s["configMap"], "name", items(&s["configMap"]));
            map.into_iter().chain(source(Kind::Secret, &s["secret"], "name", items(&s["secret"])))
        });
        let own = source(Kind::ConfigMap, &volume["configMap"], "name", items(&volume["configMap"]));
        let secret = source(Kind::Secret, &volume["secret"], "secretName", items(&volume["secret"]));
        own.into_iter().chain(secret).chain(projected).collect::<Vec<Source>>()
    };
    let volumes = list(spec, "volumes").iter();
    let volumes =
        volumes.map(|volume| SourceVolume { name: text(volume, "name").unwrap_or_default(), sources: made_of(volume) });
    volumes.filter(|volume| !volume.sources.is_empty()).collect()
}

fn items(source: &Value) -> Vec<Text> {
    list(source, "items").iter().filter_map(|item| text(item, "key")).collect()
}

fn source(kind: Kind, value: &Value, name: &str, keys: Vec<Text>) -> Option<Source> {
    if value["optional"] == true {
        return None;
    }
    Some(Source { kind, name: text(value, name)?, keys })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_container_that_asks_for_nothing_has_no_care() {
        assert_eq!(
            Care::from_json(&json!({"name": "app", "image": "nginx", "env": [{"name": "A", "value": "b"}]})),
            None
        );
    }

    #[test]
    fn image_names_that_mean_nothing() {
        let lower = |remote: &str| format!("invalid reference format: repository name ({remote}) must be lowercase");
        for (image, why) in [
            ("Nginx:1", lower("library/Nginx")),
            ("example/App", lower("example/App")),
            ("ghcr.io/Example/app:1", lower("Example/app")),
            ("nginx:", String::new()),
            ("-nginx", "invalid reference format".into()),
            ("my..app", "invalid reference format".into()),
            ("registry.k8s.io/e2e-test-images/agnhost_x:2.40", String::new()),
            ("localhost:5000/a/b__c@sha256:abc", String::new()),
        ] {
            let expected = (!why.is_empty()).then(|| format!("couldn't parse image name \"{image}\": {why}"));
            assert_eq!(bad_image(image).map(|text| text.to_string()), expected, "{image}");
        }
    }

    #[test]
    fn probes_are_read_with_their_defaults() {
        let container = json!({"name": "app", "ports": [{"name": "web", "containerPort": 8080}],
            "readinessProbe": {"httpGet": {"port": "web", "path": "ready"}},
            "livenessProbe": {"tcpSocket": {"port": 5432}, "periodSeconds": 5, "failureThreshold": 1}});
        let care = Care::from_json(&container).unwrap();
        let ready = care.probe(ProbeKind::Readiness).unwrap();
        let handler = Handler::Http { tls: false, host: None, port: 8080, path: "/ready".into() };
        assert_eq!((&ready.handler, ready.period.as_secs(), ready.failure_threshold), (&handler, 10, 3));
        let live = care.probe(ProbeKind::Liveness).unwrap();
        assert_eq!((&live.handler, live.period.as_secs()), (&Handler::Tcp { host: None, port: 5432 }, 5));
        assert_eq!(care.probe(ProbeKind::Startup), None);
    }

    #[test]
    fn a_hook_takes_as_long_as_it_sleeps() {
        for (hook, seconds) in [
            (json!({"sleep": {"seconds": 7}}), 7),
            (json!({"exec": {"command": ["sleep", "15"]}}), 15),
            (json!({"exec": {"command": ["sh", "-c", "nginx -s quit; sleep 5 && sleep 2s"]}}), 7),
            (json!({"exec": {"command": ["pg_ctl", "stop"]}}), 0),
            (json!({"httpGet": {"port": 80}}), 0),
        ] {
            assert_eq!(pre_stop(&hook).unwrap().takes.as_secs(), seconds, "{hook}");
        }
    }

    #[test]
    fn what_is_optional_is_not_needed() {
        let container = json!({"envFrom": [{"configMapRef": {"name": "a"}}, {"secretRef": {"name": "b", "optional": true}}],
            "env": [{"name": "X", "valueFrom": {"secretKeyRef": {"name": "c", "key": "k"}}}]});
        let names: Vec<String> = environment(&container).iter().map(|s| s.name.to_string()).collect();
        assert_eq!(names, ["a", "c"]);
        let spec = json!({"volumes": [{"name": "v", "configMap": {"name": "m", "items": [{"key": "k", "path": "p"}]}},
            {"name": "w", "emptyDir": {}}, {"name": "x", "secret": {"secretName": "s", "optional": true}}]});
        let volumes = source_volumes(&spec);
        assert_eq!((volumes.len(), &*volumes[0].sources[0].keys[0]), (1, "k"));
    }
}
