//! The words below `kubectl create` that make an object from flags, and the flags all of them have.

use super::{configmap, deployment, policy, secret, service, simple};
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

/// What kubectl has and the lab has no kind for.
const LATER: &[&str] =
    &["clusterrole", "clusterrolebinding", "cronjob", "cj", "ingress", "ing", "job", "role", "rolebinding", "token"];

/// The generators with their aliases.
static GENERATORS: &[(&[&str], Run)] = &[
    (&["configmap", "cm"], configmap::run),
    (&["deployment", "deploy"], deployment::run),
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
    if LATER.contains(&word) {
        return Some(Err(message(format!("this lab does not model \"kubectl create {word}\" yet"))));
    }
    GENERATORS.iter().find(|(names, _)| names.contains(&word)).map(|(_, run)| Ok(*run))
}
