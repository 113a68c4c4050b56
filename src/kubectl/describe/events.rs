//! The Events section of a description, and the search for the Events of an object (S139).

use serde_json::Value;

use super::json::{self, Json};
use super::writer::{Writer, put};
use crate::apiserver::{Api, Options, Request};
use crate::resource::{Kind, Time};

/// What Events are searched by: the `involvedObject` they name.
pub(super) struct Reference<'a> {
    /// Its kind; empty to accept any.
    pub kind: &'a str,
    /// Its namespace, empty for cluster-scoped kinds.
    pub namespace: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Its uid; empty to accept any.
    pub uid: &'a str,
}

impl<'a> Reference<'a> {
    /// The reference to `object`.
    pub fn to(kind: Kind, object: &'a Value) -> Reference<'a> {
        Reference {
            kind: kind.info().name,
            namespace: object.text("metadata.namespace"),
            name: object.text("metadata.name"),
            uid: object.text("metadata.uid"),
        }
    }

    fn field_selector(&self) -> String {
        let terms = [("kind", self.kind), ("name", self.name), ("namespace", self.namespace), ("uid", self.uid)];
        let used = terms.iter().filter(|(field, value)| !value.is_empty() || matches!(*field, "name" | "namespace"));
        let texts: Vec<String> =
            used.map(|(field, value)| format!("involvedObject.{field}={}", escape(value))).collect();
        texts.join(",")
    }
}

/// A value as field selectors want it (`apimachinery/pkg/fields`, `EscapeValue`).
fn escape(value: &str) -> String {
    value.replace('\\', "\\\\").replace(',', "\\,").replace('=', "\\=")
}

/// The Events that name this object; none if they cannot be listed.
pub(super) fn search(api: &mut dyn Api, reference: &Reference) -> Vec<Value> {
    let namespace = Some(reference.namespace).filter(|n| !n.is_empty());
    let options = Options { field_selector: Some(reference.field_selector()), ..Options::default() };
    match api.send(Request::list(Kind::Event, namespace).with(options)) {
        Ok(response) => response.object.items("items").to_vec(),
        Err(_) => Vec::new(),
    }
}

/// Writes the section. `None` is when Events are not to be shown at all.
pub(super) fn write(w: &mut Writer, events: Option<Vec<Value>>, now: Time) {
    let Some(mut events) = events else { return };
    if events.is_empty() {
        put!(w, 0, "Events:\t<none>\n");
        return;
    }
    events.sort_by_key(|e| json::time(e.at("lastTimestamp")));
    put!(w, 0, "Events:\n  Type\tReason\tAge\tFrom\tMessage\n");
    put!(w, 1, "----\t------\t----\t----\t-------\n");
    for event in &events {
        let source = event.text("source.component");
        let source = if source.is_empty() { event.text("reportingComponent") } else { source };
        let message = event.text("message").trim();
        let path = event.text("involvedObject.fieldPath");
        let (kind, reason, age) = (event.text("type"), event.text("reason"), interval(event, now));
        if path.is_empty() {
            put!(w, 1, "{kind}\t{reason}\t{age}\t{source}\t{message}\n");
        } else {
            put!(w, 1, "{kind}\t{reason}\t{age}\t{source}\t{path}: {message}\n");
        }
    }
}

/// `5s`, or `2s (x3 over 5s)` for an Event seen several times.
fn interval(event: &Value, now: Time) -> String {
    let first = if event.has("eventTime") { event.at("eventTime") } else { event.at("firstTimestamp") };
    let first = json::age(now, first);
    if event.has("series") {
        let last = json::age(now, event.at("series.lastObservedTime"));
        format!("{last} (x{} over {first})", event.int("series.count"))
    } else if event.int("count") > 1 {
        format!("{} (x{} over {first})", json::age(now, event.at("lastTimestamp")), event.int("count"))
    } else {
        first
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_section_is_sorted_by_last_timestamp() {
        let now = Time::parse("2026-01-01T00:00:10Z").unwrap();
        let events = vec![
            json!({"type": "Normal", "reason": "Pulled", "message": " pulled \n", "source": {"component": "kubelet"},
                "involvedObject": {"fieldPath": "spec.containers{c}"}, "count": 3,
                "firstTimestamp": "2026-01-01T00:00:05Z", "lastTimestamp": "2026-01-01T00:00:08Z"}),
            json!({"type": "Normal", "reason": "Early", "message": "m", "source": {"component": "x"}, "count": 1,
                "firstTimestamp": "2026-01-01T00:00:04Z", "lastTimestamp": "2026-01-01T00:00:04Z"}),
            json!({"type": "Warning", "reason": "FailedScheduling", "message": "no", "source": {}, "eventTime":
                "2026-01-01T00:00:01.500000Z", "reportingComponent": "default-scheduler", "lastTimestamp": null,
                "series": {"count": 2, "lastObservedTime": "2026-01-01T00:00:02.000000Z"}}),
        ];
        let mut w = Writer::default();
        write(&mut w, Some(events), now);
        let expect = "\
Events:
  Type     Reason            Age              From               Message
  ----     ------            ----             ----               -------
  Warning  FailedScheduling  8s (x2 over 8s)  default-scheduler  no
  Normal   Early             6s               x                  m
  Normal   Pulled            2s (x3 over 5s)  kubelet            spec.containers{c}: pulled
";
        assert_eq!(w.aligned(), expect);
    }

    #[test]
    fn the_search_is_by_involved_object() {
        let pod = json!({"metadata": {"name": "web-0", "namespace": "a=b", "uid": "u"}});
        let selector =
            "involvedObject.kind=Pod,involvedObject.name=web-0,involvedObject.namespace=a\\=b,involvedObject.uid=u";
        assert_eq!(Reference::to(Kind::Pod, &pod).field_selector(), selector);
        let volume = json!({"metadata": {"name": "pv"}});
        let reference = Reference { kind: "", ..Reference::to(Kind::PersistentVolume, &volume) };
        assert_eq!(reference.field_selector(), "involvedObject.name=pv,involvedObject.namespace=");
    }
}
