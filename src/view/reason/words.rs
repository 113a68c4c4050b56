//! The words for what happens: for components, for milestones, for volumes and waiting containers.

use super::super::style::Tone;
use crate::resource::Kind;
use crate::store::milestone::{Created, EndpointChange, Revision};
use crate::store::{Actor, Change, Milestone, Word};

/// A component in the word that people use for it.
#[must_use]
pub fn who(actor: Actor) -> &'static str {
    match actor {
        Actor::User => "you",
        Actor::ApiServer => "apiserver",
        Actor::StatefulSetController => "statefulset",
        Actor::DeploymentController => "deployment",
        Actor::ReplicaSetController => "replicaset",
        Actor::DaemonSetController => "daemonset",
        Actor::Scheduler => "scheduler",
        Actor::Kubelet => "kubelet",
        Actor::PersistentVolumeController => "volume binder",
        Actor::VolumeProtection => "protection",
        Actor::VolumeExpander => "resizer",
        Actor::StorageDriver => "storage driver",
        Actor::AttachDetachController => "attach detach",
        Actor::EndpointSliceController => "endpointslice",
        Actor::GarbageCollector => "garbage collector",
        Actor::DisruptionController => "disruption",
        Actor::ResourceQuotaController => "quota",
        Actor::NodeController => "node controller",
        Actor::TaintEvictionController => "taint eviction",
        Actor::PodGarbageCollector => "pod gc",
        Actor::NamespaceController => "namespaces",
        Actor::ServiceController => "cloud controller",
    }
}

/// Whether a milestone only accompanies another one of the same write.
#[must_use]
pub fn accompanies(milestone: &Milestone, change: &Change<'_>) -> bool {
    let has = |word| change.milestones.contains(&Milestone::Word(word));
    match milestone {
        Milestone::Address(_) | Milestone::Word(Word::Pending) => true,
        Milestone::Word(Word::Running) => has(Word::Ready),
        Milestone::Word(Word::Succeeded | Word::Failed) => has(Word::Unready),
        _ => false,
    }
}

pub(super) fn revision_of(created: &Created) -> String {
    match &created.revision {
        Some(Revision::Label(label)) => label.to_string(),
        _ => String::new(),
    }
}

pub(super) fn of_volume(milestone: &Milestone) -> String {
    match milestone {
        Milestone::Deleted => "its claim is gone, and its reclaim policy is Delete".into(),
        Milestone::Word(Word::Released) => "its claim is gone".into(),
        Milestone::Created(_) => "the provisioner of the claim's StorageClass made it".into(),
        _ => String::new(),
    }
}

pub(super) fn why_waiting(reason: &str) -> &'static str {
    match reason {
        "CrashLoopBackOff" => "its container exits; the kubelet starts it again after a pause that doubles",
        "ErrImagePull" => "the image cannot be pulled",
        "ImagePullBackOff" => "the image cannot be pulled; the next try comes after a pause that doubles",
        "CreateContainerConfigError" => "a ConfigMap, Secret or key that it names does not exist",
        _ => "",
    }
}

/// What a milestone says.
pub(super) fn what(change: &Change<'_>, milestone: &Milestone) -> (String, Tone) {
    let kind = crate::view::words::of_kind(change.kind);
    let name = match change.kind {
        Kind::PersistentVolume => super::super::claims::short_volume(change.name),
        _ => change.name.to_string(),
    };
    let about = format!("{kind} {name}");
    match milestone {
        Milestone::Created(_) => (format!("{about} created"), Tone::Plain),
        Milestone::Updated(_) => (format!("{about} changed"), Tone::Plain),
        Milestone::Labels(_) => (format!("{about}: labels changed"), Tone::Plain),
        Milestone::Owners(owners) if owners.is_empty() => (format!("{about}: no owner any more"), Tone::Plain),
        Milestone::Owners(owners) => (format!("{about}: owner {owners}"), Tone::Plain),
        Milestone::Terminating => (format!("{about} terminating"), Tone::Waiting),
        Milestone::Deleted => (format!("{about} deleted"), Tone::Plain),
        Milestone::Scheduled(node) => (format!("{about} on {node}"), Tone::Plain),
        Milestone::Waiting(reason) => (format!("{about}: {reason}"), Tone::Bad),
        Milestone::Word(Word::Ready) => (format!("{about} Ready"), Tone::Good),
        Milestone::Word(Word::Unready) => (format!("{about} not Ready"), Tone::Waiting),
        Milestone::Word(Word::Failed) => (format!("{about} Failed"), Tone::Bad),
        Milestone::Word(word) => (format!("{about} {}", word.as_str()), Tone::Plain),
        Milestone::Address(ip) => (format!("{about} has address {ip}"), Tone::Plain),
        Milestone::ResizeRequested(size) => (format!("{about} is to grow to {size}"), Tone::Plain),
        Milestone::Resized(size) => (format!("{about} grown to {size}"), Tone::Plain),
        Milestone::Condition(kind) => (format!("{about}: {kind}"), Tone::Waiting),
        Milestone::Endpoints(changes) => {
            let word = |change: &EndpointChange| match change.state {
                Some((true, ..)) => format!("{} ready", change.pod),
                Some((_, _, true)) => format!("{} terminating", change.pod),
                Some(_) => format!("{} not ready", change.pod),
                None => format!("{} gone", change.pod),
            };
            let words: Vec<String> = changes.iter().map(word).collect();
            (format!("{about}: {}", words.join(", ")), Tone::Plain)
        }
        Milestone::Said(event) if event.warning => {
            (format!("{} {}: {}", event.about.of.kind, event.about.name, event.reason), Tone::Bad)
        }
        Milestone::Status(members) => super::super::nodes::what(&about, members),
        Milestone::SetStatus(_) | Milestone::Said(_) => (String::new(), Tone::Plain),
    }
}
