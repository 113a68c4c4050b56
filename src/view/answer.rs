//! DNS for people who ask: all records, or what came of one question.

use super::names::place;
use super::section::{Section, folded};
use super::style::Tone;
use super::table::Cell;
use crate::dns::{Answer, Outcome, Query, Record, Type, ZONE, records};
use crate::store::Store;
use serde_json::{Value, json};

/// Every record that the cluster's DNS has, of a namespace or of all; with `all`, also what only `CoreDNS` answers.
#[must_use]
pub fn list(store: &Store, namespace: Option<&str>, all: bool) -> Section {
    let mut found = chosen(store, namespace, all);
    found.sort_by_cached_key(|record| (record.service.clone(), group(record.kind), place(record)));
    let about = format!(
        "What the cluster's DNS answers now; names end in .svc.{ZONE}. A headless Service answers with its Ready Pods, and \
         gives each a name; another Service answers with its own address."
    );
    let mut section = Section::new("DNS", about, &["NAME", "TYPE", "~ANSWER", "?POD"]);
    if found.is_empty() {
        section.about = "No Service has a name in DNS yet; `sts-lab apply web` makes one.".into();
    }
    let (shown, left_out) = folded(&found);
    for record in shown {
        let pod = record.pod.clone().unwrap_or_default();
        let pod = if record.promised { pod } else { format!("{pod} (CoreDNS only)") };
        section.table.row([
            short(&record.name).into(),
            record.kind.name().into(),
            short(&record.data).into(),
            pod.into(),
        ]);
    }
    section.table = std::mem::take(&mut section.table).without_empty_columns();
    section.left_out(left_out, "sts-lab dns -o json");
    section
}

/// The same as JSON, with full names.
#[must_use]
pub fn list_json(store: &Store, namespace: Option<&str>, all: bool) -> Value {
    chosen(store, namespace, all).iter().map(record_json).collect()
}

fn chosen(store: &Store, namespace: Option<&str>, all: bool) -> Vec<Record> {
    let wanted = |record: &Record| (all || record.promised) && namespace.is_none_or(|n| n == record.service.0);
    records(store).into_iter().filter(wanted).collect()
}

fn group(kind: Type) -> u8 {
    match kind {
        Type::A | Type::Aaaa | Type::Cname => 0,
        Type::Srv => 1,
        _ => 2,
    }
}

fn short(name: &str) -> String {
    name.strip_suffix(&format!(".svc.{ZONE}")).unwrap_or(name).to_string()
}

/// What came of one question: the names that were tried, and the records of the one that answered.
#[must_use]
pub fn answer(query: &Query<'_>, answer: &Answer) -> Vec<Section> {
    let from = match query.from {
        Some(pod) => format!("Pod {pod}"),
        None => "A Pod".to_string(),
    };
    let (name, namespace) = (query.name, query.namespace);
    let kind = answer.kind.name();
    let found = answer.records();
    let path = if answer.tried.len() > 1 { ", in the order of its search path" } else { "" };
    let about = format!("{from} in Namespace {namespace} asks for {kind} records of {name}{path}.");
    let mut tried = Section::new("ASKED", about, &["NAME", "RESULT", "~WHY"]);
    for attempt in &answer.tried {
        let tone = match attempt.outcome {
            Outcome::Answer(_) => Tone::Good,
            Outcome::NoData => Tone::Waiting,
            _ => Tone::Bad,
        };
        let result = Cell::new(attempt.outcome.to_string(), tone);
        tried.table.row([attempt.name.clone().into(), result, attempt.why.clone().into()]);
    }
    tried.table = tried.table.without_empty_columns();
    let mut out = vec![tried];
    if found.is_empty() {
        let missing = answer.tried.iter().any(|t| t.outcome == Outcome::NoData);
        let code = if missing { "NODATA (the name exists)" } else { "NXDOMAIN (no such name)" };
        out.push(Section::new("ANSWER", format!("None: {code}."), &[]));
        return out;
    }
    let pods = found.iter().filter(|record| record.pod.is_some()).count();
    let last = found.last().map(|record| record.kind);
    let about = match (found.len(), pods) {
        _ if found[0].kind == Type::Cname && answer.kind != Type::Cname => match last {
            Some(Type::Cname) => "Another name, whose own records only the DNS outside the cluster has.".to_string(),
            _ => "Another name, and what that answers.".to_string(),
        },
        (1, 1) => "The address of one Pod.".to_string(),
        (n, p) if n == p && answer.kind == Type::A => {
            format!("{n} addresses, one for each Ready Pod; the client takes one.")
        }
        (_, 0) if found[0].service.1.is_empty() => "What another server answers.".to_string(),
        (_, 0) if answer.kind == Type::A => {
            "The address of the Service: it leads to any Pod that is ready.".to_string()
        }
        (n, _) => super::words::count(n, "record") + ".",
    };
    let columns = if answer.kind == Type::Srv { ["TYPE", "~ANSWER", "POD"] } else { ["TYPE", "ANSWER", "POD"] };
    let mut section = Section::new("ANSWER", about, &columns);
    for record in found {
        let pod = record.pod.clone().unwrap_or_default();
        section.table.row([record.kind.name().into(), record.data.clone().into(), pod.into()]);
    }
    section.table = section.table.without_empty_columns();
    out.push(section);
    out
}

/// The same as JSON.
#[must_use]
pub fn answer_json(answer: &Answer) -> Value {
    let tried: Vec<Value> =
        answer.tried.iter().map(|t| json!({"name": t.name, "result": t.outcome.to_string(), "why": t.why})).collect();
    let records: Vec<Value> = answer.records().iter().map(record_json).collect();
    json!({"type": answer.kind.name(), "tried": tried, "records": records})
}

fn record_json(record: &Record) -> Value {
    let mut out = json!({"name": record.name, "type": record.kind.name(), "data": record.data,
        "namespace": record.service.0, "service": record.service.1, "promised": record.promised});
    if let Some(pod) = &record.pod {
        out["pod"] = pod.as_str().into();
    }
    out
}
