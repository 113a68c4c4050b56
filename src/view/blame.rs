//! Where in a manifest a fault is: the server's refusal, traced back to file, line and column, with what to do about it.

use serde_json::Value;

use crate::apiserver::decode::{decode, unknown_fields};
use crate::apiserver::{FieldValidation, Request, Status};
use crate::manifest::{Document, Problem, did_you_mean, render};
use crate::resource::Kind;
use crate::resource::gojson;
use crate::resource::kind::ALL;
use crate::store::Store;

/// What is wrong with these documents, each with its place; `failures` are the requests that were refused.
#[must_use]
pub fn blame(
    store: &Store,
    (documents, problems): &(Vec<Document>, Vec<Problem>),
    failures: &[(Request, Status)],
    color: bool,
) -> Vec<String> {
    let shows = |problem: &&Problem| problem.line_column().is_some() || problem.help().is_some();
    let mut out: Vec<String> = problems.iter().filter(shows).map(|problem| problem.render(color)).collect();
    let documents = flat(documents);
    for document in &documents {
        out.extend(unknown_kind(document).map(|fault| fault.render(document, color)));
        out.extend(document.duplicates().iter().map(|duplicate| {
            let (first, second) = (&duplicate.first, &duplicate.second);
            format!(
                "warning: {}:{}:{}: the key {} stands twice in one map; the later value counts (the first is in line {})",
                document.source.name, second.line, second.column, duplicate.path, first.line
            )
        }));
    }
    for (request, status) in failures {
        let Some(document) = documents.iter().find(|document| is_about(request, document)) else { continue };
        for fault in faults(store, request, status, document) {
            let text = fault.render(document, color);
            if !out.contains(&text) {
                out.push(text);
            }
        }
    }
    out
}

/// What is wrong with the types of an object's fields, with its place.
pub fn decoded(kind: Kind, document: &Document, color: bool) -> Result<Value, String> {
    decode(kind, document.value.clone(), FieldValidation::Ignore).map(|decoded| decoded.value).map_err(|refused| {
        match wrong_type(&refused.message, &document.value) {
            Some(fault) => fault.render(document, color),
            None => render(document, "", &refused.message, None, color),
        }
    })
}

/// A fault of a document.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The field that it is about.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl Fault {
    fn render(&self, document: &Document, color: bool) -> String {
        render(document, &self.path, &self.message, self.help.as_deref(), color)
    }
}

/// The objects of the documents; a list counts as its items.
fn flat(documents: &[Document]) -> Vec<Document> {
    let is_list = |document: &Document| document.value["kind"].as_str().is_some_and(|kind| kind.ends_with("List"));
    documents.iter().flat_map(|d| if is_list(d) { d.children() } else { vec![d.clone()] }).collect()
}

fn is_about(request: &Request, document: &Document) -> bool {
    let name = request.name.as_deref().or(request.body["metadata"]["name"].as_str());
    let value = &document.value;
    value["kind"] == request.kind.info().name && value["metadata"]["name"].as_str() == name
}

/// What to do instead, for kinds that a cluster has and the lab leaves out.
fn not_modelled(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "Job" | "CronJob" => {
            "the lab does not model Jobs; a bare Pod with `restartPolicy: Never` runs the same containers once"
        }
        "HorizontalPodAutoscaler" => "the lab has no load to scale by; `sts-lab scale` does what it would do",
        "NetworkPolicy" => "the lab does not model who may talk to whom: every Pod reaches every other",
        "CustomResourceDefinition" => "the lab serves Kubernetes' own kinds only",
        _ => return None,
    })
}

/// A kind or version that no server has.
#[must_use]
pub fn unknown_kind(document: &Document) -> Option<Fault> {
    let (kind, version) = (document.value["kind"].as_str()?, document.value["apiVersion"].as_str()?);
    let Some(known) = ALL.iter().find(|info| info.name == kind) else {
        let near = did_you_mean(kind, ALL.iter().map(|info| info.name));
        let help = near.map(|near| format!("did you mean `{near}`?")).or_else(|| not_modelled(kind).map(Into::into));
        return Some(Fault { path: "kind".into(), message: format!("this lab has no kind \"{kind}\""), help });
    };
    let right = known.kind.api_version();
    (version != right).then(|| Fault {
        path: "apiVersion".into(),
        message: format!("there is no {kind} in \"{version}\""),
        help: Some(format!("{kind} is in `{right}`")),
    })
}

/// The faults that made the server refuse a request about a document.
#[must_use]
pub fn faults(store: &Store, request: &Request, status: &Status, document: &Document) -> Vec<Fault> {
    if status.causes.iter().any(|cause| cause.field == "patch") {
        // A merge that failed says what it was merging; decoding the document finds the field.
        let refused = decode(request.kind, document.value.clone(), FieldValidation::Ignore).err();
        return refused.and_then(|refused| wrong_type(&refused.message, &document.value)).into_iter().collect();
    }
    if !status.causes.is_empty() {
        let fault = |cause: &crate::apiserver::field::FieldError| {
            let path = narrowed(store, request, document, &cause.field, &cause.body());
            let help = advice(&cause.field, &cause.body(), &path);
            Fault { message: format!("{}: {}", cause.field, cause.body()), path, help }
        };
        return status.causes.iter().map(fault).collect();
    }
    if status.message.contains("unknown field") {
        let found = unknown_fields(request.kind, &document.value);
        let known = |field: &crate::apiserver::decode::UnknownField| {
            let near = did_you_mean(&field.name, field.known.iter().copied());
            match near {
                Some(near) => format!("did you mean `{near}`?"),
                None if field.known.len() <= 12 => format!("known here: {}", field.known.join(", ")),
                None => "no field here has a name like it: compare the indentation with the lines above".into(),
            }
        };
        let fault = |field: crate::apiserver::decode::UnknownField| Fault {
            message: format!("unknown field \"{}\"", field.path),
            help: Some(known(&field)),
            path: field.path,
        };
        return found.into_iter().map(fault).collect();
    }
    wrong_type(&status.message, &document.value).into_iter().collect()
}

