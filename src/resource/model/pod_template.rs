//! The part of a Pod's spec that its siblings share, with what the kubelet, the scheduler and the Service controllers
//! ask of it read once.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::care::source_volumes;
use super::{Care, ClaimVolume, Script, SourceVolume, list, text};
use crate::resource::meta::{Hint, Text};
use crate::resource::quantity::Quantity;

/// What a Pod or container asks of a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resources {
    /// CPU in thousandths of a core.
    pub cpu_milli: i64,
    /// Memory in bytes.
    pub memory: i64,
    /// Ephemeral storage in bytes.
    pub ephemeral_storage: i64,
}

impl Resources {
    fn requests(container: &Value) -> Resources {
        let requests = &container["resources"]["requests"];
        let quantity = |key: &str| requests[key].as_str().and_then(|s| Quantity::parse(s).ok());
        Resources {
            cpu_milli: quantity("cpu").map_or(0, Quantity::milli_value),
            memory: quantity("memory").map_or(0, Quantity::value),
            ephemeral_storage: quantity("ephemeral-storage").map_or(0, Quantity::value),
        }
    }

    fn plus(self, other: Resources) -> Resources {
        Resources {
            cpu_milli: self.cpu_milli + other.cpu_milli,
            memory: self.memory + other.memory,
            ephemeral_storage: self.ephemeral_storage + other.ephemeral_storage,
        }
    }

    fn max(self, other: Resources) -> Resources {
        Resources {
            cpu_milli: self.cpu_milli.max(other.cpu_milli),
            memory: self.memory.max(other.memory),
            ephemeral_storage: self.ephemeral_storage.max(other.ephemeral_storage),
        }
    }
}

/// A container's port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerPort {
    /// Its name, if any.
    pub name: Option<Text>,
    /// Its number.
    pub port: i64,
    /// The port of the node it takes, 0 if none.
    pub host_port: i64,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: Text,
}

/// A container, as far as the model asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Container {
    /// Its name.
    pub name: Text,
    /// The image as written.
    pub image: Text,
    /// The image with registry and tag, as a container runtime reports it.
    pub full_image: Text,
    /// The id that the image has on every node: its repository, and a digest of the reference.
    pub image_id: Text,
    /// What a kubelet says when the image is on the node (rule P15).
    pub pulled: Text,
    /// Whether it has a readiness probe, and so is not Ready at once.
    pub readiness_probe: bool,
    /// An init container that goes on running beside the others (`restartPolicy: Always`).
    pub sidecar: bool,
    /// What it asks of its kubelet besides being started.
    pub care: Option<Box<Care>>,
    /// Its ports.
    pub ports: Vec<ContainerPort>,
}

impl Container {
    fn from_json(value: &Value) -> Container {
        let image = text(value, "image").unwrap_or_default();
        Container {
            name: text(value, "name").unwrap_or_default(),
            full_image: full_image(&image).into(),
            image_id: image_id(&image).into(),
            pulled: format!("Container image \"{image}\" already present on machine and can be accessed by the pod")
                .into(),
            image,
            readiness_probe: value["readinessProbe"].is_object(),
            sidecar: value["restartPolicy"] == "Always",
            care: Care::from_json(value),
            ports: list(value, "ports")
                .iter()
                .map(|p| ContainerPort {
                    name: text(p, "name"),
                    port: p["containerPort"].as_i64().unwrap_or(0),
                    host_port: p["hostPort"].as_i64().unwrap_or(0),
                    protocol: text(p, "protocol").unwrap_or_else(|| "TCP".into()),
                })
                .collect(),
        }
    }
}

/// The image reference with the defaults a container runtime fills in: `nginx` is `docker.io/library/nginx:latest`.
fn full_image(image: &str) -> String {
    let (first, rest) = image.split_once('/').unwrap_or(("", image));
    let is_registry = first.contains('.') || first.contains(':') || first == "localhost";
    let path = match (first.is_empty(), is_registry) {
        (true, _) => format!("docker.io/library/{rest}"),
        (false, true) => image.to_string(),
        (false, false) => format!("docker.io/{image}"),
    };
    let last = path.rsplit('/').next().unwrap_or_default();
    if last.contains(':') || last.contains('@') { path } else { format!("{path}:latest") }
}

