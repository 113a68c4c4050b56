//! A set's revisions: the patch each holds, its name, which one is current and which one is next, and how many are kept
//! (rules S70–S77).

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::apiserver::{ApiServer, DeleteOptions, Status};
use crate::resource::gojson;
use crate::resource::meta::{Details, Labels, Meta, OwnerReference, Text};
use crate::resource::model::{ControllerRevision, StatefulSet};
use crate::resource::object::Body;
use crate::resource::{Kind, Object};
use crate::store::Write;

use super::replicas::Replicas;

/// Label of a revision: the hash its name ends in.
const HASH_LABEL: &str = "controller.kubernetes.io/hash";

/// The revisions a sync works with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Revisions {
    /// The one that Pods below a partition have.
    #[serde(with = "crate::resource::stored::shared")]
    pub current: Arc<Object>,
    /// The one that Pods are to have.
    #[serde(with = "crate::resource::stored::shared")]
    pub update: Arc<Object>,
    /// How many names were taken.
    pub collisions: i64,
    /// All revisions of the set that there were before this sync, oldest first.
    #[serde(with = "crate::resource::stored::each")]
    pub history: Vec<Arc<Object>>,
}

/// The data of a revision: the template as a patch (rule S72).
#[must_use]
pub fn data_of(template: &Value) -> Value {
    let mut template = template.clone();
    template["$patch"] = "replace".into();
    json!({"spec": {"template": template}})
}

/// The end of a revision's name (rule S73): 32-bit FNV-1 over the data and the collision count, as a decimal number
/// whose digits are spelt in an alphabet without vowels.
#[must_use]
pub fn hash(data: &str, collisions: i64) -> String {
    const ALPHABET: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
    let bytes = data.bytes().chain(collisions.to_string().into_bytes());
    let number = bytes.fold(2_166_136_261_u32, |hash, byte| hash.wrapping_mul(16_777_619) ^ u32::from(byte));
    number.to_string().bytes().map(|byte| char::from(ALPHABET[usize::from(byte) % 27])).collect()
}

/// The revisions of a set: those it controls, and orphans its selector matches, oldest first.
#[must_use]
pub fn list(api: &ApiServer, set: &Object, spec: &StatefulSet) -> Vec<Arc<Object>> {
    let mut list: Vec<Arc<Object>> = api
        .store
        .in_namespace(Kind::ControllerRevision, &set.meta.namespace)
        .filter(|object| spec.spec.selector.matches(|key| object.meta.labels.get(key)))
        .filter(|object| object.meta.controller().is_none_or(|owner| owner.uid == set.meta.uid))
        .cloned()
        .collect();
    list.sort_by_key(|revision| order(revision));
    list
}

fn order(object: &Object) -> (i64, crate::resource::Time, Text) {
    (number(object), object.meta.created, object.meta.name.clone())
}

/// A revision's number.
#[must_use]
pub fn number(object: &Object) -> i64 {
    object.revision().map_or(0, |revision| revision.revision)
}

/// Adopts revisions that nobody controls (rule S38).
pub fn adopt(api: &mut ApiServer, set: &Object, history: &mut [Arc<Object>], write: Write) -> Result<(), Status> {
    for object in history.iter_mut().filter(|object| object.meta.controller().is_none()) {
        let mut new = (**object).clone();
        new.meta.owners.push(OwnerReference::controller(Kind::StatefulSet, set.meta.name.clone(), set.meta.uid));
        *object = api.update(new, write)?;
    }
    Ok(())
}

