//! DNS: the names that answer, and to what.

use std::collections::BTreeMap;

use super::section::{Section, folded};
use super::since::{Name, Since};
use super::table::Cell;
use crate::cluster::statefulset::identity;
use crate::dns::{Record, Service, Type, ZONE, records};
use crate::resource::Kind;
use crate::resource::model::StatefulSetSpec;
use crate::store::Store;

/// Addresses of one name that are written out.
const FEW: usize = 2;

/// The addresses that DNS has for these sets, and what they were before the command.
#[must_use]
pub fn names(store: &Store, sets: &[Name], since: Option<&Since>) -> Section {
    let mut about: Vec<String> = Vec::new();
    let mut services: Vec<Name> = Vec::new();
    for set in sets {
        let Some(spec) = store.get(Kind::StatefulSet, &set.0, &set.1).and_then(|s| s.stateful_set()).map(|s| &s.spec)
        else {
            continue;
        };
        let sentence = governing(store, set, spec);
        if !about.contains(&sentence) {
            about.push(sentence);
        }
        for service in Service::all(store).filter(|service| service.namespace() == set.0) {
            let name = (set.0.clone(), service.name().to_string());
            let wanted = *spec.service_name == *service.name() || selects(&service, spec);
            if wanted && !services.contains(&name) {
                services.push(name);
            }
        }
    }
    let governing = |service: &Name| sets.iter().any(|set| serves(store, set, &service.1));
    let told = |r: &Record| services.contains(&r.service) && (r.promised || governing(&r.service));
    let all = records(store).into_iter().filter(told);
    let mut addresses: Vec<Record> = all.filter(|r| matches!(r.kind, Type::A | Type::Cname)).collect();
    addresses.sort_by_cached_key(place);
    let mut section = Section::new("DNS", about.join(" "), &["NAME", "TYPE", "ADDRESS", "NOTE"]);
    let before = since.map(|since| by_name(&since.records)).unwrap_or_default();
    let rows = merged(&addresses);
    let (shown, left_out) = folded(&rows);
    for (name, kind, data, promised) in shown {
        let old = before.get(name.as_str()).filter(|old| old.len() == 1 && data.len() == 1 && old[0] != data[0]);
        let note = match (old, promised) {
            (Some(old), _) => format!("was {}", old[0]),
            (None, false) => "CoreDNS only".to_string(),
            _ => String::new(),
        };
        section.table.row([name.clone().into(), kind.name().into(), addresses_cell(data), note.into()]);
    }
    section.left_out(left_out, "sts-lab dns");
    section.table = section.table.without_empty_columns();
    section
}

/// Records in the order in which people count: names of Services first, then Pods by ordinal.
pub(super) fn place(record: &Record) -> ((String, String), bool, i64, String) {
    let pod = record.pod.as_deref().filter(|_| !record.name.starts_with(&format!("{}.", record.service.1)));
    let ordinal = record.pod.as_deref().and_then(identity::parse_pod_name).map_or(-1, |(_, ordinal)| ordinal);
    (record.service.clone(), pod.is_some(), ordinal, record.name.clone())
}

/// One row for each name: its type, its data, whether the specification promises it.
type Row = (String, Type, Vec<String>, bool);

fn merged(records: &[Record]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut places: BTreeMap<(&str, Type), usize> = BTreeMap::new();
    for record in records {
        let place = *places.entry((&record.name, record.kind)).or_insert(rows.len());
        match rows.get_mut(place) {
            Some(row) => row.2.push(record.data.clone()),
            None => rows.push((record.name.clone(), record.kind, vec![record.data.clone()], record.promised)),
        }
    }
    rows
}

fn by_name(records: &[Record]) -> BTreeMap<&str, Vec<&str>> {
    let mut map: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for record in records.iter().filter(|record| record.kind == Type::A) {
        map.entry(&record.name).or_default().push(&record.data);
    }
    map
}

fn addresses_cell(data: &[String]) -> Cell {
    match data {
        few if few.len() <= FEW => few.join(" ").into(),
        many => format!("{} (+{} more)", many[0], many.len() - 1).into(),
    }
}

fn selects(service: &Service<'_>, spec: &StatefulSetSpec) -> bool {
    let selector = service.selector();
    let labels = &spec.json["template"]["metadata"]["labels"];
    !selector.is_empty() && selector.iter().all(|(key, value)| labels[key] == value)
}

/// Whether a set names this Service as its own.
fn serves(store: &Store, set: &Name, service: &str) -> bool {
    let sts = store.get(Kind::StatefulSet, &set.0, &set.1).and_then(|s| s.stateful_set());
    sts.is_some_and(|sts| *sts.spec.service_name == *service)
}

/// What a set's `serviceName` does for its Pods (rules D5, D22).
fn governing(store: &Store, set: &Name, spec: &StatefulSetSpec) -> String {
    let name = &*spec.service_name;
    if name.is_empty() {
        return format!("StatefulSet {} has no serviceName: its Pods have no names in DNS.", set.1);
    }
    let Some(service) = Service::find(store, &set.0, name) else {
        return format!(
            "StatefulSet {} has the serviceName {name}, but there is no such Service: the Pods run (nobody checks), and \
             have no names.",
            set.1
        );
    };
    if !selects(&service, spec) {
        return format!("Service {name} does not select the Pods of {} (labels differ): they have no names.", set.1);
    }
    if service.is_headless() {
        let when = if service.publishes_not_ready() { "each Pod" } else { "each Ready Pod" };
        return format!("Headless Service {name} gives {when} a name, POD.{name}.{}.svc.{ZONE}.", set.0);
    }
    format!(
        "Service {name} is not headless: {name} is one address for all Pods. The names of the Pods are CoreDNS' own doing; \
         no specification promises them."
    )
}
