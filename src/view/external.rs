//! What `why` says of how a Service is reached from outside the cluster: its node ports, and its load balancer, or why it
//! has none (rules D1, D10).

use std::collections::BTreeSet;

use serde_json::Value;

use super::storage::sentence;
use super::why::Why;
use super::words;
use crate::cluster::Cluster;
use crate::cluster::service::FINALIZER;
use crate::resource::meta::Text;
use crate::resource::{Kind, Object};

/// Adds it to what is said of a Service.
pub(super) fn add(cluster: &Cluster, service: &Object, out: &mut Why) {
    let Some(body) = service.plain() else { return };
    let spec = body.get("spec").unwrap_or(&Value::Null);
    if spec["type"] == "LoadBalancer" {
        let ingress = body.get("status").and_then(|status| status["loadBalancer"]["ingress"].as_array()?.first());
        let address = ingress.and_then(|entry| entry["ip"].as_str().or(entry["hostname"].as_str()));
        load_balancer(cluster, service, spec, address, out);
    }
    node_ports(cluster, service, spec, out);
}

fn load_balancer(cluster: &Cluster, service: &Object, spec: &Value, address: Option<&str>, out: &mut Why) {
    let cloud = cluster.load_balancers();
    let held = service.meta.finalizers.iter().any(|finalizer| **finalizer == *FINALIZER);
    if let Some(cloud) = cloud.filter(|cloud| service.meta.terminating() && held && cloud.are_given()) {
        let seconds = cloud.delete_seconds;
        out.now.push(format!("The cloud deletes its load balancer first, which takes about {seconds} s."));
        out.help.push(format!("sts-lab tick {seconds}s"));
        return;
    }
    if let Some(address) = address {
        out.now.push(format!("Its load balancer is {address}: who calls that from outside reaches one of the Pods."));
        return;
    }
    if let Some(class) = spec["loadBalancerClass"].as_str() {
        out.now.push(format!(
            "EXTERNAL-IP is <pending>: its loadBalancerClass {class} leaves it to the controller of that class, and none \
             runs here. The class cannot be changed: make the Service again without it."
        ));
        return;
    }
    match cloud {
        Some(cloud) if cloud.are_given() => match failure(cluster, service) {
            Some(message) => out.now.push(format!("EXTERNAL-IP is <pending>. {}", sentence(&message))),
            None => {
                let seconds = cloud.seconds;
                out.now.push(format!(
                    "EXTERNAL-IP is <pending>: the cloud is making its load balancer, which takes about {seconds} s."
                ));
                out.help.push(format!("sts-lab tick {seconds}s"));
            }
        },
        cloud => {
            let missing = match cloud.and_then(|cloud| cloud.missing.as_deref()) {
                Some(missing) => format!("It takes {missing}; that is missing here"),
                None => {
                    "It takes a cloud's controller, or one such as MetalLB on machines of your own; this cluster has \
                         none"
                        .to_string()
                }
            };
            out.now.push(format!(
                "EXTERNAL-IP is <pending>, and stays so: nobody gives it an address. {missing}. No Event says so."
            ));
            out.help.push("sts-lab lab new cloud --profile aws --use".into());
        }
    }
}

/// What the cloud's controller last complained of.
fn failure(cluster: &Cluster, service: &Object) -> Option<String> {
    let events = cluster.api.store.in_namespace(Kind::Event, &service.meta.namespace).filter_map(|o| o.event());
    let about = events.filter(|event| event.warning && event.about.uid == service.meta.uid);
    about.max_by_key(|event| event.last).map(|event| event.message.to_string())
}

fn node_ports(cluster: &Cluster, service: &Object, spec: &Value, out: &mut Why) {
    let ports = spec["ports"].as_array().into_iter().flatten();
    let ports: Vec<String> = ports.filter_map(|port| port["nodePort"].as_i64()).map(|port| port.to_string()).collect();
    if ports.is_empty() {
        return;
    }
    let word = if ports.len() == 1 { "Node port" } else { "Node ports" };
    let ports = words::list(&ports);
    if spec["externalTrafficPolicy"] != "Local" {
        out.now.push(format!("{word} {ports}: every node passes on to any of its ready Pods."));
        return;
    }
    let of_service = |slice: &Object| slice.meta.labels.get("kubernetes.io/service-name") == Some(&*service.meta.name);
    let slices = cluster.api.store.in_namespace(Kind::EndpointSlice, &service.meta.namespace);
    let slices = slices.filter(|slice| of_service(slice)).filter_map(|slice| slice.endpoint_slice());
    let ready = slices.flat_map(|slice| slice.endpoints.iter()).filter(|endpoint| endpoint.ready);
    let nodes: BTreeSet<&Text> = ready.filter_map(|endpoint| endpoint.node.as_ref()).collect();
    let nodes: Vec<String> = nodes.into_iter().map(ToString::to_string).collect();
    let nodes = if nodes.is_empty() { "none now".into() } else { words::list(&nodes) };
    out.now.push(format!(
        "{word} {ports}: only nodes with a ready Pod of its own answer (externalTrafficPolicy Local): {nodes}."
    ));
}
