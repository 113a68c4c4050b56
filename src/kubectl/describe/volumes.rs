//! The sources of volumes, of Pods and of `PersistentVolume`s alike (`describe.go`, `describeVolumes`). Nearly all are
//! a title and a list of fields, so that a table holds them; the few that are more have a function.

use serde_json::Value;

use super::json::{Json, bracketed, quantity};
use super::storage;
use super::writer::{Writer, put, shorten};

/// How a field of a source is printed.
#[derive(Clone, Copy)]
enum As {
    /// A string.
    Text,
    /// A string, `<none>` if it is missing.
    OrNone,
    /// A string, `<unset>` if it is missing.
    OrUnset,
    /// A number.
    Number,
    /// A number, `<none>` if it is missing.
    NumberOrNone,
    /// A boolean.
    Flag,
    /// Strings in brackets.
    List,
    /// Strings with commas between them.
    Commas,
    /// A map of strings.
    Map,
    /// A reference to a Secret.
    Secret,
}
use As::{Commas, Flag, List, Map, Number, NumberOrNone, OrNone, OrUnset, Secret, Text};

/// A source: its JSON name, its title, and its lines: label (with its colon), field, form.
type Source = (&'static str, &'static str, &'static [(&'static str, &'static str, As)]);

const FS: (&str, &str, As) = ("FSType:", "fsType", Text);
const RO: (&str, &str, As) = ("ReadOnly:", "readOnly", Flag);
const REF: (&str, &str, As) = ("SecretRef:", "secretRef", Secret);

/// The sources that Pods and `PersistentVolume`s print alike, in upstream's order.
const SOURCES: &[Source] = &[
    (
        "hostPath",
        "HostPath (bare host directory volume)",
        &[("Path:", "path", Text), ("HostPathType:", "type", OrNone)],
    ),
    (
        "gcePersistentDisk",
        "GCEPersistentDisk (a Persistent Disk resource in Google Compute Engine)",
        &[("PDName:", "pdName", Text), FS, ("Partition:", "partition", Number), RO],
    ),
    (
        "awsElasticBlockStore",
        "AWSElasticBlockStore (a Persistent Disk resource in AWS)",
        &[("VolumeID:", "volumeID", Text), FS, ("Partition:", "partition", Number), RO],
    ),
    (
        "gitRepo",
        "GitRepo (a volume that is pulled from git when the pod is created)",
        &[("Repository:", "repository", Text), ("Revision:", "revision", Text)],
    ),
    (
        "secret",
        "Secret (a volume populated by a Secret)",
        &[("SecretName:", "secretName", Text), ("Optional:", "optional", Flag)],
    ),
    (
        "configMap",
        "ConfigMap (a volume populated by a ConfigMap)",
        &[("Name:", "name", Text), ("Optional:", "optional", Flag)],
    ),
    (
        "nfs",
        "NFS (an NFS mount that lasts the lifetime of a pod)",
        &[("Server:", "server", Text), ("Path:", "path", Text), RO],
    ),
    (
        "iscsi",
        "ISCSI (an ISCSI Disk resource that is attached to a kubelet's host machine and then exposed to the pod)",
        &[
            ("TargetPortal:", "targetPortal", Text),
            ("IQN:", "iqn", Text),
            ("Lun:", "lun", Number),
            ("ISCSIInterface", "iscsiInterface", Text),
            FS,
            RO,
            ("Portals:", "portals", List),
            ("DiscoveryCHAPAuth:", "chapAuthDiscovery", Flag),
            ("SessionCHAPAuth:", "chapAuthSession", Flag),
            REF,
            ("InitiatorName:", "initiatorName", OrNone),
        ],
    ),
    (
        "persistentVolumeClaim",
        "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
        &[("ClaimName:", "claimName", Text), RO],
    ),
    (
        "rbd",
        "RBD (a Rados Block Device mount on the host that shares a pod's lifetime)",
        &[
            ("CephMonitors:", "monitors", List),
            ("RBDImage:", "image", Text),
            FS,
            ("RBDPool:", "pool", Text),
            ("RadosUser:", "user", Text),
            ("Keyring:", "keyring", Text),
            REF,
            RO,
        ],
    ),
    (
        "quobyte",
        "Quobyte (a Quobyte mount on the host that shares a pod's lifetime)",
        &[("Registry:", "registry", Text), ("Volume:", "volume", Text), RO],
    ),
    (
        "azureDisk",
        "AzureDisk (an Azure Data Disk mount on the host and bind mount to the pod)",
        &[
            ("DiskName:", "diskName", Text),
            ("DiskURI:", "diskURI", Text),
            ("Kind: ", "kind", Text),
            FS,
            ("CachingMode:", "cachingMode", Text),
            RO,
        ],
    ),
    (
        "vsphereVolume",
        "vSphereVolume (a Persistent Disk resource in vSphere)",
        &[("VolumePath:", "volumePath", Text), FS, ("StoragePolicyName:", "storagePolicyName", Text)],
    ),
    ("cinder", "Cinder (a Persistent Disk resource in OpenStack)", &[("VolumeID:", "volumeID", Text), FS, RO, REF]),
    (
        "photonPersistentDisk",
        "PhotonPersistentDisk (a Persistent Disk resource in photon platform)",
        &[("PdID:", "pdID", Text), FS],
    ),
    ("portworxVolume", "PortworxVolume (a Portworx Volume resource)", &[("VolumeID:", "volumeID", Text)]),
    ("local", "LocalVolume (a persistent volume backed by local storage on a node)", &[("Path:", "path", Text)]),
    (
        "cephfs",
        "CephFS (a CephFS mount on the host that shares a pod's lifetime)",
        &[
            ("Monitors:", "monitors", List),
            ("Path:", "path", Text),
            ("User:", "user", Text),
            ("SecretFile:", "secretFile", Text),
            REF,
            RO,
        ],
    ),
    (
        "storageos",
        "StorageOS (a StorageOS Persistent Disk resource)",
        &[("VolumeName:", "volumeName", Text), ("VolumeNamespace:", "volumeNamespace", Text), FS, RO],
    ),
    (
        "fc",
        "FC (a Fibre Channel disk)",
        &[("TargetWWNs:", "targetWWNs", Commas), ("LUN:", "lun", NumberOrNone), FS, RO],
    ),
    (
        "flexVolume",
        "FlexVolume (a generic volume resource that is provisioned/attached using an exec based plugin)",
        &[("Driver:", "driver", Text), FS, REF, RO, ("Options:", "options", Map)],
    ),
    (
        "flocker",
        "Flocker (a Flocker volume mounted by the Flocker agent)",
        &[("DatasetName:", "datasetName", Text), ("DatasetUUID:", "datasetUUID", Text)],
    ),
    (
        "image",
        "Image (a container image or OCI artifact)",
        &[("Reference:", "reference", Text), ("PullPolicy:", "pullPolicy", Text)],
    ),
];

const GLUSTERFS: &str = "Glusterfs (a Glusterfs mount on the host that shares a pod's lifetime)";
const SCALE_IO: &str = "ScaleIO (a persistent volume backed by a block device in ScaleIO)";
const AZURE_FILE: &str = "AzureFile (an Azure File Service mount on the host and bind mount to the pod)";
const CSI: &str = "CSI (a Container Storage Interface (CSI) volume source)";

/// The sources that Pods print in a way of their own.
const OF_PODS: &[Source] = &[
    ("glusterfs", GLUSTERFS, &[("EndpointsName:", "endpoints", Text), ("Path:", "path", Text), RO]),
    (
        "scaleIO",
        SCALE_IO,
        &[
            ("Gateway:", "gateway", Text),
            ("System:", "system", Text),
            ("Protection Domain:", "protectionDomain", Text),
            ("Storage Pool:", "storagePool", Text),
            ("Storage Mode:", "storageMode", Text),
            ("VolumeName:", "volumeName", Text),
            FS,
            RO,
        ],
    ),
    ("azureFile", AZURE_FILE, &[("SecretName:", "secretName", Text), ("ShareName:", "shareName", Text), RO]),
    ("csi", CSI, &[("Driver:", "driver", Text), FS, RO]),
];

/// The sources that `PersistentVolume`s print in a way of their own.
const OF_VOLUMES: &[Source] = &[
    (
        "glusterfs",
        GLUSTERFS,
        &[
            ("EndpointsName:", "endpoints", Text),
            ("EndpointsNamespace:", "endpointsNamespace", OrUnset),
            ("Path:", "path", Text),
            RO,
        ],
    ),
    (
        "scaleIO",
        SCALE_IO,
        &[
            ("Gateway:", "gateway", Text),
            ("System:", "system", Text),
            ("Protection Domain:", "protectionDomain", Text),
            ("Storage Pool:", "storagePool", Text),
            ("Storage Mode:", "storageMode", Text),
            ("VolumeName:", "volumeName", Text),
            ("SecretName:", "secretRef.name", Text),
            ("SecretNamespace:", "secretRef.namespace", Text),
            FS,
            RO,
        ],
    ),
    (
        "azureFile",
        AZURE_FILE,
        &[
            ("SecretName:", "secretName", Text),
            ("SecretNamespace:", "secretNamespace", Text),
            ("ShareName:", "shareName", Text),
            RO,
        ],
    ),
    ("csi", CSI, &[("Driver:", "driver", Text), FS, ("VolumeHandle:", "volumeHandle", Text), RO]),
];

/// Writes the volumes of a Pod or a Pod template.
pub(super) fn write(w: &mut Writer, volumes: &[Value], space: &str) {
    if volumes.is_empty() {
        put!(w, 0, "{space}Volumes:\t<none>\n");
        return;
    }
    put!(w, 0, "{space}Volumes:\n");
    let indent = if space.is_empty() { "" } else { " " };
    for volume in volumes {
        put!(w, 1, "{indent}{}:\n", volume.text("name"));
        if volume.has("emptyDir") {
            empty_dir(w, volume.at("emptyDir"));
        } else if volume.has("ephemeral") {
            ephemeral(w, volume.at("ephemeral"));
        } else if volume.has("downwardAPI") {
            downward_api(w, volume.at("downwardAPI"));
        } else if volume.has("projected") {
            projected(w, volume.at("projected"));
        } else if !source(w, volume, OF_PODS, false) {
            put!(w, 1, "<unknown>\n");
        }
    }
}

/// Writes the source of a `PersistentVolume`, given its spec.
pub(super) fn write_source(w: &mut Writer, spec: &Value) {
    if !source(w, spec, OF_VOLUMES, true) {
        put!(w, 1, "<unknown>\n");
    }
}

/// Writes the source that `holder` has, if the tables know it. References to Secrets of `PersistentVolume`s have a
/// namespace.
fn source(w: &mut Writer, holder: &Value, own: &[Source], namespaced: bool) -> bool {
    let Some((key, title, lines)) = SOURCES.iter().chain(own).find(|(key, ..)| holder.has(key)) else { return false };
    let source = holder.at(key);
    put!(w, 2, "Type:\t{title}\n");
    for (label, field, form) in *lines {
        put!(w, 2, "{label}\t{}\n", shown(source, field, *form, namespaced));
    }
    if *key == "csi" {
        attributes(w, source);
    }
    true
}

fn shown(source: &Value, field: &str, form: As, namespaced: bool) -> String {
    let or = |default: &str| if source.has(field) { source.text(field) } else { default }.to_string();
    match form {
        Text => or(""),
        OrNone => or("<none>"),
        OrUnset => or("<unset>"),
        NumberOrNone if !source.has(field) => "<none>".to_string(),
        Number | NumberOrNone => source.int(field).to_string(),
        Flag => source.flag(field).to_string(),
        List => bracketed(&source.words(field)),
        Commas => source.words(field).join(", "),
        Map => {
            let entries: Vec<String> = source.map(field).iter().map(|(key, value)| format!("{key}:{value}")).collect();
            format!("map[{}]", entries.join(" "))
        }
        Secret if !source.has(field) => "nil".to_string(),
        Secret => {
            let (name, namespace) = (source.at(field).text("name"), source.at(field).text("namespace"));
            if namespaced {
                format!("&SecretReference{{Name:{name},Namespace:{namespace},}}")
            } else {
                format!("&LocalObjectReference{{Name:{name},}}")
            }
        }
    }
}

fn attributes(w: &mut Writer, csi: &Value) {
    put!(w, 2, "VolumeAttributes:\t");
    let attributes = csi.map("volumeAttributes");
    if attributes.is_empty() {
        w.end("<none>");
    }
    for (index, (key, value)) in attributes.into_iter().enumerate() {
        if index > 0 {
            put!(w, 2, "");
            put!(w, 2, "\t");
        }
        put!(w, 2, "{}\n", shorten(&format!("{key}={value}"), 140));
    }
}

fn empty_dir(w: &mut Writer, source: &Value) {
    let limit = quantity(source.at("sizeLimit"));
    let limited = !limit.starts_with('-') && limit.contains(|c: char| ('1'..='9').contains(&c));
    put!(w, 2, "Type:\tEmptyDir (a temporary directory that shares a pod's lifetime)\n");
    put!(w, 2, "Medium:\t{}\n", source.text("medium"));
    put!(w, 2, "SizeLimit:\t{}\n", if limited { &limit } else { "<unset>" });
}

fn ephemeral(w: &mut Writer, source: &Value) {
    put!(
        w,
        2,
        "Type:\tEphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)\n"
    );
    if source.has("volumeClaimTemplate") {
        w.nested(2, |w| storage::claim_of_template(w, source.at("volumeClaimTemplate")));
    }
}

fn downward_api(w: &mut Writer, source: &Value) {
    put!(w, 2, "Type:\tDownwardAPI (a volume populated by information about the pod)\n");
    put!(w, 2, "Items:\n");
    for item in source.items("items") {
        for (reference, field) in [("fieldRef", "fieldPath"), ("resourceFieldRef", "resource")] {
            if item.has(reference) {
                put!(w, 3, "{} -> {}\n", item.at(reference).text(field), item.text("path"));
            }
        }
    }
}

fn projected(w: &mut Writer, source: &Value) {
    put!(w, 2, "Type:\tProjected (a volume that contains injected data from multiple sources)\n");
    for part in source.items("sources") {
        if part.has("secret") {
            put!(w, 2, "SecretName:\t{}\n", part.text("secret.name"));
            put!(w, 2, "Optional:\t{}\n", part.flag("secret.optional"));
        } else if part.has("downwardAPI") {
            put!(w, 2, "DownwardAPI:\ttrue\n");
        } else if part.has("configMap") {
            put!(w, 2, "ConfigMapName:\t{}\n", part.text("configMap.name"));
            put!(w, 2, "Optional:\t{}\n", part.flag("configMap.optional"));
        } else if part.has("serviceAccountToken") {
            put!(w, 2, "TokenExpirationSeconds:\t{}\n", part.int("serviceAccountToken.expirationSeconds"));
        }
    }
}
