//! `kubectl describe` of Namespaces, and of the quotas and limits in them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::json::{Json, date, quantity};
use super::writer::{Writer, put};
use crate::resource::quantity::Quantity;

/// Writes the description of a Namespace with its quotas and limit ranges.
pub(super) fn namespace(w: &mut Writer, namespace: &Value, quotas: &[Value], ranges: &[Value]) {
    put!(w, 0, "Name:\t{}\n", namespace.text("metadata.name"));
    w.labels("", "Labels", &namespace.map("metadata.labels"));
    w.annotations("Annotations", &namespace.map("metadata.annotations"));
    put!(w, 0, "Status:\t{}\n", namespace.text("status.phase"));
    let conditions = namespace.items("status.conditions");
    if !conditions.is_empty() {
        put!(w, 0, "Conditions:\n");
        put!(w, 1, "Type\tStatus\tLastTransitionTime\tReason\tMessage\n");
        put!(w, 1, "----\t------\t------------------\t------\t-------\n");
    }
    for c in conditions {
        let (kind, status, reason, message) = (c.text("type"), c.text("status"), c.text("reason"), c.text("message"));
        put!(w, 1, "{kind}\t{status}\t{}\t{reason}\t{message}\n", date(c.at("lastTransitionTime")));
    }
    put!(w, 0, "\n");
    quotas_of_namespace(w, quotas);
    put!(w, 0, "\n");
    if ranges.is_empty() {
        put!(w, 0, "No LimitRange resource.\n");
        return;
    }
    put!(w, 0, "Resource Limits\n Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio\n");
    put!(w, 0, " ----\t--------\t---\t---\t---------------\t-------------\t-----------------------\n");
    for range in ranges {
        limits(w, range, " ");
    }
}

fn quotas_of_namespace(w: &mut Writer, quotas: &[Value]) {
    if quotas.is_empty() {
        put!(w, 0, "No resource quota.\n");
        return;
    }
    let mut quotas: Vec<&Value> = quotas.iter().collect();
    quotas.sort_by_key(|q| q.text("metadata.name"));
    put!(w, 0, "Resource Quotas\n");
    for quota in quotas {
        put!(w, 1, "Name:\t{}\n", quota.text("metadata.name"));
        scopes(w, 1, quota, "* ");
        put!(w, 1, "Resource\tUsed\tHard\n");
        put!(w, 1, "--------\t---\t---\n");
        for (resource, hard) in quota.at("status.hard").as_object().into_iter().flatten() {
            put!(w, 1, "{resource}\t{}\t{}\n", quantity(used(quota, resource)), quantity(hard));
        }
    }
}

fn used<'a>(quota: &'a Value, resource: &str) -> &'a Value {
    quota.at("status.used").get(resource).unwrap_or(&Value::Null)
}

/// Writes the description of a `ResourceQuota`.
pub(super) fn quota(w: &mut Writer, quota: &Value) {
    put!(w, 0, "Name:\t{}\n", quota.text("metadata.name"));
    put!(w, 0, "Namespace:\t{}\n", quota.text("metadata.namespace"));
    scopes(w, 0, quota, " * ");
    put!(w, 0, "Resource\tUsed\tHard\n");
    put!(w, 0, "--------\t----\t----\n");
    for (resource, hard) in quota.at("status.hard").as_object().into_iter().flatten() {
        let (hard, used) = (quantity(hard), quantity(used(quota, resource)));
        let shown = match (Quantity::parse(&hard), Quantity::parse(&used)) {
            (Ok(h), Ok(u)) if h.format() != u.format() => Quantity::new(u.value(), h.format()).to_string(),
            _ => used,
        };
        put!(w, 0, "{resource}\t{shown}\t{hard}\n");
    }
}

fn scopes(w: &mut Writer, level: usize, quota: &Value, bullet: &str) {
    let mut scopes = quota.words("spec.scopes");
    if scopes.is_empty() {
        return;
    }
    scopes.sort_unstable();
    put!(w, level, "Scopes:\t{}\n", scopes.join(", "));
    for scope in scopes {
        let help = match scope {
            "Terminating" => {
                "Matches all pods that have an active deadline. These pods have a limited lifespan on a node before \
                 being actively terminated by the system."
            }
            "NotTerminating" => {
                "Matches all pods that do not have an active deadline. These pods usually include long running pods \
                 whose container command is not expected to terminate."
            }
            "BestEffort" => {
                "Matches all pods that do not have resource requirements set. These pods have a best effort quality of \
                 service."
            }
            "NotBestEffort" => {
                "Matches all pods that have at least one resource requirement set. These pods have a burstable or \
                 guaranteed quality of service."
            }
            _ => continue,
        };
        put!(w, level, "{bullet}{help}\n");
    }
}

/// Writes the description of a `LimitRange`.
pub(super) fn limit_range(w: &mut Writer, range: &Value) {
    put!(w, 0, "Name:\t{}\n", range.text("metadata.name"));
    put!(w, 0, "Namespace:\t{}\n", range.text("metadata.namespace"));
    put!(w, 0, "Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio\n");
    put!(w, 0, "----\t--------\t---\t---\t---------------\t-------------\t-----------------------\n");
    limits(w, range, "");
}

/// The rows of a limit range. kubectl goes through the resources in random order; here they are sorted.
fn limits(w: &mut Writer, range: &Value, prefix: &str) {
    const COLUMNS: [&str; 5] = ["min", "max", "defaultRequest", "default", "maxLimitRequestRatio"];
    for item in range.items("spec.limits") {
        let resources: BTreeSet<&str> = COLUMNS
            .iter()
            .flat_map(|c| item.at(c).as_object().into_iter().flatten())
            .map(|(k, _)| k.as_str())
            .collect();
        for resource in resources {
            put!(w, 0, "{prefix}{}\t{resource}", item.text("type"));
            for column in COLUMNS {
                let cell = item.at(column).get(resource).map_or_else(|| "-".to_string(), quantity);
                put!(w, 0, "\t{cell}");
            }
            put!(w, 0, "\n");
        }
    }
}
