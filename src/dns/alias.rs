//! `ExternalName` Services: names for other names, which `CoreDNS` follows for those who ask (rule D12). A name outside
//! the cluster's zone is where the lab's knowledge ends.
//!
//! Upstream: `CoreDNS`, `plugin/backend_lookup.go` (`A`, `SRV`), `plugin/kubernetes/kubernetes.go` (`findServices`).

use super::lookup::{Name, find};
use super::{Outcome, Record, Service, Type, ZONE};
use crate::store::Store;

/// Names that are followed in a row at most.
const MOST: usize = 8;

/// The answer to a question for a Service's name of which the alias is all there is; `passed` are the names on the way
/// there.
pub(super) fn answer(store: &Store, alias: Record, kind: Type, passed: &mut Vec<String>) -> Outcome {
    match kind {
        Type::Cname => return Outcome::Answer(vec![alias]),
        // A Service without endpoints has no port either.
        Type::Srv => {
            let data = format!("0 100 0 {}", alias.data);
            return Outcome::Answer(vec![Record { kind, data, promised: false, ..alias }]);
        }
        Type::Ptr => return Outcome::NoData,
        Type::A | Type::Aaaa | Type::Txt => {}
    }
    let target = alias.data.to_lowercase();
    if target == alias.name || passed.len() >= MOST || passed.contains(&alias.name) {
        return Outcome::NoData;
    }
    passed.push(alias.name.clone());
    match find(store, &target, kind, passed) {
        Outcome::Answer(next) => Outcome::Answer(std::iter::once(alias).chain(next).collect()),
        _ if is_inside(&target) => Outcome::NoData,
        _ => Outcome::Answer(vec![alias]),
    }
}

fn is_inside(name: &str) -> bool {
    name.strip_suffix(ZONE).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Where a chain of aliases ends.
pub(super) enum End {
    /// It comes back to where it was.
    Circle,
    /// At a name that is no alias.
    At(String),
}

/// The Service that is an alias under this full name.
pub(super) fn service_of<'s>(store: &'s Store, name: &str) -> Option<Service<'s>> {
    let Name::Service { before: None, service, namespace } = Name::parse(name) else { return None };
    Service::find(store, namespace, service).filter(|service| service.alias().is_some())
}

/// Where the alias of this full name leads in the end.
pub(super) fn end(store: &Store, name: &str) -> End {
    let (mut at, mut steps) = (name.to_string(), 0);
    while let Some(target) = service_of(store, &at).and_then(|service| service.alias().map(str::to_lowercase)) {
        steps += 1;
        if steps > MOST {
            return End::Circle;
        }
        at = target;
    }
    End::At(at)
}

/// What is said of an alias whose target is outside the cluster. A short name is a common slip: an alias knows no search
/// path.
pub(super) fn outside(store: &Store, service: &Service<'_>, target: &str) -> String {
    let (name, labels) = (service.name(), target.split('.').collect::<Vec<_>>());
    let meant = match labels.as_slice() {
        [other] => Some((*other, service.namespace())),
        [other, namespace] | [other, namespace, "svc"] => Some((*other, *namespace)),
        _ => None,
    };
    let meant = meant.and_then(|(other, namespace)| Service::find(store, namespace, other));
    let hint = meant.map_or(String::new(), |other| {
        format!(". An alias knows no search path: the Service {} is {}", other.name(), other.fqdn())
    });
    format!(
        "Service {name} is another name for {target}, which is outside the cluster: only the DNS out there knows its \
         address, and the lab has none{hint}"
    )
}
