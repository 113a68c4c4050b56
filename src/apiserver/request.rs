//! A request to the API server, and its answer. Requests are what a lab's journal holds, so they serialise.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::resource::Kind;

/// What a request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Verb {
    /// Reads one object.
    Get,
    /// Reads all objects of a kind, in one namespace or in all, that the selectors of the options choose.
    List,
    /// Makes an object.
    Create,
    /// Replaces an object (HTTP PUT).
    Update,
    /// Changes an object by a patch of the given type.
    Patch(PatchType),
    /// Deletes one object.
    Delete,
}

/// The media types of a patch, spec/api.md part 12.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PatchType {
    /// `application/json-patch+json` (RFC 6902).
    Json,
    /// `application/merge-patch+json` (RFC 7386).
    Merge,
    /// `application/strategic-merge-patch+json`.
    Strategic,
    /// `application/apply-patch+yaml`: server-side apply.
    Apply,
}

/// The part of an object that a request addresses when it is not the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Subresource {
    /// `/status`.
    Status,
    /// `/scale`: body and answer are `autoscaling/v1` `Scale`.
    Scale,
    /// `/eviction`: body is `policy/v1` `Eviction`.
    Eviction,
}

/// What to do with fields the schema does not know, and with duplicates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum FieldValidation {
    /// Drop them silently.
    Ignore,
    /// Drop them with a warning (the server's default).
    #[default]
    Warn,
    /// Refuse the request (kubectl's default).
    Strict,
}

/// What becomes of an object's dependents when it is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Propagation {
    /// The object goes first, then its dependents.
    Background,
    /// The dependents go first.
    Foreground,
    /// The dependents stay, without this owner.
    Orphan,
}

/// The options of a request; each applies to the verbs that have it in Kubernetes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Options {
    /// Do everything but store the result.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
    /// Who writes (`kubectl-client-side-apply`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field_manager: Option<String>,
    /// What to do with unknown fields; `None` is the server's default, [`FieldValidation::Warn`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field_validation: Option<FieldValidation>,
    /// Apply: take fields that others manage.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub force: bool,
    /// Delete: what becomes of dependents; `None` is the kind's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub propagation: Option<Propagation>,
    /// Delete: seconds a Pod has to end; `None` is the Pod's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grace_period_seconds: Option<i64>,
    /// Delete: only if the object has this uid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precondition_uid: Option<String>,
    /// List: label selector text (`app=web,tier in (a,b)`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label_selector: Option<String>,
    /// List: field selector text (`metadata.name=web-0`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field_selector: Option<String>,
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// What to do.
    pub verb: Verb,
    /// To objects of this kind.
    pub kind: Kind,
    /// In this namespace; `None` for cluster-scoped kinds, and for a list over all namespaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// To the object of this name; `None` for lists, and for creation (the body has the name).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// To this part of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subresource: Option<Subresource>,
    /// The object or patch sent, as JSON; null if none.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub body: Value,
    /// The options.
    #[serde(default)]
    pub options: Options,
}

impl Request {
    fn new(verb: Verb, kind: Kind, namespace: Option<&str>, name: Option<&str>, body: Value) -> Request {
        Request {
            verb,
            kind,
            namespace: namespace.filter(|_| kind.info().namespaced).map(str::to_string),
            name: name.map(str::to_string),
            subresource: None,
            body,
            options: Options::default(),
        }
    }

    /// Reads one object. `namespace` is ignored for cluster-scoped kinds, here and below.
    #[must_use]
    pub fn get(kind: Kind, namespace: &str, name: &str) -> Request {
        Request::new(Verb::Get, kind, Some(namespace), Some(name), Value::Null)
    }

    /// Reads the objects of a kind, of all namespaces if `namespace` is `None`.
    #[must_use]
    pub fn list(kind: Kind, namespace: Option<&str>) -> Request {
        Request::new(Verb::List, kind, namespace, None, Value::Null)
    }

    /// Makes the object `body`.
    #[must_use]
    pub fn create(kind: Kind, namespace: &str, body: Value) -> Request {
        Request::new(Verb::Create, kind, Some(namespace), None, body)
    }

    /// Replaces an object by `body`.
    #[must_use]
    pub fn update(kind: Kind, namespace: &str, name: &str, body: Value) -> Request {
        Request::new(Verb::Update, kind, Some(namespace), Some(name), body)
    }

    /// Changes an object by the patch `body`.
    #[must_use]
    pub fn patch(kind: Kind, namespace: &str, name: &str, patch: PatchType, body: Value) -> Request {
        Request::new(Verb::Patch(patch), kind, Some(namespace), Some(name), body)
    }

    /// Deletes an object.
    #[must_use]
    pub fn delete(kind: Kind, namespace: &str, name: &str) -> Request {
        Request::new(Verb::Delete, kind, Some(namespace), Some(name), Value::Null)
    }

    /// The same request, to a part of the object.
    #[must_use]
    pub fn subresource(mut self, subresource: Subresource) -> Request {
        self.subresource = Some(subresource);
        self
    }

    /// The same request with these options.
    #[must_use]
    pub fn with(mut self, options: Options) -> Request {
        self.options = options;
        self
    }

    /// Whether the request can change the store: what a journal must keep.
    #[must_use]
    pub fn writes(&self) -> bool {
        !matches!(self.verb, Verb::Get | Verb::List) && !self.options.dry_run
    }
}

/// The answer to a request that succeeded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The object as it is now (after a delete: as it last was, or a `Status` of success once it is gone); for a list
    /// a `v1` `List` with `items`, each with `apiVersion` and `kind`, ordered by namespace and name.
    pub object: Value,
    /// Warning headers, without `Warning: `.
    pub warnings: Vec<String>,
}
