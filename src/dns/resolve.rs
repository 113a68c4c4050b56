//! A name as a Pod's resolver asks for it: the search path, one full name after another (rule D21).

use super::explain::explain;
use super::lookup::{Name, lookup};
use super::{Outcome, Record, Type, ZONE, reverse};
use crate::resource::{Kind, Object};
use crate::store::Store;

/// Dots from which a name is tried as it stands first.
const NDOTS: usize = 5;

/// A question.
#[derive(Clone, Debug)]
pub struct Query<'a> {
    /// The name or address as typed.
    pub name: &'a str,
    /// The type; `None` is the one that fits the name.
    pub kind: Option<Type>,
    /// The namespace of the Pod that asks.
    pub namespace: &'a str,
    /// The Pod that asks, if it is one that exists.
    pub from: Option<&'a str>,
}

/// One full name that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Try {
    /// The full name.
    pub name: String,
    /// What the server says.
    pub outcome: Outcome,
    /// Why.
    pub why: String,
}

/// What came of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The type that was asked for.
    pub kind: Type,
    /// The names tried, in order; the last one answered if any did.
    pub tried: Vec<Try>,
}

impl Answer {
    /// Why there is no address, or not the one that was thought of: what is said of the name that exists, if one does,
    /// or of the first that was tried.
    #[must_use]
    pub fn reason(&self) -> &str {
        let exists = |tried: &&Try| match tried.outcome {
            Outcome::Answer(_) => true,
            Outcome::NoData => !matches!(Name::parse(&tried.name), Name::Parent(_)),
            _ => false,
        };
        let told = self.tried.iter().filter(|tried| !tried.why.is_empty());
        told.clone().find(exists).or(told.clone().next()).map_or("", |tried| &tried.why)
    }

    /// The records found.
    #[must_use]
    pub fn records(&self) -> &[Record] {
        match self.tried.last().map(|last| &last.outcome) {
            Some(Outcome::Answer(records)) => records,
            _ => &[],
        }
    }
}

/// Asks for a name.
#[must_use]
pub fn resolve(store: &Store, query: &Query<'_>) -> Answer {
    let typed = query.name.to_lowercase();
    let kind = query.kind.unwrap_or_else(|| type_of(&typed));
    if let Some(own) = hosts_file(store, query, &typed).filter(|_| kind == Type::A) {
        return Answer { kind, tried: vec![own] };
    }
    let mut tried = Vec::new();
    for name in names(&typed, query.namespace) {
        let outcome = lookup(store, &name, kind);
        let why = explain(store, &name, kind, &outcome);
        let answered = matches!(outcome, Outcome::Answer(_));
        tried.push(Try { name, outcome, why });
        if answered {
            break;
        }
    }
    Answer { kind, tried }
}

fn type_of(name: &str) -> Type {
    if name.parse::<std::net::Ipv4Addr>().is_ok() || name.ends_with(".in-addr.arpa") {
        Type::Ptr
    } else if name.starts_with('_') {
        Type::Srv
    } else {
        Type::A
    }
}

/// The full names that a resolver tries, in order.
fn names(typed: &str, namespace: &str) -> Vec<String> {
    if typed.parse::<std::net::Ipv4Addr>().is_ok() {
        return vec![reverse(typed)];
    }
    if let Some(absolute) = typed.strip_suffix('.') {
        return vec![absolute.to_string()];
    }
    let suffixes = [format!("{namespace}.svc.{ZONE}"), format!("svc.{ZONE}"), ZONE.to_string()];
    let searched = suffixes.iter().map(|suffix| format!("{typed}.{suffix}"));
    let as_is = std::iter::once(typed.to_string());
    if typed.matches('.').count() >= NDOTS { as_is.chain(searched).collect() } else { searched.chain(as_is).collect() }
}

/// A Pod knows its own name without asking: the kubelet writes it into `/etc/hosts` (rule D22).
fn hosts_file(store: &Store, query: &Query<'_>, typed: &str) -> Option<Try> {
    let object: &Object = store.get(Kind::Pod, query.namespace, query.from?)?;
    let pod = object.pod()?;
    let hostname = pod.hostname.as_deref().unwrap_or(&object.meta.name);
    let full = pod.subdomain.as_ref().map(|subdomain| format!("{hostname}.{subdomain}.{}.svc.{ZONE}", query.namespace));
    if typed != hostname && full.as_deref() != Some(typed.trim_end_matches('.')) {
        return None;
    }
    let record = Record {
        name: typed.to_string(),
        kind: Type::A,
        data: pod.status.pod_ip?.to_string(),
        service: (String::new(), String::new()),
        pod: query.from.map(ToString::to_string),
        promised: true,
    };
    let why = "the Pod's own name stands in its /etc/hosts: no server is asked".to_string();
    Some(Try { name: typed.to_string(), outcome: Outcome::Answer(vec![record]), why })
}
