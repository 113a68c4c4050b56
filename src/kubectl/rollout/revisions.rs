//! The revisions of a workload: the `ControllerRevision`s of a `StatefulSet` or `DaemonSet`, the `ReplicaSet`s of a
//! Deployment (`k8s.io/kubectl/pkg/polymorphichelpers/history.go`, `rollback.go`).

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::error::{CmdError, message};
use super::super::io::Io;
use super::super::print::TabWriter;
use super::super::print::value::{annotation, format_label_selector, int, items};
use super::super::record::CHANGE_CAUSE;
use super::super::resource::Info;
use super::viewer::{group_kind, revision_of};
use crate::apiserver::{Api, Options, Request};
use crate::resource::Kind;

/// The label that only the templates of `ReplicaSet`s have.
pub const TEMPLATE_HASH: &str = "pod-template-hash";

/// A workload and what it has been.
pub struct History {
    /// Its kind.
    pub kind: Kind,
    /// The workload as it is now.
    pub object: Value,
    /// Its revisions by name: `ControllerRevision`s, or `ReplicaSet`s of a Deployment.
    pub revisions: Vec<Value>,
}

/// Fails for kinds without a history; `doer` is `history viewer` or `rollbacker`, `doing` what it is retrieved as.
pub fn check_kind(kind: Kind, doer: &str, doing: &str) -> Result<(), CmdError> {
    match kind {
        Kind::Deployment | Kind::DaemonSet | Kind::StatefulSet => Ok(()),
        Kind::Pod | Kind::ReplicaSet => {
            Err(message(format!("no {doer} has been implemented for {:?}", group_kind(kind))))
        }
        other => {
            let info = other.info();
            let element = format!("{{{} {}}}", info.group, info.name);
            let name = group_kind(other);
            Err(message(format!("error retrieving {doing} for {name:?}, no visitor method exists for {element}")))
        }
    }
}

impl History {
    /// Reads the workload anew, and its revisions.
    pub fn read(info: &Info, api: &mut dyn Api, io: &mut Io<'_>) -> Result<History, CmdError> {
        let kind = info.kind()?;
        let word = match kind {
            Kind::Deployment => "deployment",
            Kind::DaemonSet => "DaemonSet",
            _ => "Statefulset",
        };
        let object = io
            .send(api, Request::get(kind, &info.namespace, &info.name))
            .map_err(|status| message(format!("failed to retrieve {word} {}: {status}", info.name)))?
            .object;
        let of = if kind == Kind::Deployment { Kind::ReplicaSet } else { Kind::ControllerRevision };
        let selector = format_label_selector(&object, "/spec/selector", "");
        let options = Options { label_selector: Some(selector), ..Options::default() };
        let list = io
            .send(api, Request::list(of, Some(&info.namespace)).with(options))
            .map_err(|status| message(unreadable(kind, &info.name, &status.to_string())))?
            .object;
        let uid = &object["metadata"]["uid"];
        let mut revisions = items(&list, "/items").to_vec();
        revisions.retain(|r| {
            items(r, "/metadata/ownerReferences").iter().any(|o| o["controller"] == true && o["uid"] == *uid)
        });
        Ok(History { kind, object, revisions })
    }

    /// The number of one of its revisions; `None` if it cannot be read.
    pub fn number(&self, revision: &Value) -> Option<i64> {
        match self.kind {
            Kind::Deployment => revision_of(revision).ok(),
            _ => Some(int(revision, "/revision")),
        }
    }

    /// The revisions by number; of equal numbers the last.
    pub fn by_number(&self) -> BTreeMap<i64, &Value> {
        self.revisions.iter().filter_map(|r| Some((self.number(r)?, r))).collect()
    }

    /// The Pod template of a revision. That of a Deployment carries its change cause.
    pub fn template(&self, revision: &Value) -> Value {
        if self.kind != Kind::Deployment {
            let mut template = revision["data"]["spec"]["template"].clone();
            if let Some(fields) = template.as_object_mut() {
                fields.remove("$patch");
            }
            return template;
        }
        let mut template = revision["spec"]["template"].clone();
        if let Some(cause) = annotation(revision, CHANGE_CAUSE).filter(|c| !c.is_empty()) {
            template["metadata"]["annotations"][CHANGE_CAUSE] = cause.into();
        }
        template
    }

    /// The object of a revision as `-o` prints it: the workload with that template, or the `ReplicaSet` itself.
    pub fn applied(&self, revision: &Value) -> Value {
        if self.kind == Kind::Deployment {
            return revision.clone();
        }
        let mut object = self.object.clone();
        object["spec"]["template"] = self.template(revision);
        object
    }

    fn cause(&self, revision: &Value) -> String {
        let cause = match self.kind {
            Kind::Deployment => {
                let template = self.template(revision);
                annotation(&template, CHANGE_CAUSE).unwrap_or_default().to_string()
            }
            _ => annotation(revision, CHANGE_CAUSE).unwrap_or_default().to_string(),
        };
        if cause.is_empty() { "<none>".to_string() } else { cause }
    }

    /// The table of all revisions.
    pub fn table(&self) -> String {
        let revisions = self.by_number();
        if revisions.is_empty() {
            return "No rollout history found.".to_string();
        }
        let mut writer = TabWriter::new(0, 2);
        writer.write("REVISION\tCHANGE-CAUSE\n");
        for (number, revision) in revisions {
            writer.write(&format!("{number}\t{}\n", self.cause(revision)));
        }
        writer.flush()
    }
}

fn unreadable(kind: Kind, name: &str, why: &str) -> String {
    match kind {
        Kind::Deployment => format!("failed to retrieve replica sets from deployment {name}: {why}"),
        kind => format!("unable to find history controlled by {kind} {name}: {why}"),
    }
}
