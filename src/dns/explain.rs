//! Why a name has the answer it has, in words: what is missing, and which object says so.

use super::lookup::Name;
use super::{Outcome, Service, Type, ZONE, dashed};
use crate::resource::{Kind, Object};
use crate::store::Store;

/// Why a full name has this outcome.
pub(super) fn explain(store: &Store, name: &str, kind: Type, outcome: &Outcome) -> String {
    match outcome {
        Outcome::Answer(records) => match records.first() {
            Some(record) if record.promised || record.service.1.is_empty() => String::new(),
            Some(_) => "CoreDNS answers this; the DNS specification of Kubernetes does not promise it".into(),
            None => String::new(),
        },
        Outcome::Forwarded if name.ends_with(".in-addr.arpa") => {
            "no Service has this address, and no headless one has an endpoint with a hostname there".into()
        }
        Outcome::Forwarded => format!("not below {ZONE}: the server would ask the DNS outside the cluster"),
        Outcome::NoData => no_data(store, name, kind),
        Outcome::NxDomain => no_name(store, name),
    }
}

fn no_data(store: &Store, name: &str, kind: Type) -> String {
    if let Name::Parent(_) = Name::parse(name) {
        return "there are names below this one, but it has no records itself".into();
    }
    if kind == Type::Aaaa {
        return "the name exists, but the cluster has IPv4 addresses only".into();
    }
    if let (Name::Service { before: None, service, namespace }, Type::Srv) = (Name::parse(name), kind)
        && Service::find(store, namespace, service).is_some_and(|service| service.ports().is_empty())
    {
        return format!("Service {service} has no ports: SRV records are about ports");
    }
    format!("the name exists, but has no {} record", kind.name())
}

fn no_name(store: &Store, name: &str) -> String {
    match Name::parse(name) {
        Name::Service { before, service, namespace } => {
            if store.get(Kind::Namespace, "", namespace).is_none() {
                return format!("there is no Namespace {namespace}");
            }
            let Some(found) = Service::find(store, namespace, service) else {
                return no_service(store, service, namespace);
            };
            match before {
                None => nothing_ready(store, &found),
                Some(before) if before.starts_with('_') => no_port(&found, before),
                Some(before) => no_endpoint(store, &found, before),
            }
        }
        Name::Parent(Some(namespace)) => format!("there is no Namespace {namespace}"),
        Name::Pod { .. } => "names of Pods by address look like 10-9-0-21.NAMESPACE.pod.cluster.local".into(),
        _ => format!("below {ZONE} there are only names that end in .svc.{ZONE} or .pod.{ZONE}"),
    }
}

fn no_service(store: &Store, service: &str, namespace: &str) -> String {
    let names_it = |set: &&std::sync::Arc<Object>| set.stateful_set().is_some_and(|s| *s.spec.service_name == *service);
    let text = format!("there is no Service {service} in Namespace {namespace}");
    match store.in_namespace(Kind::StatefulSet, namespace).find(names_it) {
        Some(set) => format!(
            "{text}; StatefulSet {} names it as its serviceName, which nobody checks: its Pods run without it, but have \
             no names",
            set.meta.name
        ),
        None => text,
    }
}

/// A headless Service without a ready endpoint has no name at all (rule D12).
fn nothing_ready(store: &Store, service: &Service<'_>) -> String {
    let (name, (count, _)) = (service.name(), service.endpoints());
    let matching = store.in_namespace(Kind::Pod, service.namespace()).filter(|pod| service.selects(pod)).count();
    match (service.selector().is_empty(), matching, count) {
        (true, ..) => format!("headless Service {name} has no selector, and nobody made endpoints for it"),
        (_, 0, _) => {
            let selector: Vec<String> = service.selector().iter().map(|(k, v)| format!("{k}={v}")).collect();
            format!("headless Service {name} selects no Pod: none has the labels {}", selector.join(","))
        }
        (_, pods, _) => format!("headless Service {name}: none of its Pods is Ready ({pods} selected)"),
    }
}

