//! Siblings: objects that are made alike and are changed alike, as the claims of a template are. Each of a set's claims
//! gets the same annotations, written by the same controllers; what is worked out for one of them is shared by all.

use std::collections::VecDeque;
use std::sync::Arc;

use super::meta::{Details, Meta, Text};

/// How many changes are remembered: enough for a few that alternate, as claims go to one node after the other.
const RECENT: usize = 16;

/// A change of annotations.
#[derive(Clone, Debug)]
struct Change {
    from: Arc<Details>,
    pairs: Vec<(Text, Text)>,
    to: Arc<Details>,
}

/// The last changes of annotations.
#[derive(Clone, Debug, Default)]
pub struct Siblings {
    recent: VecDeque<Change>,
}

impl Siblings {
    /// Sets annotations of an object, as `pairs` says. What its siblings have become, it becomes.
    pub fn annotate(&mut self, meta: &mut Meta, pairs: &[(&str, &str)]) {
        let from = meta.shared_details();
        let same = |(own, other): (&(Text, Text), &(&str, &str))| *own.0 == *other.0 && *own.1 == *other.1;
        let known = self.recent.iter().find(|change| {
            Arc::ptr_eq(&change.from, &from)
                && change.pairs.len() == pairs.len()
                && change.pairs.iter().zip(pairs).all(same)
        });
        if let Some(known) = known {
            meta.share_details(&known.to);
            return;
        }
        let pairs: Vec<(Text, Text)> =
            pairs.iter().map(|(key, value)| (Text::from(*key), Text::from(*value))).collect();
        meta.annotations = meta.annotations.with(pairs.iter().cloned());
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(Change { from, pairs, to: meta.shared_details() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn siblings_share_what_they_become_and_others_do_not() {
        let details = || Details { generate_name: Some("a".into()), ..Details::default() };
        let one = Meta::new("default".into(), "one".into(), details());
        let [mut first, mut second] = [one.clone(), one];
        let mut other = Meta::new("default".into(), "other".into(), details());
        let mut siblings = Siblings::default();
        siblings.annotate(&mut first, &[("key", "value")]);
        siblings.annotate(&mut second, &[("key", "value")]);
        siblings.annotate(&mut other, &[("key", "else")]);
        assert_eq!((second.annotations.get("key"), other.annotations.get("key")), (Some("value"), Some("else")));
        assert!(Arc::ptr_eq(&first.shared_details(), &second.shared_details()));
        let mut third = second.clone();
        siblings.annotate(&mut third, &[("key", "new")]);
        assert_eq!((third.annotations.get("key"), second.annotations.get("key")), (Some("new"), Some("value")));
    }
}
