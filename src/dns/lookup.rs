//! One full name and type: what `CoreDNS` answers (rules D12–D19).

use super::outside;
use super::records::of_service;
use super::{Outcome, Record, Service, Type, ZONE};
use crate::resource::Kind;
use crate::store::Store;

/// A full name inside the cluster's zone, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Name<'n> {
    /// The zone, `svc` or `pod` below it, or a namespace below those: no records, but names below.
    Parent(Option<&'n str>),
    /// Below a namespace of `svc`: what stands before the Service's name, the Service, the namespace.
    Service { before: Option<&'n str>, service: &'n str, namespace: &'n str },
    /// `1-2-3-4.NAMESPACE.pod`.
    Pod { address: &'n str, namespace: &'n str },
    /// `dns-version`.
    Version,
    /// Any other name of the zone.
    Nothing,
    /// Outside the zone.
    Outside,
}

impl<'n> Name<'n> {
    /// Takes a lower-case name without a dot at its end apart.
    pub(super) fn parse(name: &'n str) -> Name<'n> {
        if name == ZONE {
            return Name::Parent(None);
        }
        let Some(rest) = name.strip_suffix(ZONE).and_then(|rest| rest.strip_suffix('.')) else { return Name::Outside };
        let mut labels = rest.rsplitn(4, '.');
        match (labels.next(), labels.next(), labels.next(), labels.next()) {
            (Some("svc" | "pod"), None, ..) => Name::Parent(None),
            (Some("svc" | "pod"), namespace, None, _) => Name::Parent(namespace),
            (Some("svc"), Some(namespace), Some(service), before) => Name::Service { before, service, namespace },
            (Some("pod"), Some(namespace), Some(address), None) => Name::Pod { address, namespace },
            (Some("dns-version"), None, ..) => Name::Version,
            _ => Name::Nothing,
        }
    }
}

/// The answer to a full, lower-case name without a dot at its end.
pub(super) fn lookup(store: &Store, name: &str, kind: Type) -> Outcome {
    find(store, name, kind, &mut Vec::new())
}

/// The same, for one who comes by aliases: `passed` are their names.
pub(super) fn find(store: &Store, name: &str, kind: Type, passed: &mut Vec<String>) -> Outcome {
    if name.ends_with(".in-addr.arpa") {
        let found = records_of_address(store, name);
        return if found.is_empty() { Outcome::Forwarded } else { of_type(found, kind) };
    }
    let has_namespace = |namespace: &str| store.get(Kind::Namespace, "", namespace).is_some();
    match Name::parse(name) {
        Name::Outside => outside::lookup(store, name, kind),
        Name::Parent(namespace) if namespace.is_none_or(has_namespace) => Outcome::NoData,
        Name::Parent(_) | Name::Nothing => Outcome::NxDomain,
        Name::Version => of_type(vec![extra(name, Type::Txt, "\"1.1.0\"")], kind),
        Name::Pod { address, namespace } => match address.replace('-', ".").parse::<std::net::Ipv4Addr>() {
            Ok(ip) if has_namespace(namespace) => of_type(vec![extra(name, Type::A, &ip.to_string())], kind),
            _ => Outcome::NxDomain,
        },
        Name::Service { service, namespace, .. } => {
            let Some(service) = Service::find(store, namespace, service) else { return Outcome::NxDomain };
            let mut found = of_service(&service);
            found.retain(|record| record.name == name);
            match found.first() {
                None => Outcome::NxDomain,
                Some(alias) if alias.kind == Type::Cname => super::alias::answer(store, alias.clone(), kind, passed),
                Some(_) => of_type(found, kind),
            }
        }
    }
}

fn records_of_address(store: &Store, name: &str) -> Vec<Record> {
    Service::all(store).flat_map(|service| of_service(&service)).filter(|record| record.name == name).collect()
}

/// A record that comes from no Service.
fn extra(name: &str, kind: Type, data: &str) -> Record {
    let service = (String::new(), String::new());
    Record { name: name.into(), kind, data: data.into(), service, pod: None, promised: false }
}

/// The records of a type.
fn of_type(records: Vec<Record>, kind: Type) -> Outcome {
    let found: Vec<Record> = records.into_iter().filter(|record| record.kind == kind).collect();
    if found.is_empty() { Outcome::NoData } else { Outcome::Answer(found) }
}