fn no_port(service: &Service<'_>, before: &str) -> String {
    let ports = service.ports();
    let names: Vec<String> =
        ports.iter().filter(|p| !p.name.is_empty()).map(|p| format!("_{}._{}", p.name, p.protocol)).collect();
    let name = service.name();
    if names.iter().any(|known| *known == before) {
        return format!("none of the Pods of Service {name} is Ready");
    }
    match names.is_empty() {
        true if ports.is_empty() => format!("Service {name} has no ports"),
        true => format!("no port of Service {name} has a name: SRV records are for named ports"),
        false => format!("Service {name} has no port {before}; it has {}", names.join(", ")),
    }
}

fn no_endpoint(store: &Store, service: &Service<'_>, label: &str) -> String {
    let namespace = service.namespace();
    let answers_to = |pod: &&std::sync::Arc<Object>| {
        *pod.meta.name == *label || pod.pod().is_some_and(|p| p.hostname.as_deref() == Some(label))
    };
    if let Some(pod) = store.in_namespace(Kind::Pod, namespace).find(answers_to) {
        return of_pod(service, pod, label);
    }
    let (stem, _) = label.rsplit_once('-').unwrap_or((label, ""));
    match store.get(Kind::StatefulSet, namespace, stem).and_then(|o| o.stateful_set()) {
        Some(set) if set.spec.replicas == 0 => format!("there is no Pod {label}: StatefulSet {stem} has 0 replicas"),
        Some(set) => {
            let (start, end) = (set.spec.start, set.spec.end());
            format!("there is no Pod {label}: StatefulSet {stem} has the ordinals {start} to {end}")
        }
        None => format!("no endpoint of Service {} is called {label}, and there is no such Pod", service.name()),
    }
}

/// Why an existing Pod has no name of its own below a Service (rules D7, D8, D22).
fn of_pod(service: &Service<'_>, object: &Object, label: &str) -> String {
    let (pod_name, service_name) = (&object.meta.name, service.name());
    let Some(pod) = object.pod() else { return String::new() };
    if !service.selects(object) {
        let lacks: Vec<String> = service
            .selector()
            .iter()
            .filter(|(key, value)| object.meta.labels.get(key) != Some(value))
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        return if lacks.is_empty() {
            format!("Service {service_name} has no selector: no Pod is behind it")
        } else {
            format!("Service {service_name} does not select Pod {pod_name}: it lacks the label {}", lacks.join(","))
        };
    }
    let Some(ip) = pod.status.pod_ip else {
        return format!("Pod {pod_name} has no address yet: it is {}", pod.status.phase.name());
    };
    let by_address = format!("{}.{}", dashed(&ip.to_string()), service.fqdn());
    match (pod.hostname.as_deref(), pod.subdomain.as_deref()) {
        (None, _) => {
            return format!(
                "Pod {pod_name} has no hostname: only StatefulSets give their Pods one; it is {by_address}"
            );
        }
        (Some(hostname), _) if hostname != label => {
            return format!("Pod {pod_name} has another hostname, {hostname}");
        }
        (_, subdomain) if subdomain != Some(service_name) => {
            let set = subdomain.map_or("no serviceName".to_string(), |name| format!("the serviceName {name}"));
            return format!(
                "Pod {pod_name} has {set}, not {service_name}: below this Service it is only {by_address}, while it is Ready"
            );
        }
        _ => {}
    }
    if object.meta.terminating() {
        return format!("Pod {pod_name} is terminating");
    }
    if !pod.status.is_ready() && !service.publishes_not_ready() {
        return format!(
            "Pod {pod_name} is not Ready, and Service {service_name} does not publish addresses before that"
        );
    }
    format!("the endpoints of Service {service_name} do not have Pod {pod_name} yet")
}
