//! What a slice says of a Pod: its address, whether it serves, its name in DNS, and its ports (rules D7 to D9).

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::ServiceSpec;
use crate::resource::meta::Text;
use crate::resource::model::{ConditionType, Endpoint, Pod};
use crate::resource::{Kind, Object, Time};
use crate::store::Store;

const ZONE: &str = "topology.kubernetes.io/zone";

/// A Service's port.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ServicePort {
    name: Text,
    protocol: Text,
    app_protocol: Option<Text>,
    target: Target,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Target {
    Number(i64),
    Name(Text),
}

impl ServicePort {
    /// Reads an element of `spec.ports`.
    #[must_use]
    pub fn new(value: &Value) -> ServicePort {
        let text = |key: &str| value[key].as_str().map(Text::from);
        let target = match text("targetPort") {
            Some(name) => Target::Name(name),
            None => Target::Number(value["targetPort"].as_i64().or(value["port"].as_i64()).unwrap_or(0)),
        };
        ServicePort {
            name: text("name").unwrap_or_default(),
            protocol: text("protocol").unwrap_or_else(|| "TCP".into()),
            app_protocol: text("appProtocol"),
            target,
        }
    }

    /// The port as a Pod has it; `None` if its containers do not name it.
    fn of(&self, pod: &Pod) -> Option<Value> {
        let number = match &self.target {
            Target::Number(number) => *number,
            Target::Name(name) => {
                let sidecars = pod.template.init_containers.iter().filter(|c| c.sidecar);
                let mut ports = pod.template.containers.iter().chain(sidecars).flat_map(|c| &c.ports);
                ports.find(|p| p.name.as_ref() == Some(name) && p.protocol == self.protocol)?.port
            }
        };
        Some(self.with_number(number))
    }

    /// The port as all Pods have it; `None` if it is named.
    fn fixed(&self) -> Option<Value> {
        if let Target::Number(number) = self.target { Some(self.with_number(number)) } else { None }
    }

    fn with_number(&self, number: i64) -> Value {
        let mut out = json!({"name": &*self.name, "port": number, "protocol": &*self.protocol});
        if let Some(protocol) = &self.app_protocol {
            out["appProtocol"] = (**protocol).into();
        }
        out
    }
}

/// Whether something changed about a Pod that slices tell.
#[must_use]
pub fn wants_look(old: Option<&Object>, new: Option<&Object>) -> bool {
    let (Some(a), Some(b)) = (old, new) else {
        return [old, new].into_iter().flatten().any(|o| o.pod().is_some_and(|p| p.status.pod_ip.is_some()));
    };
    let (Some(p), Some(q)) = (a.pod(), b.pod()) else { return false };
    a.meta.terminating() != b.meta.terminating()
        || p.status.is_ready() != q.status.is_ready()
        || p.status.pod_ip != q.status.pod_ip
        || p.status.phase.is_terminal() != q.status.phase.is_terminal()
        || a.meta.labels != b.meta.labels
        || (&p.hostname, &p.subdomain) != (&q.hostname, &q.subdomain)
}

/// When the Pod last became Ready or unready.
#[must_use]
pub fn transition(pod: &Pod) -> Time {
    pod.status.condition(&ConditionType::Ready).map(|c| c.last_transition).unwrap_or_default()
}

/// The ports of all Pods of a Service, if it names none of them: they are then the same for all.
#[must_use]
pub fn fixed(ports: &[ServicePort]) -> Option<Arc<Value>> {
    let all: Option<Vec<Value>> = ports.iter().map(ServicePort::fixed).collect();
    all.map(|list| Arc::new(in_order(list)))
}

/// A list of ports in upstream's order, which is that of their hashes; null if there are none.
fn in_order(mut ports: Vec<Value>) -> Value {
    ports.sort_by_cached_key(hash);
    if ports.is_empty() { Value::Null } else { ports.into() }
}

/// Upstream's hash of a port: FNV-1a in 128 bits of what Go prints of it.
fn hash(port: &Value) -> u128 {
    let text = |key: &str| port[key].as_str().unwrap_or_default();
    let app_protocol = port["appProtocol"].as_str().unwrap_or("<nil>");
    let printed = format!(
        "(v1.EndpointPort){{Name:(*string){} Protocol:(*v1.Protocol){} Port:(*int32){} AppProtocol:(*string){app_protocol}}}",
        text("name"),
        text("protocol"),
        port["port"]
    );
    let (basis, prime) = (0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128, 0x0100_0000_0000_0000_0000_013b_u128);
    printed.bytes().fold(basis, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(prime))
}

/// The ports of a slice with this Pod, as the API has them.
#[must_use]
pub fn ports(service: &ServiceSpec, pod: &Pod) -> Arc<Value> {
    match &service.fixed_ports {
        Some(fixed) => Arc::clone(fixed),
        None => Arc::new(in_order(service.ports.iter().filter_map(|p| p.of(pod)).collect())),
    }
}

/// A Pod's endpoint for a Service; `None` if it is not to be listed (rule D7).
#[must_use]
pub fn endpoint(service: &ServiceSpec, object: &Object, store: &Store) -> Option<Endpoint> {
    let pod = object.pod().filter(|p| !p.status.phase.is_terminal())?;
    let address = pod.status.pod_ip?;
    if !service.selects(object) {
        return None;
    }
    let node = pod.node.as_ref().and_then(|name| store.get(Kind::Node, "", name));
    if node.is_none() && !service.publish_not_ready {
        return None;
    }
    let (serving, terminating) = (pod.status.is_ready(), object.meta.terminating());
    let named = pod.subdomain.as_ref() == Some(&service.name);
    Some(Endpoint {
        address: address.to_string().into(),
        ready: service.publish_not_ready || serving && !terminating,
        serving,
        terminating,
        hostname: pod.hostname.clone().filter(|_| named),
        pod: Some((object.meta.namespace.clone(), object.meta.name.clone(), object.meta.uid)),
        hint: object.meta.hint(),
        node: pod.node.clone(),
        zone: node.and_then(|n| n.meta.labels.get_text(ZONE)).cloned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_in_the_order_of_their_hashes() {
        let port = |name: &str, number: i64| json!({"name": name, "port": number, "protocol": "TCP"});
        let list = in_order(vec![port("broker", 9092), port("controller", 9093)]);
        assert_eq!(list, json!([port("controller", 9093), port("broker", 9092)]));
        assert_eq!(in_order(Vec::new()), Value::Null);
    }
}
