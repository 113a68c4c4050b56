//! Resource lists: rounding up to thousandths (`SetDefaults_ResourceList`), and the quality of service class they give.

use std::collections::BTreeMap;

use serde_json::Value;

use super::fields::{Fields, child};

/// Rounds the quantities of the list of this name up to thousandths (S14: cpu `0.0001` is stored as `1m`).
pub(super) fn round_list(fields: &mut Fields, key: &str) {
    let Some(list) = child(fields, key) else { return };
    for quantity in list.values_mut() {
        if let Some(rounded) = quantity.as_str().and_then(rounded) {
            *quantity = Value::String(rounded);
        }
    }
}

/// The canonical form, in thousandths, of a canonical quantity in millionths or billionths; `None` if none is needed.
fn rounded(text: &str) -> Option<String> {
    let digits = text.strip_suffix(['n', 'u'])?;
    let per_milli: i128 = if text.ends_with('n') { 1_000_000 } else { 1_000 };
    let number: i128 = digits.parse().ok()?;
    // Quantity.RoundUp rounds away from zero.
    let magnitude = (number.abs() + per_milli - 1) / per_milli;
    let milli = if number < 0 { -magnitude } else { magnitude };
    Some(if milli % 1_000 == 0 { (milli / 1_000).to_string() } else { format!("{milli}m") })
}

/// The quality of service class of a Pod's spec (`pkg/apis/core/v1/helper/qos`): pod-level resources if it has them,
/// else those of its containers and init containers.
pub(super) fn qos_class(spec: &Value) -> &'static str {
    let mut totals = Totals { guaranteed: true, ..Totals::default() };
    if let Some(resources) = spec.get("resources").filter(|r| r.is_object()) {
        totals.add(resources);
    } else {
        for list in ["containers", "initContainers"] {
            for container in spec.get(list).and_then(Value::as_array).into_iter().flatten() {
                totals.add(container.get("resources").unwrap_or(&Value::Null));
            }
        }
    }
    if totals.requests.is_empty() && totals.limits.is_empty() {
        "BestEffort"
    } else if totals.guaranteed && totals.requests == totals.limits {
        "Guaranteed"
    } else {
        "Burstable"
    }
}

/// Sums of cpu and memory over containers, in billionths.
#[derive(Default)]
struct Totals {
    requests: BTreeMap<&'static str, i128>,
    limits: BTreeMap<&'static str, i128>,
    guaranteed: bool,
}

impl Totals {
    fn add(&mut self, resources: &Value) {
        for name in ["cpu", "memory"] {
            let quantity = |list: &str| {
                let text = resources.get(list)?.get(name)?.as_str()?;
                billionths(text).filter(|q| *q > 0)
            };
            if let Some(request) = quantity("requests") {
                *self.requests.entry(name).or_default() += request;
            }
            match quantity("limits") {
                Some(limit) => *self.limits.entry(name).or_default() += limit,
                None => self.guaranteed = false,
            }
        }
    }
}

/// A quantity in billionths, rounded up; `None` if it is malformed or beyond reason.
pub(in crate::apiserver) fn billionths(text: &str) -> Option<i128> {
    let split = text.find(|c: char| !matches!(c, '0'..='9' | '.' | '+' | '-')).unwrap_or(text.len());
    let (number, suffix) = text.split_at(split);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let mut value: i128 = format!("{whole}{fraction}").parse().ok()?;
    let (mut tens, twos) = match suffix {
        "n" => (0, 0),
        "u" => (3, 0),
        "m" => (6, 0),
        "" => (9, 0),
        "k" => (12, 0),
        "M" => (15, 0),
        "G" => (18, 0),
        "T" => (21, 0),
        "P" => (24, 0),
        "E" => (27, 0),
        "Ki" => (9, 10),
        "Mi" => (9, 20),
        "Gi" => (9, 30),
        "Ti" => (9, 40),
        "Pi" => (9, 50),
        "Ei" => (9, 60),
        _ => (9 + suffix.strip_prefix(['e', 'E'])?.parse::<i32>().ok()?, 0),
    };
    value = value.checked_shl(twos)?;
    tens -= i32::try_from(fraction.len()).ok()?;
    let power = 10i128.checked_pow(tens.unsigned_abs())?;
    if tens >= 0 { value.checked_mul(power) } else { Some((value + power - 1).div_euclid(power)) }
}

#[cfg(test)]
mod tests {
    use super::{qos_class, rounded};
    use serde_json::json;

    #[test]
    fn classes_of_service() {
        let both = json!({"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"cpu": "0.5", "memory": "1024Mi"}});
        let some = json!({"requests": {"cpu": "500m"}});
        let none = json!({"requests": {"cpu": "0", "example.com/gpu": "1"}});
        for (containers, expect) in [
            (json!([{"resources": both}]), "Guaranteed"),
            (json!([{"resources": both}, {"resources": both}]), "Guaranteed"),
            (json!([{"resources": both}, {"resources": {}}]), "Burstable"),
            (json!([{"resources": some}]), "Burstable"),
            (json!([{"resources": none}]), "BestEffort"),
            (json!([{}]), "BestEffort"),
        ] {
            assert_eq!(qos_class(&json!({"containers": containers})), expect, "{containers}");
        }
        let pod_level = json!({"containers": [{"resources": some}], "resources": both});
        assert_eq!(qos_class(&pod_level), "Guaranteed");
    }

    #[test]
    fn thousandths_round_away_from_zero() {
        for (input, expect) in [
            ("100u", Some("1m")),
            ("1n", Some("1m")),
            ("1500u", Some("2m")),
            ("999999999n", Some("1")),
            ("-1n", Some("-1m")),
            ("100m", None),
            ("1Gi", None),
            ("1", None),
        ] {
            assert_eq!(rounded(input).as_deref(), expect, "{input}");
        }
    }
}