/// Finds or makes the current and the update revision.
pub fn resolve(
    api: &mut ApiServer,
    object: &Object,
    set: &StatefulSet,
    history: Vec<Arc<Object>>,
    write: Write,
) -> Result<Revisions, Status> {
    let data = data_of(&set.spec.json["template"]);
    let next = history.last().map_or(1, |last| number(last) + 1);
    let equal = history.iter().rposition(|revision| revision.revision().is_some_and(|r| *r.data == data));
    let mut collisions = set.status.collision_count.unwrap_or(0);
    let update = match equal {
        Some(index) if index + 1 == history.len() => Arc::clone(&history[index]),
        Some(index) => {
            let mut renumbered = (*history[index]).clone();
            if let Body::ControllerRevision(revision) = &mut renumbered.body {
                revision.revision = next;
            }
            renumbered.meta.resource_version = 0;
            api.update(renumbered, write)?
        }
        None => create(api, object, set, data, next, &mut collisions, write)?,
    };
    let named = history.iter().find(|revision| revision.meta.name == set.status.current_revision);
    let current = named.cloned().unwrap_or_else(|| Arc::clone(&update));
    Ok(Revisions { current, update, collisions, history })
}

/// Makes a revision; if its name is taken by other data, counts a collision and tries the next name (rule S74).
fn create(
    api: &mut ApiServer,
    object: &Object,
    set: &StatefulSet,
    data: Value,
    number: i64,
    collisions: &mut i64,
    write: Write,
) -> Result<Arc<Object>, Status> {
    let text = gojson::to_string(&data);
    let data = Arc::new(data);
    let labels = Labels::from_json(set.spec.json["template"]["metadata"].get("labels"));
    let first = Text::from(hash(&text, *collisions));
    let base: String = object.meta.name.chars().take(223).collect();
    loop {
        let name = Text::from(format!("{base}-{}", hash(&text, *collisions)));
        let taken = api.store.get(Kind::ControllerRevision, &object.meta.namespace, &name);
        if let Some(taken) = taken {
            if taken.revision().is_some_and(|revision| revision.data == data) {
                return Ok(Arc::clone(taken));
            }
            *collisions += 1;
            continue;
        }
        let details = Details {
            labels: labels.with([(Text::from(HASH_LABEL), first)]),
            annotations: object.meta.annotations.clone(),
            owners: vec![OwnerReference::controller(Kind::StatefulSet, object.meta.name.clone(), object.meta.uid)]
                .into(),
            ..Details::default()
        };
        let meta = Meta::new(object.meta.namespace.clone(), name, details);
        let body = Body::ControllerRevision(Box::new(ControllerRevision { data, revision: number }));
        return api.create(Object { meta, body }, write);
    }
}

/// Deletes the oldest revisions that no Pod has and that are neither current nor next, beyond the limit (rule S76).
pub fn truncate(api: &mut ApiServer, set: &StatefulSet, revisions: &Revisions, replicas: &Replicas, write: Write) {
    let limit = set.spec.history_limit;
    let live = |object: &&Arc<Object>| {
        let name = &object.meta.name;
        *name == revisions.current.meta.name || *name == revisions.update.meta.name || replicas.has_revision(name)
    };
    let old: Vec<&Arc<Object>> = revisions.history.iter().filter(|object| !live(object)).collect();
    if limit < 0 || old.len() as i64 <= limit {
        return;
    }
    for object in &old[..old.len() - limit as usize] {
        let (namespace, name) = (&object.meta.namespace, &object.meta.name);
        // One that is gone already needs no deletion.
        let _ = api.delete(Kind::ControllerRevision, namespace, name, DeleteOptions::default(), write);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worked examples of rule S73.
    #[test]
    fn s73_hashes_of_a_real_cluster() {
        let container = |extra: &str| {
            format!(
                r#""containers":[{{{extra}"terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File"}}]"#
            )
        };
        let web = container(r#""image":"nginx","imagePullPolicy":"Always","name":"nginx","resources":{},"#);
        let data = format!(
            r#"{{"spec":{{"template":{{"$patch":"replace","metadata":{{"labels":{{"app":"web"}}}},"spec":{{{web},"dnsPolicy":"ClusterFirst","restartPolicy":"Always","schedulerName":"default-scheduler","securityContext":{{}},"terminationGracePeriodSeconds":30}}}}}}}}"#
        );
        assert_eq!(hash(&data, 0), "6455bfb9c");
        let template = serde_json::from_str::<Value>(&data).unwrap()["spec"]["template"].clone();
        assert_eq!(gojson::to_string(&data_of(&template)), data);
    }
}
