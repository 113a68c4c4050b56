//! The kinds of objects the lab knows, and what discovery says of each: group, version, resource name, short names.

use std::fmt;
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};

use super::meta::Text;

/// A kind of API object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// `v1`, namespaced.
    ConfigMap,
    /// `v1`, namespaced; derived from `EndpointSlice`s, read-only.
    Endpoints,
    /// `v1`, namespaced.
    Event,
    /// `v1`, namespaced.
    LimitRange,
    /// `v1`, cluster-scoped.
    Namespace,
    /// `v1`, cluster-scoped.
    Node,
    /// `v1`, namespaced.
    PersistentVolumeClaim,
    /// `v1`, cluster-scoped.
    PersistentVolume,
    /// `v1`, namespaced.
    Pod,
    /// `v1`, namespaced.
    ResourceQuota,
    /// `v1`, namespaced.
    Secret,
    /// `v1`, namespaced.
    ServiceAccount,
    /// `v1`, namespaced.
    Service,
    /// `apps/v1`, namespaced.
    ControllerRevision,
    /// `apps/v1`, namespaced.
    DaemonSet,
    /// `apps/v1`, namespaced.
    Deployment,
    /// `apps/v1`, namespaced.
    ReplicaSet,
    /// `apps/v1`, namespaced.
    StatefulSet,
    /// `discovery.k8s.io/v1`, namespaced.
    EndpointSlice,
    /// `networking.k8s.io/v1`, namespaced.
    Ingress,
    /// `policy/v1`, namespaced.
    PodDisruptionBudget,
    /// `scheduling.k8s.io/v1`, cluster-scoped.
    PriorityClass,
    /// `storage.k8s.io/v1`, cluster-scoped.
    CSIDriver,
    /// `storage.k8s.io/v1`, cluster-scoped.
    CSINode,
    /// `storage.k8s.io/v1`, cluster-scoped.
    StorageClass,
    /// `storage.k8s.io/v1`, cluster-scoped.
    VolumeAttachment,
}

/// What discovery says of a kind.
#[derive(Debug)]
pub struct KindInfo {
    /// The kind this is about.
    pub kind: Kind,
    /// The kind's name as manifests have it (`StatefulSet`).
    pub name: &'static str,
    /// API group, empty for the core group.
    pub group: &'static str,
    /// API version without the group.
    pub version: &'static str,
    /// Plural resource name (`statefulsets`).
    pub plural: &'static str,
    /// Singular resource name (`statefulset`).
    pub singular: &'static str,
    /// Short names (`sts`).
    pub short: &'static [&'static str],
    /// Whether objects live in a namespace.
    pub namespaced: bool,
    /// Whether `kubectl get all` lists it.
    pub in_all: bool,
}

macro_rules! kinds {
    ($($kind:ident $group:literal $plural:literal $short:expr, $scope:ident $all:literal;)*) => {
        /// Every kind, in the order of [`Kind`].
        pub const ALL: &[KindInfo] = &[$(KindInfo {
            kind: Kind::$kind,
            name: stringify!($kind),
            group: $group,
            version: "v1",
            plural: $plural,
            singular: singular(Kind::$kind),
            short: &$short,
            namespaced: kinds!(@scope $scope),
            in_all: $all,
        }),*];
    };
    (@scope ns) => { true };
    (@scope cluster) => { false };
}

const fn singular(kind: Kind) -> &'static str {
    match kind {
        Kind::ConfigMap => "configmap",
        Kind::Endpoints => "endpoints",
        Kind::Event => "event",
        Kind::LimitRange => "limitrange",
        Kind::Namespace => "namespace",
        Kind::Node => "node",
        Kind::PersistentVolumeClaim => "persistentvolumeclaim",
        Kind::PersistentVolume => "persistentvolume",
        Kind::Pod => "pod",
        Kind::ResourceQuota => "resourcequota",
        Kind::Secret => "secret",
        Kind::ServiceAccount => "serviceaccount",
        Kind::Service => "service",
        Kind::ControllerRevision => "controllerrevision",
        Kind::DaemonSet => "daemonset",
        Kind::Deployment => "deployment",
        Kind::ReplicaSet => "replicaset",
        Kind::StatefulSet => "statefulset",
        Kind::EndpointSlice => "endpointslice",
        Kind::Ingress => "ingress",
        Kind::PodDisruptionBudget => "poddisruptionbudget",
        Kind::PriorityClass => "priorityclass",
        Kind::CSIDriver => "csidriver",
        Kind::CSINode => "csinode",
        Kind::StorageClass => "storageclass",
        Kind::VolumeAttachment => "volumeattachment",
    }
}

