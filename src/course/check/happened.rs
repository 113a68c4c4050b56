//! What happened, in the words of checks: `web-2 deleted`, `pvc/www-web-0 bound`. The words come from the milestones of
//! the history; `deleted` is the moment at which deletion was asked for, `gone` the one at which the object was removed.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::cluster::Cluster;
use crate::resource::meta::Uid;
use crate::resource::{Kind, Time};
use crate::store::{Change, ChangeId, Milestone};

/// The words for what can happen to an object.
const WORDS: &[&str] = &[
    "created",
    "ready",
    "deleted",
    "gone",
    "bound",
    "updated",
    "running",
    "unready",
    "failed",
    "succeeded",
    "released",
    "scheduled",
    "resized",
];

/// Something that may happen: an object and a word. A `*` in the name stands for any characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    kind: Kind,
    name: String,
    word: &'static str,
}

impl FromStr for Happening {
    type Err = String;

    fn from_str(text: &str) -> Result<Happening, String> {
        let mut parts = text.split_whitespace();
        let (Some(object), Some(word), None) = (parts.next(), parts.next(), parts.next()) else {
            return Err(format!("{text:?} is not an object and a word, as in `web-0 ready` or `pvc/data-web-0 bound`"));
        };
        let known = WORDS.iter().find(|known| **known == word);
        let word = known.ok_or_else(|| format!("{word:?} in {text:?} is none of {}", WORDS.join(", ")))?;
        let (kind, name) = match object.split_once('/') {
            Some((kind, name)) => {
                (Kind::parse(kind).ok_or_else(|| format!("the lab has no kind {kind:?}, in {text:?}"))?, name)
            }
            None => (Kind::Pod, object),
        };
        Ok(Happening { kind, name: name.to_string(), word })
    }
}

impl fmt::Display for Happening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Pod => write!(f, "{} {}", self.name, self.word),
            kind => write!(f, "{}/{} {}", kind.info().singular, self.name, self.word),
        }
    }
}

impl Happening {
    /// Whether the other one, which has no `*`, is one of these.
    fn covers(&self, other: &Happening) -> bool {
        self.kind == other.kind && self.word == other.word && fits(&self.name, &other.name)
    }

    /// Whether both are about the same objects.
    fn is_about(&self, kind: Kind, name: &str) -> bool {
        self.kind == kind && fits(&self.name, name)
    }
}

/// Whether a name fits a pattern with `*`.
fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

/// The names of objects of a kind to which something happened since a change, in order.
#[must_use]
pub fn names(cluster: &Cluster, since: ChangeId, kind: Kind, word: &str) -> Vec<String> {
    let any = Happening { kind, name: "*".into(), word: WORDS.iter().find(|known| **known == word).unwrap_or(&"") };
    let wanted =
        all(cluster, since, std::slice::from_ref(&any)).into_iter().filter(|(_, happened)| any.covers(happened));
    wanted.map(|(_, happened)| happened.name).collect()
}

/// What happened since a change to the objects that these are about.
fn all(cluster: &Cluster, since: ChangeId, about: &[Happening]) -> Vec<(Time, Happening)> {
    let mut terminating: BTreeSet<Uid> = BTreeSet::new();
    let mut out = Vec::new();
    for change in cluster.api.store.history.changes() {
        if change.milestones.is_empty() || !about.iter().any(|wanted| wanted.is_about(change.kind, change.name)) {
            continue;
        }
        for milestone in change.milestones {
            let words = words(milestone, &change, &mut terminating);
            if change.id >= since {
                let happened = |word| Happening { kind: change.kind, name: change.name.to_string(), word };
                out.extend(words.into_iter().flatten().map(|word| (change.time, happened(word))));
            }
        }
    }
    out
}

fn words(milestone: &Milestone, change: &Change<'_>, terminating: &mut BTreeSet<Uid>) -> [Option<&'static str>; 2] {
    let one = |word| [Some(word), None];
    match milestone {
        Milestone::Created(_) => one("created"),
        Milestone::Updated(_) => one("updated"),
        Milestone::Terminating => {
            terminating.insert(change.uid);
            one("deleted")
        }
        // What is removed at once was never seen waiting for it.
        Milestone::Deleted if terminating.insert(change.uid) => [Some("deleted"), Some("gone")],
        Milestone::Deleted => one("gone"),
        Milestone::Scheduled(_) => one("scheduled"),
        Milestone::Resized(_) => one("resized"),
        Milestone::Word(word) => [WORDS.iter().find(|known| **known == word.as_str()).copied(), None],
        _ => [None, None],
    }
}

/// All of these happened, each after the one before it.
pub(super) fn in_order(cluster: &Cluster, since: ChangeId, wanted: &[Happening]) -> Result<(), String> {
    let happened = all(cluster, since, wanted);
    let mut from = 0;
    let mut before: Option<&Happening> = None;
    for want in wanted {
        let Some(at) = happened[from..].iter().position(|(_, happened)| want.covers(happened)) else {
            return Err(out_of_order(want, before, &happened, wanted));
        };
        from += at + 1;
        before = Some(want);
    }
    Ok(())
}

fn out_of_order(
    want: &Happening,
    before: Option<&Happening>,
    happened: &[(Time, Happening)],
    wanted: &[Happening],
) -> String {
    let related = happened.iter().map(|(_, happened)| happened).filter(|h| wanted.iter().any(|want| want.covers(h)));
    let related: Vec<String> = related.map(ToString::to_string).collect();
    let what = match before {
        Some(before) if happened.iter().any(|(_, happened)| want.covers(happened)) => {
            format!("wanted `{want}` after `{before}`, it came before it")
        }
        Some(before) => format!("`{want}` did not happen (wanted after `{before}`)"),
        None => format!("`{want}` did not happen"),
    };
    match related.as_slice() {
        [] => format!("{what}; none of the wanted steps happened"),
        steps => {
            let more = if steps.len() > 8 { format!(" and {} more", steps.len() - 8) } else { String::new() };
            format!("{what}; what happened: {}{more}", steps[..steps.len().min(8)].join(", "))
        }
    }
}

/// None of these happened.
pub(super) fn never(cluster: &Cluster, since: ChangeId, unwanted: &[Happening]) -> Result<(), String> {
    let happened = all(cluster, since, unwanted);
    let start = cluster.api.store.history.get(since).map_or(Time::LAB_START, |change| change.time);
    match happened.iter().find(|(_, happened)| unwanted.iter().any(|word| word.covers(happened))) {
        Some((time, happened)) => Err(format!("`{happened}` happened, {} s in", time.since(start).as_secs())),
        None => Ok(()),
    }
}
