//! Field selectors (`status.phase!=Running,metadata.name=web-0`): text, the fields each kind can be selected by, and
//! matching on objects (spec/api.md part 11; `k8s.io/apimachinery/pkg/fields`, `pkg/apis/core/v1/conversion.go`).

use serde_json::Value;

use super::SelectorError;
use crate::resource::Kind;

/// One condition on one field.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    field: String,
    equal: bool,
    value: String,
}

/// A field selector for objects of one kind: all its terms must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldSelector {
    kind: Kind,
    terms: Vec<Term>,
}

/// The fields beside `metadata.name` and `metadata.namespace` that select objects of a kind; `None` for kinds that have
/// the general rule.
fn own_fields(kind: Kind) -> Option<&'static [&'static str]> {
    Some(match kind {
        Kind::Pod => &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.podIPs",
            "status.nominatedNodeName",
        ],
        Kind::Node => &["spec.unschedulable"],
        Kind::Event => &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
        Kind::Namespace => &["status.phase"],
        Kind::Secret => &["type"],
        Kind::Service => &["spec.clusterIP", "spec.type"],
        _ => return None,
    })
}

fn checked(kind: Kind, field: &str) -> Result<&str, SelectorError> {
    let common = field == "metadata.name" || field == "metadata.namespace";
    let Some(own) = own_fields(kind) else {
        let only = "is not a known field selector: only \"metadata.name\", \"metadata.namespace\"";
        return if common { Ok(field) } else { Err(SelectorError(format!("{field:?} {only}"))) };
    };
    if kind == Kind::Pod && field == "spec.host" {
        return Ok("spec.nodeName");
    }
    let common = common && (kind.info().namespaced || field == "metadata.name");
    if common || own.contains(&field) {
        Ok(field)
    } else {
        Err(SelectorError(format!("field label not supported: {field}")))
    }
}

/// Splits at commas that no backslash stands before.
fn split_terms(text: &str) -> Vec<&str> {
    let (mut terms, mut start, mut escaped) = (Vec::new(), 0, false);
    for (index, c) in text.char_indices() {
        if !escaped && c == ',' {
            terms.push(&text[start..index]);
            start = index + 1;
        }
        escaped = !escaped && c == '\\';
    }
    terms.push(&text[start..]);
    terms
}

fn unescape(text: &str) -> Result<String, SelectorError> {
    let sequence = |s: &str| SelectorError(format!("invalid field selector: invalid escape sequence: {s}"));
    let mut value = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some(escaped @ ('\\' | ',' | '=')) => value.push(escaped),
                Some(other) => return Err(sequence(&format!("\\{other}"))),
                None => return Err(sequence("\\")),
            },
            ',' | '=' => {
                let code = c as u32;
                return Err(SelectorError(format!("invalid field selector: unescaped character in value: {code}")));
            }
            _ => value.push(c),
        }
    }
    Ok(value)
}

impl FieldSelector {
    /// Reads the text of `--field-selector` and of the query parameter `fieldSelector`.
    pub fn parse(kind: Kind, text: &str) -> Result<FieldSelector, SelectorError> {
        let mut parts: Vec<&str> = split_terms(text);
        parts.sort_unstable();
        let mut terms = Vec::new();
        for part in parts.into_iter().filter(|p| !p.is_empty()) {
            let at = part.char_indices().map(|(i, _)| i).find(|i| {
                let rest = &part[*i..];
                rest.starts_with("!=") || rest.starts_with('=')
            });
            let Some(at) = at else {
                return Err(SelectorError(format!("invalid selector: '{text}'; can't understand '{part}'")));
            };
            let (field, rest) = part.split_at(at);
            let equal = !rest.starts_with('!');
            let value = rest.strip_prefix("!=").or_else(|| rest.strip_prefix("==")).unwrap_or(&rest[1..]);
            terms.push(Term { field: field.to_string(), equal, value: unescape(value)? });
        }
        for term in &mut terms {
            term.field = checked(kind, &term.field)?.to_string();
        }
        Ok(FieldSelector { kind, terms })
    }

