//! `metav1.ObjectMeta` as the lab keeps it: small, cheap to clone, strings shared between siblings. JSON at the edges.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::digits::Hex;
pub(crate) use super::place::{BySlot, Slot};
pub use super::place::{Hint, Id};
use super::{Kind, Time};

/// A shared piece of text.
pub type Text = arcstr::ArcStr;

/// Several texts as one: names are put together all the time.
#[must_use]
pub fn joined<const N: usize>(parts: [&str; N]) -> Text {
    let text = Text::init_with(parts.iter().map(|part| part.len()).sum(), |mut bytes| {
        for part in parts {
            let (own, rest) = bytes.split_at_mut(part.len());
            own.copy_from_slice(part.as_bytes());
            bytes = rest;
        }
    });
    text.unwrap_or_default()
}

/// `metadata.uid`: 128 bits, printed as a UUID. They are kept as two words, for what has a `u128` in it is the larger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Uid {
    /// The upper 64 bits.
    pub high: u64,
    /// The lower 64 bits.
    pub low: u64,
}

impl Uid {
    /// The uid of these bits.
    #[must_use]
    pub fn new(bits: u128) -> Uid {
        Uid { high: (bits >> 64) as u64, low: bits as u64 }
    }

    /// Reads the printed form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Uid> {
        let digits: String = text.chars().filter(|c| *c != '-').collect();
        (digits.len() == 32).then(|| u128::from_str_radix(&digits, 16).ok().map(Uid::new)).flatten()
    }

    /// The printed form.
    #[must_use]
    pub fn text(self) -> Text {
        let (high, low) = (Hex::of(self.high), Hex::of(self.low));
        let (high, low) = (high.last(16), low.last(16));
        joined([&high[..8], "-", &high[8..12], "-", &high[12..], "-", &low[..4], "-", &low[4..]])
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

/// Labels or annotations: pairs sorted by key, shared between clones. No allocation while empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Labels(Option<Arc<[(Text, Text)]>>);

impl Labels {
    /// From pairs in any order; of pairs with one key the last one counts.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (Text, Text)>) -> Labels {
        let mut list: Vec<(Text, Text)> = Vec::new();
        for (key, value) in pairs {
            match list.iter_mut().find(|(k, _)| *k == key) {
                Some(pair) => pair.1 = value,
                None => list.push((key, value)),
            }
        }
        list.sort();
        if list.is_empty() { Labels(None) } else { Labels(Some(list.into())) }
    }

    /// From a JSON object of strings; anything else counts as empty.
    #[must_use]
    pub fn from_json(value: Option<&Value>) -> Labels {
        let Some(map) = value.and_then(Value::as_object) else { return Labels(None) };
        Labels::from_pairs(
            map.iter().map(|(k, v)| (Text::from(k.as_str()), Text::from(v.as_str().unwrap_or_default()))),
        )
    }

    /// The JSON object.
    #[must_use]
    pub fn to_json(&self) -> Value {
        self.iter().map(|(k, v)| (k.to_string(), Value::from(v))).collect::<Map<_, _>>().into()
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.iter().find(|(k, _)| *k == key).map(|(_, v)| v)
    }

    /// The shared value of a key.
    #[must_use]
    pub fn get_text(&self, key: &str) -> Option<&Text> {
        self.pairs().iter().find(|(k, _)| **k == *key).map(|(_, v)| v)
    }

    /// All pairs, sorted by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs().iter().map(|(k, v)| (&**k, &**v))
    }

    /// All pairs, sorted by key.
    #[must_use]
    pub fn pairs(&self) -> &[(Text, Text)] {
        self.0.as_deref().unwrap_or_default()
    }

    /// All pairs as shared texts.
    pub fn texts(&self) -> impl Iterator<Item = (Text, Text)> {
        self.pairs().iter().cloned()
    }

    /// A copy with these pairs added or changed.
    #[must_use]
    pub fn with(&self, pairs: impl IntoIterator<Item = (Text, Text)>) -> Labels {
        let (own, pairs) = (self.pairs(), pairs.into_iter());
        let mut list: Vec<(Text, Text)> = Vec::with_capacity(own.len() + pairs.size_hint().1.unwrap_or_default());
        list.extend_from_slice(own);
        for (key, value) in pairs {
            match list.binary_search_by(|(k, _)| k.cmp(&key)) {
                Ok(place) => list[place].1 = value,
                Err(place) => list.insert(place, (key, value)),
            }
        }
        if list.is_empty() { Labels(None) } else { Labels(Some(list.into())) }
    }

    /// A copy without a key.
    #[must_use]
    pub fn without(&self, key: &str) -> Labels {
        Labels::from_pairs(self.texts().filter(|(k, _)| **k != *key))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }
}

/// A list that clones share until one of them changes. No allocation while empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedList<T>(Option<Arc<[T]>>);

impl<T> Default for SharedList<T> {
    fn default() -> SharedList<T> {
        SharedList(None)
    }
}

impl<T> std::ops::Deref for SharedList<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        self.0.as_deref().unwrap_or_default()
    }
}

