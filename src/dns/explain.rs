//! Why a name has the answer it has, in words: what is missing, and which object says so.

use super::alias::{self, End};
use super::lookup::{Name, lookup};
use super::outside::{self, Owner};
use super::{Outcome, Record, Service, Type, ZONE, dashed};
use crate::resource::{Kind, Object};
use crate::store::Store;

/// Why a full name has this outcome.
pub(super) fn explain(store: &Store, name: &str, kind: Type, outcome: &Outcome) -> String {
    match outcome {
        Outcome::Answer(records) => answered(store, name, kind, records),
        Outcome::Forwarded if name.ends_with(".in-addr.arpa") => {
            "no Service has this address, and no headless one has an endpoint with a hostname there".into()
        }
        Outcome::Forwarded => format!("not below {ZONE}: the server would ask the DNS outside the cluster"),
        Outcome::NoData => no_data(store, name, kind),
        Outcome::NxDomain => no_name(store, name),
    }
}

fn answered(store: &Store, name: &str, kind: Type, records: &[Record]) -> String {
    let Some(first) = records.first() else { return String::new() };
    if Name::parse(name) == Name::Outside {
        return of_others(store, name);
    }
    if first.kind == Type::Cname && kind != Type::Cname {
        let Some(service) = alias::service_of(store, name) else { return String::new() };
        return match (alias::end(store, name), records.last()) {
            (End::At(target), Some(last)) if last.kind == Type::Cname => alias::outside(store, &service, &target),
            (End::At(target), _) => format!("Service {} is another name for {target}", service.name()),
            (End::Circle, _) => String::new(),
        };
    }
    if first.promised || first.service.1.is_empty() {
        return String::new();
    }
    "CoreDNS answers this; the DNS specification of Kubernetes does not promise it".into()
}

/// Whose name it is that the DNS outside the cluster answers.
fn of_others(store: &Store, name: &str) -> String {
    match outside::known(store, name) {
        Some((Owner::Node, _)) => {
            "the name of a Node: the DNS outside the cluster answers, which knows its machines".into()
        }
        Some((Owner::LoadBalancer, _)) => "the cloud's DNS answers, with an address of the load balancer".into(),
        None => String::new(),
    }
}

fn no_data(store: &Store, name: &str, kind: Type) -> String {
    if let Some(service) = alias::service_of(store, name) {
        let own = service.name();
        return match alias::end(store, name) {
            End::Circle => format!("Service {own} is another name for one that leads back to it"),
            End::At(target) => {
                let why = explain(store, &target, kind, &lookup(store, &target, kind));
                format!("Service {own} is another name for {target}, which has no answer: {why}")
            }
        };
    }
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
                _ if found.external_name().is_some() => no_alias(&found, before),
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

/// An alias has no names below it, and an address is no alias.
fn no_alias(service: &Service<'_>, before: Option<&str>) -> String {
    let (name, target) = (service.name(), service.external_name().unwrap_or_default());
    match before {
        Some(_) => format!("Service {name} is another name for {target}: there are no names below it"),
        None => format!(
            "Service {name} has an address as its externalName, {target}: DNS has aliases for names only, and answers \
             nothing. A Service without a selector, with an EndpointSlice of your own, leads to an address"
        ),
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
