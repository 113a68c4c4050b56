//! Connections out of a container: which Pod would take one, or why none does. Readiness counts where a Service stands
//! between (rule D10), and never where a Pod is called by its own address.

use std::sync::Arc;

use serde_json::Value;

use super::commands::lived;
use super::external;
use super::files::{Errno, View, web_root};
use super::inside::{Around, Inside};
use super::resolver::{addresses, ask};
use crate::dns::Type;
use crate::resource::model::{ContainerState, Endpoint};
use crate::resource::{Kind, Object};

/// Who takes a connection.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    /// The Pod; `None` is the API server.
    pub(super) pod: Option<Arc<Object>>,
    /// The container that has the port.
    pub(super) container: String,
    /// The address that was called.
    pub(super) address: String,
    /// The port there.
    pub(super) port: i64,
}

/// Why nobody does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The name has no address.
    Unresolved(String),
    /// Somebody is there, but refuses.
    Refused(String, String),
    /// Nobody answers.
    Silent(String, String),
}

/// Connects to a port of a host. `turn` chooses among several backends, as a kube-proxy does by chance.
pub(super) fn connect(inside: &Inside, around: Around<'_>, host: &str, port: i64, turn: u64) -> Result<Peer, Failure> {
    let found = addresses(inside, around, host);
    let Some(address) = found.get((turn % found.len().max(1) as u64) as usize) else {
        let answer = ask(inside, around, host, Some(Type::A), true);
        return Err(Failure::Unresolved(answer.reason().to_string()));
    };
    if address == "127.0.0.1" {
        return of_pod(around, &inside.pod, address, port);
    }
    let has_address = |object: &&Arc<Object>| {
        object.pod().and_then(|pod| pod.status.pod_ip).is_some_and(|ip| ip.to_string() == *address)
    };
    if let Some(pod) = around.store.all(Kind::Pod).find(has_address) {
        return of_pod(around, pod, address, port);
    }
    if address == super::env::API_SERVER {
        return Ok(Peer { pod: None, container: String::new(), address: address.clone(), port });
    }
    let is_service = |object: &&Arc<Object>| object.plain().is_some_and(|body| body["spec"]["clusterIP"] == **address);
    if let Some(service) = around.store.all(Kind::Service).find(is_service) {
        return of_service(inside, around, service, address, port, turn);
    }
    external::connect(inside, around, address, port, turn).unwrap_or_else(|| {
        let why = "no Pod and no Service has this address: a Pod that comes back gets another one".to_string();
        Err(Failure::Silent(address.clone(), why))
    })
}

fn of_service(
    inside: &Inside,
    around: Around<'_>,
    service: &Object,
    address: &str,
    port: i64,
    turn: u64,
) -> Result<Peer, Failure> {
    let spec = service.plain().map_or(&Value::Null, |body| &body["spec"]);
    let ports = spec["ports"].as_array().map_or(&[][..], Vec::as_slice);
    let Some(own) = ports.iter().find(|own| own["port"] == port) else {
        let list: Vec<String> = ports.iter().filter_map(|own| own["port"].as_i64()).map(|p| p.to_string()).collect();
        let (name, list) = (&service.meta.name, list.join(", "));
        let why = format!("Service {name} has no port {port}, but {list}: nothing is forwarded");
        return Err(Failure::Silent(address.into(), why));
    };
    let own_node = inside.body().node.as_deref().filter(|_| spec["internalTrafficPolicy"] == "Local");
    forward(around, &Way { service, port: own, address, only_on: own_node }, turn)
}

/// How a connection goes through a Service.
pub(super) struct Way<'a> {
    /// The Service.
    pub(super) service: &'a Object,
    /// The port of its spec.
    pub(super) port: &'a Value,
    /// The address that was called.
    pub(super) address: &'a str,
    /// The node on which its endpoints must be, if a traffic policy says so.
    pub(super) only_on: Option<&'a str>,
}

/// What a kube-proxy makes of a connection: one of the ready endpoints, one that is going but still serves if there is no
/// other. Without any it refuses; what a policy keeps from those there are, it drops (rule D10).
pub(super) fn forward(around: Around<'_>, way: &Way<'_>, turn: u64) -> Result<Peer, Failure> {
    let Way { service, port, address, only_on } = *way;
    let name = &service.meta.name;
    let port_name = port["name"].as_str().unwrap_or_default();
    let mut found: Vec<(Arc<Endpoint>, i64)> = Vec::new();
    let of_service = |slice: &&Arc<Object>| slice.meta.labels.get("kubernetes.io/service-name") == Some(name);
    for slice in around.store.in_namespace(Kind::EndpointSlice, &service.meta.namespace).filter(of_service) {
        let Some(slice) = slice.endpoint_slice() else { continue };
        let ports = slice.ports.as_array().into_iter().flatten();
        let target = ports.into_iter().find(|own| own["name"].as_str().unwrap_or_default() == port_name);
        let Some(target) = target.and_then(|own| own["port"].as_i64()) else { continue };
        found.extend(slice.endpoints.iter().map(|endpoint| (Arc::clone(endpoint), target)));
    }
    let usable_on = |node: Option<&str>| {
        let mut here = found.clone();
        here.retain(|(endpoint, _)| node.is_none() || endpoint.node.as_deref() == node);
        let ready = |endpoint: &Endpoint| endpoint.ready;
        let going = |endpoint: &Endpoint| endpoint.serving && endpoint.terminating;
        let any_ready = here.iter().any(|(endpoint, _)| ready(endpoint));
        here.retain(|(endpoint, _)| if any_ready { ready(endpoint) } else { going(endpoint) });
        here
    };
    if usable_on(None).is_empty() {
        let why = match found.len() {
            0 => format!("Service {name} has no endpoints: no Pod has the labels of its selector"),
            count => format!("Service {name} has {count} endpoints, and none of them is ready"),
        };
        return Err(Failure::Refused(address.into(), why));
    }
    let usable = usable_on(only_on);
    if usable.is_empty() {
        let node = only_on.unwrap_or_default();
        let why =
            format!("Service {name} has no ready endpoint on Node {node}, and its traffic policy is Local: dropped");
        return Err(Failure::Silent(address.into(), why));
    }
    let (endpoint, target) = &usable[(turn % usable.len() as u64) as usize];
    let name = endpoint.pod.as_ref().map(|(_, name, _)| name.to_string()).unwrap_or_default();
    match around.store.get(Kind::Pod, &service.meta.namespace, &name) {
        Some(pod) => of_pod(around, pod, &endpoint.address, *target),
        None => Err(Failure::Silent(endpoint.address.to_string(), "the endpoint's Pod is gone".into())),
    }
}

