//! Where each Pod's endpoint is: kept by the Pod's place in the store, and by its name once it has none.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::resource::Time;
use crate::resource::meta::{BySlot, Hint, Meta, Text};

/// Where a Pod's endpoint is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Member {
    pub slice: Text,
    /// When the Pod last became Ready or unready, as far as a slice has told.
    pub told: Time,
}

/// The Pods with an endpoint.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Members {
    here: BySlot<Member>,
    others: FxHashMap<Text, Member>,
}

impl Members {
    /// Where a Pod's endpoint is. The hint is the place where the Pod is now, or none if it is gone.
    pub fn get_mut(&mut self, name: &Text, hint: Hint) -> Option<&mut Member> {
        match self.here.get_mut(hint) {
            Some(member) => Some(member),
            None if self.others.is_empty() => None,
            None => self.others.get_mut(name),
        }
    }

    /// Notes where a Pod's endpoint is that was nowhere before.
    pub fn insert(&mut self, name: &Text, hint: Hint, member: Member) {
        if hint.is_some() {
            self.here.insert(hint, member);
        } else {
            self.others.insert(name.clone(), member);
        }
    }

    /// Forgets where a Pod's endpoint was.
    pub fn remove(&mut self, name: &Text, hint: Hint) {
        if self.here.remove(hint).is_none() {
            self.others.remove(name);
        }
    }

    /// A Pod is gone: another object may get its place.
    pub fn forget_place(&mut self, pod: &Meta) {
        if let Some(member) = self.here.remove(pod) {
            self.others.insert(pod.name.clone(), member);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::meta::Slot;

    #[test]
    fn a_pod_that_comes_again_is_still_a_member_and_who_gets_its_place_is_none() {
        let (old, new) = (Hint(Slot::new(3, false)), Hint(Slot::new(7, false)));
        let name = Text::from("web-0");
        let mut pod = Meta::new("default".into(), name.clone(), None);
        pod.slot = old.0;
        let mut members = Members::default();
        members.insert(&name, old, Member { slice: "web-abc".into(), told: Time::default() });
        members.forget_place(&pod);
        assert!(members.get_mut(&"other".into(), old).is_none());
        assert_eq!(members.get_mut(&name, new).map(|member| member.slice.clone()), Some("web-abc".into()));
        members.remove(&name, new);
        assert!(members.get_mut(&name, Hint::default()).is_none() && members.get_mut(&name, old).is_none());
    }
}