    /// Whether it selects everything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// The only value that a field can have, if the selector says so.
    #[must_use]
    pub fn exact_value(&self, field: &str) -> Option<&str> {
        self.terms.iter().find(|t| t.equal && t.field == field).map(|t| t.value.as_str())
    }

    /// Whether it selects this object.
    #[must_use]
    pub fn matches(&self, object: &Value) -> bool {
        self.terms.iter().all(|term| (field_of(self.kind, object, &term.field) == term.value) == term.equal)
    }

    /// The fields it looks at.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().map(|t| t.field.as_str())
    }
}

/// The text of a selectable field; empty if the object has none.
fn field_of(kind: Kind, object: &Value, field: &str) -> String {
    let at = |path: &str| {
        let value = path.split('.').try_fold(object, |value, key| value.get(key));
        match value {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Bool(flag)) => flag.to_string(),
            _ => String::new(),
        }
    };
    match (kind, field) {
        (Kind::Pod, "spec.hostNetwork") | (Kind::Node, "spec.unschedulable") => {
            let text = at(field);
            if text.is_empty() { "false".to_string() } else { text }
        }
        (Kind::Pod, "status.podIP") => text(&object["status"]["podIPs"][0]["ip"]).unwrap_or_else(|| at(field)),
        (Kind::Pod, "status.podIPs") => String::new(),
        (Kind::Event, "source") => {
            let component = at("source.component");
            if component.is_empty() { at("reportingComponent") } else { component }
        }
        _ => at(field),
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_string)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn selects(kind: Kind, selector: &str, object: &Value) -> bool {
        FieldSelector::parse(kind, selector).unwrap().matches(object)
    }

    #[test]
    fn fields_match_as_in_part_11() {
        let pod = json!({
            "metadata": {"name": "web-0", "namespace": "default"},
            "spec": {"nodeName": "n1"},
            "status": {"phase": "Running", "podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.1"}]},
        });
        for (selector, expect) in [
            ("", true),
            ("metadata.name=web-0,spec.host==n1", true),
            ("status.phase!=Running", false),
            ("status.phase!=Succeeded,status.phase!=Failed", true),
            ("spec.hostNetwork=false", true),
            ("spec.nodeName=", false),
            ("status.podIP=10.0.0.1", true),
            ("spec.nodeName=a\\,b", false),
        ] {
            assert_eq!(selects(Kind::Pod, selector, &pod), expect, "{selector}");
        }
        let event = json!({"involvedObject": {"name": "web"}, "reportingComponent": "kubelet", "type": "Normal"});
        assert!(selects(Kind::Event, "involvedObject.namespace=,source=kubelet,type=Normal", &event));
        assert!(selects(Kind::Node, "spec.unschedulable=false", &json!({})));
        let exact = FieldSelector::parse(Kind::Pod, "metadata.name=web-0").unwrap();
        assert_eq!(exact.exact_value("metadata.name"), Some("web-0"));
        assert_eq!(exact.fields().collect::<Vec<_>>(), ["metadata.name"]);
    }

    #[test]
    fn errors_have_the_servers_words_part_11() {
        for (kind, selector, expect) in [
            (Kind::Pod, "spec.foo=1", "field label not supported: spec.foo"),
            (Kind::Node, "metadata.namespace=x", "field label not supported: metadata.namespace"),
            (
                Kind::StatefulSet,
                "spec.replicas=1",
                "\"spec.replicas\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"",
            ),
            (Kind::Pod, "a", "invalid selector: 'a'; can't understand 'a'"),
            (Kind::Pod, "metadata.name=a=b", "invalid field selector: unescaped character in value: 61"),
            (Kind::Pod, "metadata.name=a\\b", "invalid field selector: invalid escape sequence: \\b"),
        ] {
            assert_eq!(FieldSelector::parse(kind, selector).unwrap_err().to_string(), expect, "{selector}");
        }
    }
}
