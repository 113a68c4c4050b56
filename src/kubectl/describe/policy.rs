//! `kubectl describe` of `PodDisruptionBudget`s and `PriorityClass`es.

use serde_json::Value;

use super::json::{Json, int_or_string};
use super::writer::{Writer, put};
use crate::kubectl::print::value::{format_label_selector, format_labels};

/// Writes the description of a `PodDisruptionBudget`.
pub(super) fn disruption_budget(w: &mut Writer, budget: &Value) {
    put!(w, 0, "Name:\t{}\n", budget.text("metadata.name"));
    put!(w, 0, "Namespace:\t{}\n", budget.text("metadata.namespace"));
    let spec = budget.at("spec");
    if spec.has("minAvailable") {
        put!(w, 0, "Min available:\t{}\n", int_or_string(spec.at("minAvailable")));
    } else if spec.has("maxUnavailable") {
        put!(w, 0, "Max unavailable:\t{}\n", int_or_string(spec.at("maxUnavailable")));
    }
    let selector =
        if spec.has("selector") { format_label_selector(spec, "/selector", "<none>") } else { "<unset>".into() };
    put!(w, 0, "Selector:\t{selector}\n");
    put!(w, 0, "Status:\n");
    for (title, field) in [
        ("Allowed disruptions", "disruptionsAllowed"),
        ("Current", "currentHealthy"),
        ("Desired", "desiredHealthy"),
        ("Total", "expectedPods"),
    ] {
        put!(w, 2, "{title}:\t{}\n", budget.at("status").int(field));
    }
}

/// Writes the description of a `PriorityClass`.
pub(super) fn priority_class(w: &mut Writer, class: &Value) {
    put!(w, 0, "Name:\t{}\n", class.text("metadata.name"));
    put!(w, 0, "Value:\t{}\n", class.int("value"));
    put!(w, 0, "GlobalDefault:\t{}\n", class.flag("globalDefault"));
    put!(w, 0, "PreemptionPolicy:\t{}\n", class.text("preemptionPolicy"));
    put!(w, 0, "Description:\t{}\n", class.text("description"));
    put!(w, 0, "Annotations:\t{}\n", format_labels(class, "/metadata/annotations"));
}