kinds! {
    ConfigMap "" "configmaps" ["cm"], ns false;
    Endpoints "" "endpoints" ["ep"], ns false;
    Event "" "events" ["ev"], ns false;
    LimitRange "" "limitranges" ["limits"], ns false;
    Namespace "" "namespaces" ["ns"], cluster false;
    Node "" "nodes" ["no"], cluster false;
    PersistentVolumeClaim "" "persistentvolumeclaims" ["pvc"], ns false;
    PersistentVolume "" "persistentvolumes" ["pv"], cluster false;
    Pod "" "pods" ["po"], ns true;
    ResourceQuota "" "resourcequotas" ["quota"], ns false;
    Secret "" "secrets" [], ns false;
    ServiceAccount "" "serviceaccounts" ["sa"], ns false;
    Service "" "services" ["svc"], ns true;
    ControllerRevision "apps" "controllerrevisions" [], ns false;
    DaemonSet "apps" "daemonsets" ["ds"], ns true;
    Deployment "apps" "deployments" ["deploy"], ns true;
    ReplicaSet "apps" "replicasets" ["rs"], ns true;
    StatefulSet "apps" "statefulsets" ["sts"], ns true;
    EndpointSlice "discovery.k8s.io" "endpointslices" [], ns false;
    Ingress "networking.k8s.io" "ingresses" ["ing"], ns false;
    PodDisruptionBudget "policy" "poddisruptionbudgets" ["pdb"], ns false;
    PriorityClass "scheduling.k8s.io" "priorityclasses" ["pc"], cluster false;
    CSIDriver "storage.k8s.io" "csidrivers" [], cluster false;
    CSINode "storage.k8s.io" "csinodes" [], cluster false;
    StorageClass "storage.k8s.io" "storageclasses" ["sc"], cluster false;
    VolumeAttachment "storage.k8s.io" "volumeattachments" [], cluster false;
}

/// `metav1.TypeMeta`: what sort of object something is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypeMeta {
    /// `Pod`.
    pub kind: Text,
    /// `v1`.
    pub api_version: Text,
}

impl Kind {
    /// How many kinds there are: `kind as usize` is below it.
    pub const COUNT: usize = ALL.len();

    /// What discovery says of this kind.
    #[must_use]
    pub fn info(self) -> &'static KindInfo {
        &ALL[self as usize]
    }

    /// `apps/v1`, or `v1` for the core group.
    #[must_use]
    pub fn api_version(self) -> String {
        let info = self.info();
        if info.group.is_empty() { info.version.to_string() } else { format!("{}/{}", info.group, info.version) }
    }

    /// The kind's name and its `apiVersion`, which everybody shares.
    #[must_use]
    pub fn type_meta(self) -> &'static Arc<TypeMeta> {
        static ALL_TYPES: LazyLock<Vec<Arc<TypeMeta>>> = LazyLock::new(|| {
            let types = ALL.iter().map(|i| TypeMeta { kind: i.name.into(), api_version: i.kind.api_version().into() });
            types.map(Arc::new).collect()
        });
        &ALL_TYPES[self as usize]
    }

    /// The resource with its group as messages have it: `statefulsets.apps`, `pods`.
    #[must_use]
    pub fn resource(self) -> String {
        qualified(self.info().plural, self.info().group)
    }

    /// The singular with its group as kubectl prints it before a name: `statefulset.apps`, `pod`.
    #[must_use]
    pub fn singular_with_group(self) -> String {
        qualified(self.info().singular, self.info().group)
    }

    /// The kind of this `apiVersion` and `kind`, spelt exactly as manifests must.
    #[must_use]
    pub fn of(api_version: &str, kind: &str) -> Option<Kind> {
        ALL.iter().find(|i| i.name == kind && i.kind.api_version() == api_version).map(|i| i.kind)
    }

    /// The kind a person means on a command line: plural, singular, short name or kind, in any case, with or without
    /// version and group (`sts`, `StatefulSet`, `statefulsets.apps`, `statefulsets.v1.apps`).
    #[must_use]
    pub fn parse(word: &str) -> Option<Kind> {
        let word = word.to_lowercase();
        let (name, rest) = word.split_once('.').unwrap_or((&word, ""));
        ALL.iter()
            .filter(|i| rest.is_empty() || rest == i.group || rest.strip_prefix("v1.").is_some_and(|g| g == i.group))
            .find(|i| i.plural == name || i.singular == name || i.short.contains(&name))
            .map(|i| i.kind)
    }
}

fn qualified(name: &str, group: &str) -> String {
    if group.is_empty() { name.to_string() } else { format!("{name}.{group}") }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.info().name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_enum() {
        for (index, info) in ALL.iter().enumerate() {
            assert_eq!(info.kind as usize, index, "{}", info.name);
        }
    }

    #[test]
    fn words_of_a_command_line() {
        for word in ["sts", "StatefulSet", "statefulsets", "statefulsets.apps", "statefulsets.v1.apps"] {
            assert_eq!(Kind::parse(word), Some(Kind::StatefulSet), "{word}");
        }
        assert_eq!(Kind::parse("statefulsets.batch"), None);
        assert_eq!(Kind::of("apps/v1", "StatefulSet"), Some(Kind::StatefulSet));
        assert_eq!(Kind::of("v1", "StatefulSet"), None);
    }
}