/// `json: cannot unmarshal string into Go struct field StatefulSetSpec.spec.replicas of type int32`.
fn wrong_type(message: &str, value: &Value) -> Option<Fault> {
    let (_, rest) = message.split_once("cannot unmarshal ")?;
    let (found, rest) = rest.split_once(" into Go struct field ")?;
    let (field, wanted) = rest.split_once(" of type ")?;
    let (_, path) = field.split_once('.')?;
    let wanted = wanted.trim_end_matches(|c: char| !c.is_alphanumeric());
    let place = places(value, path)
        .into_iter()
        .find(|(_, value)| gojson::type_of(value) == found.split(' ').next().unwrap_or(found));
    let path = place.map_or(path.to_string(), |(path, _)| path);
    let (wanted, help) = match wanted {
        "string" => ("text", "put quotes around it"),
        "bool" => ("true or false", "write true or false, without quotes"),
        t if t.starts_with("int") || t.starts_with("uint") => ("a whole number", "write the number without quotes"),
        t if t.starts_with("map") || t.contains('.') => ("a map", "write `key: value` lines below it"),
        t if t.starts_with('[') => ("a list", "begin each item with `- `"),
        _ => ("another type", "see the field's type in the Kubernetes API reference"),
    };
    Some(Fault { message: format!("{path} must be {wanted}, not a {found}"), path, help: Some(help.into()) })
}

/// Every place that a path without list indexes means.
fn places<'v>(value: &'v Value, path: &str) -> Vec<(String, &'v Value)> {
    let mut found: Vec<(String, &Value)> = vec![(String::new(), value)];
    for step in path.split('.') {
        let mut next = Vec::new();
        for (path, value) in found {
            let lists: Vec<(String, &Value)> = match value.as_array() {
                Some(items) => items.iter().enumerate().map(|(at, item)| (format!("{path}[{at}]"), item)).collect(),
                None => vec![(path, value)],
            };
            for (path, value) in lists {
                if let Some(child) = value.get(step) {
                    next.push((if path.is_empty() { step.to_string() } else { format!("{path}.{step}") }, child));
                }
            }
        }
        found = next;
    }
    found
}

/// The field that a refusal really is about, where the server names one further up.
fn narrowed(store: &Store, request: &Request, document: &Document, field: &str, body: &str) -> String {
    if field != "spec" || !body.contains("updates to statefulset spec") {
        return field.to_string();
    }
    let namespace = request.namespace.as_deref().unwrap_or_default();
    let name = request.name.as_deref().unwrap_or_default();
    let Some(old) = store.get(Kind::StatefulSet, namespace, name).map(|set| set.to_json()) else { return field.into() };
    let differs = |key: &&&str| !within(&document.value["spec"][**key], &old["spec"][**key]);
    let keys = ["serviceName", "podManagementPolicy", "selector", "volumeClaimTemplates"];
    keys.iter().find(differs).map_or(field.to_string(), |key| format!("spec.{key}"))
}

/// Whether all that `new` says is so in `old`; what it leaves out was filled in.
fn within(new: &Value, old: &Value) -> bool {
    match (new, old) {
        (Value::Null, _) => true,
        (Value::Object(new), Value::Object(old)) => {
            new.iter().all(|(key, value)| within(value, old.get(key).unwrap_or(&Value::Null)))
        }
        (Value::Array(new), Value::Array(old)) => {
            new.len() == old.len() && new.iter().zip(old).all(|(new, old)| within(new, old))
        }
        (new, old) => new == old,
    }
}

/// What helps against the usual refusals.
fn advice(field: &str, body: &str, path: &str) -> Option<String> {
    if body.contains("updates to statefulset spec") {
        let what = path.strip_prefix("spec.").unwrap_or("this field");
        // Claims that are there keep their size: a new template is for the ordinals that come.
        let first = if what.starts_with("volumeClaimTemplates") {
            "To grow, grow each claim by itself (`sts-lab patch pvc …`); then "
        } else {
            ""
        };
        return Some(format!(
            "{what} can never change. {first}`sts-lab delete sts NAME --cascade=orphan` and apply again: Pods and claims stay"
        ));
    }
    if body.contains("`selector` does not match template `labels`") {
        return Some("the labels of the template need every label of spec.selector.matchLabels".into());
    }
    if let Some((value, values)) = body.split_once(": supported values: ") {
        let value = value.split('"').nth(1).unwrap_or_default();
        let near = did_you_mean(value, values.split(", ").map(|value| value.trim_matches('"')));
        return near.map(|near| format!("did you mean `{near}`?"));
    }
    if body.starts_with("Required value") {
        return Some(format!("add `{}`", field.rsplit('.').next().unwrap_or(field)));
    }
    (body.contains("lowercase RFC 1123")).then(|| "use lower-case letters, digits and `-`".into())
}
