//! Sums of resources: what a Pod requests and is limited to (`component-helpers/resource/helpers.go`), its class of
//! service (`kubectl/pkg/util/qos`), and the resources that variables take (`kubectl/pkg/util/resource`).

use std::collections::BTreeMap;

use serde_json::Value;

use super::json::{Json, quantity};
use crate::resource::quantity::{Format, Quantity};

/// Amounts by name of the resource.
pub(super) type Amounts = BTreeMap<String, Quantity>;

/// The amounts at `path`; what is no quantity is left out.
pub(super) fn amounts(value: &Value, path: &str) -> Amounts {
    let entries = value.at(path).as_object().into_iter().flatten();
    entries.filter_map(|(name, amount)| Some((name.clone(), Quantity::parse(&quantity(amount)).ok()?))).collect()
}

/// Adds `more` to `sum`.
pub(super) fn add(sum: &mut Amounts, more: &Amounts) {
    for (name, amount) in more {
        sum.entry(name.clone()).and_modify(|old| *old = old.plus(*amount)).or_insert(*amount);
    }
}

fn raise(most: &mut Amounts, other: &Amounts) {
    for (name, amount) in other {
        most.entry(name.clone()).and_modify(|old| *old = (*old).max(*amount)).or_insert(*amount);
    }
}

/// The amount of a resource, zero if there is none.
pub(super) fn get(amounts: &Amounts, name: &str) -> Quantity {
    amounts.get(name).copied().unwrap_or_else(|| Quantity::new(0, Format::DecimalSi))
}

/// What a Pod needs: `side` is `requests` or `limits`. `from_status` takes what the kubelet has granted into account.
pub(super) fn of_pod(pod: &Value, side: &str, from_status: bool) -> Amounts {
    let mut sum = Amounts::new();
    for container in pod.items("spec.containers") {
        add(&mut sum, &of_container(pod, container, side, from_status));
    }
    let (mut sidecars, mut initial) = (Amounts::new(), Amounts::new());
    for container in pod.items("spec.initContainers") {
        let sidecar = container.text("restartPolicy") == "Always";
        let own = of_container(pod, container, side, from_status && sidecar);
        if sidecar {
            add(&mut sum, &own);
            add(&mut sidecars, &own);
            raise(&mut initial, &sidecars);
        } else {
            let mut at_once = own;
            add(&mut at_once, &sidecars);
            raise(&mut initial, &at_once);
        }
    }
    raise(&mut sum, &initial);
    let pod_level = amounts(pod, &format!("spec.resources.{side}"));
    sum.extend(pod_level.into_iter().filter(|(name, _)| name == "cpu" || name == "memory" || is_huge_page(name)));
    for (name, overhead) in amounts(pod, "spec.overhead") {
        if side == "requests" || sum.get(&name).is_some_and(|limit| !limit.is_zero()) {
            add(&mut sum, &Amounts::from([(name, overhead)]));
        }
    }
    sum
}

fn of_container(pod: &Value, container: &Value, side: &str, from_status: bool) -> Amounts {
    let mut wanted = amounts(container, &format!("resources.{side}"));
    let statuses = pod.items("status.containerStatuses").iter().chain(pod.items("status.initContainerStatuses"));
    let status = statuses.rev().find(|s| from_status && s.text("name") == container.text("name") && s.has("resources"));
    let Some(status) = status else { return wanted };
    let infeasible = pod.items("status.conditions").iter().find(|c| c.text("type") == "PodResizePending");
    if infeasible.is_some_and(|c| c.text("reason") == "Infeasible") {
        wanted.clear();
    }
    raise(&mut wanted, &amounts(status, &format!("resources.{side}")));
    if side == "requests" {
        raise(&mut wanted, &amounts(status, "allocatedResources"));
    }
    wanted
}

/// Whether a resource is memory in huge pages.
pub(super) fn is_huge_page(name: &str) -> bool {
    name.starts_with("hugepages-")
}

/// The class of service of a Pod: as its status says, else as its resources make it.
pub(super) fn qos_class(pod: &Value) -> &str {
    if !pod.text("status.qosClass").is_empty() {
        return pod.text("status.qosClass");
    }
    let holders: Vec<&Value> = if pod.has("spec.resources") {
        vec![pod.at("spec")]
    } else {
        pod.items("spec.containers").iter().chain(pod.items("spec.initContainers")).collect()
    };
    let (mut requests, mut limits, mut limited) = (Amounts::new(), Amounts::new(), true);
    for holder in holders {
        let own = |side: &str| {
            let mut own = amounts(holder, &format!("resources.{side}"));
            own.retain(|name, amount| (name == "cpu" || name == "memory") && amount.sign() > 0);
            own
        };
        limited &= own("limits").len() == 2;
        add(&mut requests, &own("requests"));
        add(&mut limits, &own("limits"));
    }
    if requests.is_empty() && limits.is_empty() {
        "BestEffort"
    } else if limited && requests == limits {
        "Guaranteed"
    } else {
        "Burstable"
    }
}

/// The value of a variable with a `resourceFieldRef`, empty if the container has no such resource.
pub(super) fn container_resource(reference: &Value, container: &Value) -> String {
    let one = Quantity::new(1, Format::DecimalSi);
    let divisor = Quantity::parse(&quantity(reference.at("divisor"))).ok().filter(|d| !d.is_zero()).unwrap_or(one);
    let Some((side, name)) = reference.text("resource").split_once('.') else { return String::new() };
    if !matches!(side, "limits" | "requests")
        || !(matches!(name, "cpu" | "memory" | "ephemeral-storage") || is_huge_page(name))
    {
        return String::new();
    }
    let amount = get(&amounts(container, &format!("resources.{side}")), name);
    let ratio = if name == "cpu" {
        amount.milli_value() as f64 / divisor.milli_value() as f64
    } else {
        amount.value() as f64 / divisor.value() as f64
    };
    (ratio.ceil() as i64).to_string()
}