fn image_id(image: &str) -> String {
    let full = full_image(image);
    let start = full.rfind('/').map_or(0, |i| i + 1);
    let repository = full[start..].find([':', '@']).map_or(full.as_str(), |i| &full[..start + i]);
    let digest = Sha256::digest(image.as_bytes());
    digest.iter().fold(format!("{repository}@sha256:"), |out, byte| format!("{out}{byte:02x}"))
}

/// The shared part of Pod specs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PodTemplate {
    /// The spec as the API serves it, less `hostname`, `subdomain`, `nodeName`, and less the claim volumes that a
    /// `StatefulSet` puts before the others.
    #[serde(with = "crate::resource::stored::json")]
    pub spec: Map<String, Value>,
    /// The containers.
    pub containers: Vec<Container>,
    /// The init containers.
    pub init_containers: Vec<Container>,
    /// The volumes of `spec` that are claims.
    pub claims: Vec<ClaimVolume>,
    /// `terminationGracePeriodSeconds`.
    pub grace_seconds: i64,
    /// What the Pod asks of a node: the sum of its containers, or the largest init container if that is more.
    pub requests: Resources,
    /// Whether the Pod is not restarted for ever (`restartPolicy` is not `Always`).
    pub restart_policy: Text,
    /// The volumes that are made of `ConfigMap`s and Secrets.
    pub source_volumes: Vec<SourceVolume>,
    /// How long the Pod may be active (`activeDeadlineSeconds`).
    pub deadline: Option<Duration>,
    /// Whether a command of its containers may leave files that the lab knows of.
    pub writes: bool,
}

impl PartialEq for PodTemplate {
    fn eq(&self, other: &PodTemplate) -> bool {
        std::ptr::eq(self, other) || self.spec == other.spec
    }
}

impl PodTemplate {
    /// Whether nothing is asked of a kubelet but to start the containers.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        let asks = |container: &Container| container.care.is_some();
        self.init_containers.is_empty() && self.source_volumes.is_empty() && !self.containers.iter().any(asks)
    }

    /// Reads a defaulted Pod spec.
    #[must_use]
    pub fn new(spec: Map<String, Value>) -> Arc<PodTemplate> {
        let value = Value::Object(spec);
        let containers = list(&value, "containers");
        let init = list(&value, "initContainers");
        let sum = |values: &[Value], sidecars: bool| {
            values
                .iter()
                .filter(|c| !sidecars || c["restartPolicy"] == "Always")
                .fold(Resources::default(), |sum, c| sum.plus(Resources::requests(c)))
        };
        let running = sum(containers, false).plus(sum(init, true));
        let requests = init.iter().fold(running, |most, c| most.max(Resources::requests(c)));
        let claims = list(&value, "volumes")
            .iter()
            .filter_map(|v| {
                let claim = text(&v["persistentVolumeClaim"], "claimName")?;
                Some(ClaimVolume { volume: text(v, "name")?, claim, hint: Hint::default() })
            })
            .collect();
        Arc::new(PodTemplate {
            containers: containers.iter().map(Container::from_json).collect(),
            init_containers: init.iter().map(Container::from_json).collect(),
            claims,
            grace_seconds: value["terminationGracePeriodSeconds"].as_i64().unwrap_or(30),
            requests,
            restart_policy: text(&value, "restartPolicy").unwrap_or_else(|| "Always".into()),
            source_volumes: source_volumes(&value),
            deadline: value["activeDeadlineSeconds"].as_u64().map(Duration::from_secs),
            writes: containers.iter().chain(init).any(Script::may_leave_files),
            spec: match value {
                Value::Object(spec) => spec,
                _ => Map::new(),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_get_a_registry_and_a_tag() {
        for (image, full) in [
            ("nginx", "docker.io/library/nginx:latest"),
            ("crash:1", "docker.io/library/crash:1"),
            ("bitnami/kafka:3", "docker.io/bitnami/kafka:3"),
            ("registry.k8s.io/nginx-slim:0.24", "registry.k8s.io/nginx-slim:0.24"),
            ("localhost:5000/a", "localhost:5000/a:latest"),
        ] {
            assert_eq!(full_image(image), full);
        }
    }
}
