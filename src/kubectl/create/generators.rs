//! The words below `kubectl create` that make an object from flags, and the flags all of them have.

use super::{configmap, deployment, ingress, policy, secret, service, simple};
use crate::kubectl::Run;
use crate::kubectl::error::{CmdError, message};
use crate::kubectl::flags::{Flag, field_manager};

/// Flags of every generator.
pub(super) static OWN: &[Flag] = &[field_manager("kubectl-create")];

/// Flags of every generator, with the flags given in front.
macro_rules! flags {
    ($own:expr) => {
        &[
            $own,
            $crate::kubectl::flags::PRINT,
            $crate::kubectl::flags::SAVE_CONFIG,
            $crate::kubectl::flags::VALIDATE,
            $crate::kubectl::flags::DRY_RUN,
            $crate::kubectl::create::generators::OWN,
        ]
    };
}
pub(super) use flags;

/// `--append-hash` of what the hash is made of.
pub(super) const APPEND_HASH: Flag = Flag::bool("append-hash", "Append a hash of the content to the name");

/// What kubectl has and the lab has no kind for, and what to do instead.
const INSTEAD: &[(&[&str], &str)] = &[
    (
        &["clusterrole", "clusterrolebinding", "role", "rolebinding"],
        "its one user may do everything, and nobody asks for roles: \"kubectl auth can-i --list\"",
    ),
    (&["job"], "\"kubectl run NAME --image=IMAGE --restart=Never\" runs a container once"),
    (
        &["cronjob", "cj"],
        "\"kubectl run NAME --image=IMAGE --restart=Never\" runs a container once, as often as you type it",
    ),
    (&["token"], "nobody logs in here, so that no token would be asked for: \"kubectl auth whoami\""),
];

/// The generators with their aliases.
static GENERATORS: &[(&[&str], Run)] = &[
    (&["configmap", "cm"], configmap::run),
    (&["deployment", "deploy"], deployment::run),
    (&["ingress", "ing"], ingress::run),
    (&["namespace", "ns"], simple::namespace),
    (&["poddisruptionbudget", "pdb"], policy::budget),
    (&["priorityclass", "pc"], policy::priority),
    (&["quota", "resourcequota"], policy::quota),
    (&["secret"], secret::run),
    (&["service", "svc"], service::run),
    (&["serviceaccount", "sa"], simple::service_account),
];

/// The generator of a word; `None` if the word is none of `create`'s.
pub(super) fn find(word: &str) -> Option<Result<Run, CmdError>> {
    if let Some((_, about)) = INSTEAD.iter().find(|(names, _)| names.contains(&word)) {
        return Some(Err(message(format!("this lab does not model \"kubectl create {word}\"; {about}"))));
    }
    GENERATORS.iter().find(|(names, _)| names.contains(&word)).map(|(_, run)| Ok(*run))
}