impl<T> From<Vec<T>> for SharedList<T> {
    fn from(list: Vec<T>) -> SharedList<T> {
        if list.is_empty() { SharedList(None) } else { SharedList(Some(list.into())) }
    }
}

impl<T> FromIterator<T> for SharedList<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> SharedList<T> {
        items.into_iter().collect::<Vec<T>>().into()
    }
}

impl<'a, T> IntoIterator for &'a SharedList<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T: Clone> SharedList<T> {
    /// Adds an element at the end.
    pub fn push(&mut self, item: T) {
        *self = self.iter().cloned().chain([item]).collect();
    }

    /// Keeps the elements that `keep` wants.
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        let kept: Vec<T> = self.iter().filter(|item| keep(item)).cloned().collect();
        if kept.len() != self.len() {
            *self = kept.into();
        }
    }

    /// Removes all elements.
    pub fn clear(&mut self) {
        self.0 = None;
    }
}

/// One `ownerReferences` entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerReference {
    /// `apps/v1`.
    pub api_version: Text,
    /// `StatefulSet`.
    pub kind: Text,
    /// The owner's name.
    pub name: Text,
    /// The owner's uid: what really counts.
    pub uid: Uid,
    /// Whether the owner is the managing controller.
    pub controller: bool,
    /// Whether foreground deletion of the owner waits for this object.
    pub block_owner_deletion: bool,
}

impl OwnerReference {
    /// A controller's reference with `blockOwnerDeletion`, as every controller writes it.
    #[must_use]
    pub fn controller(kind: Kind, name: Text, uid: Uid) -> OwnerReference {
        OwnerReference {
            api_version: kind.type_meta().api_version.clone(),
            kind: kind.type_meta().kind.clone(),
            name,
            uid,
            controller: true,
            block_owner_deletion: true,
        }
    }

    fn from_json(value: &Value) -> OwnerReference {
        let text = |key: &str| Text::from(value[key].as_str().unwrap_or_default());
        OwnerReference {
            api_version: text("apiVersion"),
            kind: text("kind"),
            name: text("name"),
            uid: value["uid"].as_str().and_then(Uid::parse).unwrap_or_default(),
            controller: value["controller"].as_bool().unwrap_or(false),
            block_owner_deletion: value["blockOwnerDeletion"].as_bool().unwrap_or(false),
        }
    }

    fn to_json(&self) -> Value {
        let mut out = json!({"apiVersion": &*self.api_version, "kind": &*self.kind, "name": &*self.name,
            "uid": self.uid.to_string()});
        if self.controller {
            out["controller"] = true.into();
        }
        if self.block_owner_deletion {
            out["blockOwnerDeletion"] = true.into();
        }
        out
    }
}

/// When and how gracefully an object was asked to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deletion {
    /// `deletionTimestamp`: the request's time plus the grace period.
    pub at: Time,
    /// `deletionGracePeriodSeconds`.
    pub grace_seconds: i64,
}

/// `metadata`: what every object has, and behind it, shared between clones, the [`Details`] that Events lack. Details are
/// read and written as if they were members.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Meta {
    /// The name, unique in kind and namespace.
    pub name: Text,
    /// The namespace, empty for cluster-scoped kinds.
    pub namespace: Text,
    /// The uid; zero until stored.
    pub uid: Uid,
    /// The version of the store at the last write.
    pub resource_version: u64,
    /// The generation; 0 for kinds that have none.
    pub generation: i64,
    /// `creationTimestamp`.
    pub created: Time,
    /// Where the store keeps the object; meaningless outside.
    pub(crate) slot: Slot,
    /// `None` stands for those without a value.
    details: Option<Arc<Details>>,
}

/// The members of `metadata` that not every object has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Details {
    /// `generateName`, if any.
    pub generate_name: Option<Text>,
    /// Set once the object was asked to go.
    pub deletion: Option<Deletion>,
    /// Labels.
    pub labels: Labels,
    /// Annotations.
    pub annotations: Labels,
    /// Owner references.
    pub owners: SharedList<OwnerReference>,
    /// Finalizers that hold the object.
    pub finalizers: SharedList<Text>,
}

static NO_DETAILS: Details = Details {
    generate_name: None,
    deletion: None,
    labels: Labels(None),
    annotations: Labels(None),
    owners: SharedList(None),
    finalizers: SharedList(None),
};

impl std::ops::Deref for Meta {
    type Target = Details;
    fn deref(&self) -> &Details {
        self.details.as_deref().unwrap_or(&NO_DETAILS)
    }
}

impl std::ops::DerefMut for Meta {
    fn deref_mut(&mut self) -> &mut Details {
        Arc::make_mut(self.details.get_or_insert_default())
    }
}

impl PartialEq for Meta {
    fn eq(&self, other: &Meta) -> bool {
        let own = |m: &Meta| (m.uid, m.resource_version, m.generation, m.created);
        let shared = self.details.as_ref().zip(other.details.as_ref()).is_some_and(|(a, b)| Arc::ptr_eq(a, b));
        own(self) == own(other)
            && self.name == other.name
            && self.namespace == other.namespace
            && (shared || **self == **other)
    }
}

