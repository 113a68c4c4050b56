//! Who last set which field, as far as an answer shows it.
//!
//! The real server keeps this in `metadata.managedFields`. The lab does not serve that field, but a write that changes
//! nothing else still makes a new version of the object, and `kubectl patch` then does not say `(no change)`. This
//! happens in two ways: a field that the kind's strategy drops is set nevertheless, and `scale` to the size that is
//! there already splits the entry of the manager that had set the size, which the next write puts together again.
//! Upstream: apimachinery `pkg/util/managedfields/{scalehandler.go,internal/managedfields.go}`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ApiServer;
use crate::apiserver::Request;
use crate::resource::meta::{Text, Uid};
use crate::resource::{Kind, Object};
use crate::store::Write;

/// The manager of whoever writes through the `scale` subresource.
pub(super) const SCALE: &str = "scale";
const REPLICAS: &str = ".spec.replicas";

type Fields = BTreeSet<String>;

/// The managers of one object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Managers {
    uid: Uid,
    /// Who made it, and so has everything that nobody else has set since.
    creator: String,
    /// What each manager has set since; of the creator's fields only the size is listed.
    fields: BTreeMap<String, Fields>,
    /// The entry that held the size and more is there twice.
    split: bool,
}

impl Managers {
    /// A manager sets fields, which nobody else has any more, and removes others. `true` if that is news.
    fn set(&mut self, manager: &str, set: Fields, removed: &Fields) -> bool {
        let before = self.fields.clone();
        for fields in self.fields.values_mut() {
            fields.retain(|field| !set.contains(field) && !removed.contains(field));
        }
        self.fields.entry(manager.to_string()).or_default().extend(set);
        self.fields.retain(|_, fields| !fields.is_empty());
        self.fields != before
    }

    /// `scale` to the size that is there. `true` if the managers' entries differ after it.
    fn scaled_to_the_same(&mut self) -> bool {
        if std::mem::take(&mut self.split) {
            return true;
        }
        let Some((owner, fields)) = self.fields.iter_mut().find(|(_, fields)| fields.contains(REPLICAS)) else {
            return false;
        };
        if *owner != self.creator && fields.len() == 1 {
            return false;
        }
        // Of two entries of one manager the next reader keeps the one without the size.
        fields.remove(REPLICAS);
        self.fields.retain(|_, fields| !fields.is_empty());
        self.split = true;
        true
    }
}

/// The managers of the objects that have a size.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Owners(BTreeMap<(Kind, Text, Text), Managers>);

impl Owners {
    fn key(object: &Object) -> (Kind, Text, Text) {
        (object.kind(), object.meta.namespace.clone(), object.meta.name.clone())
    }

    fn of(&mut self, object: &Object) -> Option<&mut Managers> {
        if !has_size(object.kind()) {
            return None;
        }
        self.0.get_mut(&Owners::key(object)).filter(|managers| managers.uid == object.meta.uid)
    }

    /// Somebody made an object.
    pub(super) fn created(&mut self, object: &Object, request: &Request) {
        if has_size(object.kind()) {
            let creator = manager(request).to_string();
            let fields = BTreeMap::from([(creator.clone(), Fields::from([REPLICAS.to_string()]))]);
            let managers = Managers { uid: object.meta.uid, creator, fields, split: false };
            self.0.insert(Owners::key(object), managers);
        }
    }

    /// Any write reads the entries and puts split ones together.
    pub(super) fn written(&mut self, object: &Object) {
        if let Some(managers) = self.of(object) {
            managers.split = false;
        }
    }
}

impl ApiServer {
    /// A request proposed an object, of which `new` is what the kind's strategy lets pass. `true` if that makes a new
    /// version of the object even if it is the old one.
    pub(super) fn take_over(
        &mut self,
        object: &Object,
        request: &Request,
        proposed: &Value,
        new: &Value,
        old: &Value,
    ) -> bool {
        if request.options.dry_run {
            return false;
        }
        let Some(managers) = self.owners.of(object) else { return false };
        let set = changed(old, proposed);
        let news = managers.set(manager(request), set, &changed(new, old));
        std::mem::take(&mut managers.split) || news
    }

    /// `scale` to the size that is there.
    pub(super) fn scale_to_the_same(&mut self, object: &Object, write: Write) {
        if self.owners.of(object).is_some_and(Managers::scaled_to_the_same) {
            self.store.put(object.clone(), write);
        }
    }
}

/// Whether a kind has the `scale` subresource.
pub(super) fn has_size(kind: Kind) -> bool {
    matches!(kind, Kind::StatefulSet | Kind::Deployment | Kind::ReplicaSet)
}

fn manager(request: &Request) -> &str {
    request.options.field_manager.as_deref().unwrap_or("kubectl")
}

/// The fields of `new` that `old` has not, or has with another value; lists count as one field.
fn changed(old: &Value, new: &Value) -> Fields {
    let mut fields = Fields::new();
    for (top, part) in [("spec", None), ("metadata", Some("labels")), ("metadata", Some("annotations"))] {
        let (old, new) = (&old[top], &new[top]);
        match part {
            None => differences(&format!(".{top}"), old, new, &mut fields),
            Some(part) => differences(&format!(".{top}.{part}"), &old[part], &new[part], &mut fields),
        }
    }
    fields
}

fn differences(path: &str, old: &Value, new: &Value, fields: &mut Fields) {
    if old == new {
        return;
    }
    match new {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                differences(&format!("{path}.{key}"), old.get(key).unwrap_or(&Value::Null), value, fields);
            }
        }
        _ if !new.is_null() => {
            fields.insert(path.to_string());
        }
        _ => {}
    }
}