/// Whether a node is gone, or so silent that nothing on it is reached.
pub(super) fn node_is_down(around: Around<'_>, node: &str) -> bool {
    let node = around.store.get(Kind::Node, "", node);
    let conditions = node.and_then(|node| node.plain()?.get("status")?["conditions"].as_array());
    node.is_none() || conditions.into_iter().flatten().any(|c| c["type"] == "Ready" && c["status"] == "Unknown")
}

fn of_pod(around: Around<'_>, object: &Arc<Object>, address: &str, port: i64) -> Result<Peer, Failure> {
    let (name, silent) = (&object.meta.name, |why: String| Err(Failure::Silent(address.to_string(), why)));
    let refused = |why: String| Err(Failure::Refused(address.to_string(), why));
    let Some(pod) = object.pod() else { return silent(String::new()) };
    if let Some(node) = pod.node.as_deref().filter(|node| node_is_down(around, node)) {
        return silent(format!("Pod {name} is on {node}, which does not answer"));
    }
    let runs = |container: &str| {
        let status = pod.status.containers.iter().find(|status| *status.name == *container);
        status.is_some_and(|status| matches!(status.state, ContainerState::Running { .. }))
    };
    let containers = &pod.template.containers;
    if !containers.iter().any(|container| runs(&container.name)) {
        return refused(format!("no container of Pod {name} is running"));
    }
    let declares = containers.iter().find(|container| container.ports.iter().any(|own| own.port == port));
    let silent_about_ports = containers.iter().all(|container| container.ports.is_empty());
    match declares.or_else(|| containers.first().filter(|_| silent_about_ports)) {
        None => refused(format!("no container of Pod {name} declares port {port}, so the lab lets none listen there")),
        Some(container) if !runs(&container.name) => {
            refused(format!("container {} of Pod {name} is not running", container.name))
        }
        Some(container) => Ok(Peer {
            pod: Some(Arc::clone(object)),
            container: container.name.to_string(),
            address: address.to_string(),
            port,
        }),
    }
}

/// An answer over HTTP: the code and the body.
pub(super) struct Page {
    pub(super) code: u16,
    pub(super) reason: &'static str,
    pub(super) body: String,
}

impl Peer {
    /// In words: `web-0 (10.244.0.1:80)`.
    pub(super) fn text(&self) -> String {
        let name = self.pod.as_ref().map_or("the API server", |pod| &pod.meta.name);
        format!("{name} ({}:{})", self.address, self.port)
    }

    /// What its program is called.
    pub(super) fn program(&self, around: Around<'_>) -> String {
        let of = self.inside(around);
        of.map_or_else(|| "the API server".to_string(), |inside| inside.program().to_string())
    }

    fn inside(&self, around: Around<'_>) -> Option<Inside> {
        let pod = self.pod.as_ref()?;
        Inside::running(around, &pod.meta.namespace, &pod.meta.name, &self.container)
    }

    /// The page at a path, if its program is a web server whose files the lab knows.
    pub(super) fn page(&self, around: Around<'_>, path: &str) -> Option<Page> {
        let inside = self.inside(around)?;
        let root = web_root(inside.program())?;
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let path = super::files::absolute("/", &format!("{root}/{path}"));
        let lived = lived(around, &inside);
        let around = Around { disks: lived.as_ref().unwrap_or(around.disks), ..around };
        let view = View { inside: &inside, around };
        let error = |code: u16, reason: &'static str| {
            let title = format!("{code} {reason}");
            let body = format!(
                "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n\
                 <hr><center>{}</center>\r\n</body>\r\n</html>\r\n",
                if inside.program() == "httpd" { "Apache" } else { "nginx" }
            );
            Page { code, reason, body }
        };
        let index = super::files::absolute(&path, "index.html");
        let found = if view.get(&path).is_ok_and(|entry| entry.is_directory()) {
            // A directory without an index: a server does not list it.
            view.read(&index).map_err(|_| Errno::Busy)
        } else {
            view.read(&path)
        };
        Some(match found {
            Ok(body) => Page { code: 200, reason: "OK", body },
            Err(Errno::Busy) => error(403, "Forbidden"),
            Err(_) => error(404, "Not Found"),
        })
    }
}