impl Meta {
    /// The metadata of an object that is not stored yet.
    #[must_use]
    pub fn new(namespace: Text, name: Text, details: impl Into<Option<Details>>) -> Meta {
        Meta { name, namespace, details: details.into().map(Arc::new), ..Meta::default() }
    }

    /// Its details, as they may be shared with other objects.
    #[must_use]
    pub fn shared_details(&mut self) -> Arc<Details> {
        Arc::clone(self.details.get_or_insert_default())
    }

    /// Takes the details of another object.
    pub fn share_details(&mut self, details: &Arc<Details>) {
        self.details = Some(Arc::clone(details));
    }

    /// Where the object is.
    #[must_use]
    pub fn hint(&self) -> Hint {
        Hint(self.slot)
    }

    /// Which stored object this is, or was.
    #[must_use]
    pub fn id(&self) -> Id {
        Id { slot: self.slot, uid: self.uid }
    }

    /// The reference of the managing controller, if there is one.
    #[must_use]
    pub fn controller(&self) -> Option<&OwnerReference> {
        self.owners.iter().find(|o| o.controller)
    }

    /// Whether the object was asked to go.
    #[must_use]
    pub fn terminating(&self) -> bool {
        self.deletion.is_some()
    }

    /// Reads `metadata`; unknown or ill-typed members count as absent.
    #[must_use]
    pub fn from_json(value: &Value) -> Meta {
        let text = |key: &str| Text::from(value[key].as_str().unwrap_or_default());
        let list = |key: &str| value[key].as_array().map(Vec::as_slice).unwrap_or_default();
        let time = |key: &str| value[key].as_str().and_then(Time::parse);
        let details = Details {
            generate_name: value["generateName"].as_str().filter(|s| !s.is_empty()).map(Text::from),
            deletion: time("deletionTimestamp")
                .map(|at| Deletion { at, grace_seconds: value["deletionGracePeriodSeconds"].as_i64().unwrap_or(0) }),
            labels: Labels::from_json(value.get("labels")),
            annotations: Labels::from_json(value.get("annotations")),
            owners: list("ownerReferences").iter().map(OwnerReference::from_json).collect(),
            finalizers: list("finalizers").iter().filter_map(Value::as_str).map(Text::from).collect(),
        };
        Meta {
            name: text("name"),
            namespace: text("namespace"),
            uid: value["uid"].as_str().and_then(Uid::parse).unwrap_or_default(),
            resource_version: value["resourceVersion"].as_str().and_then(|s| s.parse().ok()).unwrap_or(0),
            generation: value["generation"].as_i64().unwrap_or(0),
            created: time("creationTimestamp").unwrap_or_default(),
            slot: Slot::NONE,
            details: (details != Details::default()).then(|| Arc::new(details)),
        }
    }

    /// `metadata` as the API serves it: empty members left out.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut out = Map::new();
        let mut put = |key: &str, value: Value| out.insert(key.to_string(), value);
        if !self.name.is_empty() {
            put("name", (*self.name).into());
        }
        if !self.namespace.is_empty() {
            put("namespace", (*self.namespace).into());
        }
        if let Some(name) = &self.generate_name {
            put("generateName", (**name).into());
        }
        if self.uid != Uid::default() {
            put("uid", self.uid.to_string().into());
        }
        if self.resource_version > 0 {
            put("resourceVersion", self.resource_version.to_string().into());
        }
        if self.generation > 0 {
            put("generation", self.generation.into());
        }
        if self.created != Time::default() {
            put("creationTimestamp", self.created.rfc3339().into());
        }
        if let Some(deletion) = self.deletion {
            put("deletionTimestamp", deletion.at.rfc3339().into());
            put("deletionGracePeriodSeconds", deletion.grace_seconds.into());
        }
        if !self.labels.is_empty() {
            put("labels", self.labels.to_json());
        }
        if !self.annotations.is_empty() {
            put("annotations", self.annotations.to_json());
        }
        if !self.owners.is_empty() {
            put("ownerReferences", self.owners.iter().map(OwnerReference::to_json).collect());
        }
        if !self.finalizers.is_empty() {
            put("finalizers", self.finalizers.iter().map(|f| Value::from(&**f)).collect());
        }
        out.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_survives_a_round_trip() {
        let value = json!({
            "name": "web-0", "namespace": "default", "generateName": "web-", "uid": "00000000-0000-4000-8000-000000000001",
            "resourceVersion": "7", "generation": 2, "creationTimestamp": "2026-01-01T00:00:00Z",
            "deletionTimestamp": "2026-01-01T00:00:30Z", "deletionGracePeriodSeconds": 30,
            "labels": {"b": "2", "a": "1"}, "annotations": {"x": ""}, "finalizers": ["foregroundDeletion"],
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "web", "controller": true,
                "blockOwnerDeletion": true, "uid": "00000000-0000-4000-8000-000000000002"}],
        });
        assert_eq!(Meta::from_json(&value).to_json(), value);
    }
}
