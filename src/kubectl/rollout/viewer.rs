//! What `rollout status` says of a Deployment, a `DaemonSet` or a `StatefulSet` as it is now, and whether the rollout
//! is done (S132, S132a, R12; `k8s.io/kubectl/pkg/polymorphichelpers/rollout_status.go`). Pure: waiting is the verb's.

use serde_json::Value;

use super::super::error::{CmdError, message};
use super::super::print::value::{annotation, int, items, text};
use crate::resource::Kind;

/// The annotation that numbers a Deployment and its `ReplicaSet`s.
pub const REVISION: &str = "deployment.kubernetes.io/revision";

/// The line about an object with its newline, and whether nothing is left to wait for.
pub type Progress = Result<(String, bool), CmdError>;

/// Looks at one object; `revision` is the one asked for, 0 for whichever is current.
pub type Viewer = fn(object: &Value, revision: i64) -> Progress;

/// The viewer of a kind.
pub fn viewer(kind: Kind) -> Result<Viewer, CmdError> {
    match kind {
        Kind::Deployment => Ok(deployment),
        Kind::DaemonSet => Ok(daemon_set),
        Kind::StatefulSet => Ok(stateful_set),
        other => Err(message(format!("no status viewer has been implemented for {}", group_kind(other)))),
    }
}

/// `StatefulSet.apps`, `Pod`.
pub fn group_kind(kind: Kind) -> String {
    let info = kind.info();
    if info.group.is_empty() { info.name.to_string() } else { format!("{}.{}", info.name, info.group) }
}

/// The revision number of a Deployment or `ReplicaSet`, 0 if it has none yet.
pub fn revision_of(object: &Value) -> Result<i64, CmdError> {
    let Some(number) = annotation(object, REVISION) else { return Ok(0) };
    number.parse().map_err(|_| message(format!("strconv.ParseInt: parsing {number:?}: invalid syntax")))
}

fn observed(object: &Value) -> bool {
    int(object, "/metadata/generation") <= int(object, "/status/observedGeneration")
}

#[allow(clippy::unnecessary_wraps)] // so that each answer of a viewer is one expression
fn waiting(line: String) -> Progress {
    Ok((line + "\n", false))
}

#[allow(clippy::unnecessary_wraps)] // as above
fn done(line: String) -> Progress {
    Ok((line + "\n", true))
}

fn deployment(object: &Value, revision: i64) -> Progress {
    let name = text(object, "/metadata/name");
    if revision > 0 {
        let current = revision_of(object)
            .map_err(|error| message(format!("cannot get the revision of deployment {name:?}: {error}")))?;
        if revision != current {
            return Err(message(format!(
                "desired revision ({revision}) is different from the running revision ({current})"
            )));
        }
    }
    if !observed(object) {
        return waiting("Waiting for deployment spec update to be observed...".into());
    }
    let progressing = items(object, "/status/conditions").iter().find(|c| text(c, "/type") == "Progressing");
    if progressing.is_some_and(|c| text(c, "/reason") == "ProgressDeadlineExceeded") {
        return Err(message(format!("deployment {name:?} exceeded its progress deadline")));
    }
    let wanted = object.pointer("/spec/replicas").and_then(Value::as_i64);
    let updated = int(object, "/status/updatedReplicas");
    let rollout = format!("Waiting for deployment {name:?} rollout to finish:");
    if let Some(wanted) = wanted.filter(|wanted| updated < *wanted) {
        return waiting(format!("{rollout} {updated} out of {wanted} new replicas have been updated..."));
    }
    let old = int(object, "/status/replicas") - updated;
    if old > 0 {
        return waiting(format!("{rollout} {old} old replicas are pending termination..."));
    }
    let available = int(object, "/status/availableReplicas");
    if available < updated {
        return waiting(format!("{rollout} {available} of {updated} updated replicas are available..."));
    }
    done(format!("deployment {name:?} successfully rolled out"))
}

fn only_rolling_update(object: &Value) -> Result<(), CmdError> {
    if text(object, "/spec/updateStrategy/type") == "RollingUpdate" {
        return Ok(());
    }
    Err(message("rollout status is only available for RollingUpdate strategy type"))
}

fn daemon_set(object: &Value, _: i64) -> Progress {
    only_rolling_update(object)?;
    if !observed(object) {
        return waiting("Waiting for daemon set spec update to be observed...".into());
    }
    let name = text(object, "/metadata/name");
    let wanted = int(object, "/status/desiredNumberScheduled");
    let updated = int(object, "/status/updatedNumberScheduled");
    let available = int(object, "/status/numberAvailable");
    let rollout = format!("Waiting for daemon set {name:?} rollout to finish:");
    if updated < wanted {
        return waiting(format!("{rollout} {updated} out of {wanted} new pods have been updated..."));
    }
    if available < wanted {
        return waiting(format!("{rollout} {available} of {wanted} updated pods are available..."));
    }
    done(format!("daemon set {name:?} successfully rolled out"))
}

fn stateful_set(object: &Value, _: i64) -> Progress {
    only_rolling_update(object)?;
    if int(object, "/status/observedGeneration") == 0 || !observed(object) {
        return waiting("Waiting for statefulset spec update to be observed...".into());
    }
    let wanted = object.pointer("/spec/replicas").and_then(Value::as_i64);
    let ready = int(object, "/status/readyReplicas");
    if let Some(wanted) = wanted.filter(|wanted| ready < *wanted) {
        return waiting(format!("Waiting for {} pods to be ready...", wanted - ready));
    }
    let updated = int(object, "/status/updatedReplicas");
    if let Some(rolling) = object.pointer("/spec/updateStrategy/rollingUpdate").filter(|r| !r.is_null()) {
        let partition = rolling["partition"].as_i64();
        let new = wanted.zip(partition).map(|(wanted, partition)| wanted - partition);
        if let Some(new) = new.filter(|new| updated < *new) {
            return waiting(format!(
                "Waiting for partitioned roll out to finish: {updated} out of {new} new pods have been updated..."
            ));
        }
        return done(format!("partitioned roll out complete: {updated} new pods have been updated..."));
    }
    let (current, update) = (text(object, "/status/currentRevision"), text(object, "/status/updateRevision"));
    if current != update {
        return waiting(format!(
            "waiting for statefulset rolling update to complete {updated} pods at revision {update}..."
        ));
    }
    let replicas = int(object, "/status/currentReplicas");
    done(format!("statefulset rolling update complete {replicas} pods at revision {current}..."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(kind: Kind, object: &Value, expect: Result<(&str, bool), &str>) {
        let got = viewer(kind).and_then(|view| view(object, 0));
        let got = got.as_ref().map(|(line, done)| (line.as_str(), *done)).map_err(ToString::to_string);
        assert_eq!(got, expect.map_err(str::to_string));
    }

    fn set(spec: &Value, status: &Value) -> Value {
        json!({"metadata": {"name": "web", "generation": 2}, "spec": spec, "status": status})
    }

    #[test]
    fn a_stateful_set_in_the_order_of_s132() {
        let check = |spec: Value, status: Value, expect: Result<(&str, bool), &str>| {
            check(Kind::StatefulSet, &set(&spec, &status), expect);
        };
        let rolling = |partition: i64| {
            let strategy = json!({"type": "RollingUpdate", "rollingUpdate": {"partition": partition}});
            json!({"replicas": 3, "updateStrategy": strategy})
        };
        let bare = json!({"replicas": 3, "updateStrategy": {"type": "RollingUpdate"}});
        let on_delete = json!({"updateStrategy": {"type": "OnDelete"}});
        check(on_delete, json!({}), Err("rollout status is only available for RollingUpdate strategy type"));
        let unseen = Ok(("Waiting for statefulset spec update to be observed...\n", false));
        check(rolling(0), json!({}), unseen);
        check(rolling(0), json!({"observedGeneration": 1, "readyReplicas": 3, "updatedReplicas": 3}), unseen);
        let status = |ready: i64, updated: i64, current: &str| {
            json!({
                "observedGeneration": 2, "readyReplicas": ready, "updatedReplicas": updated, "currentReplicas": 3,
                "currentRevision": current, "updateRevision": "web-b"
            })
        };
        check(rolling(0), status(1, 3, "web-b"), Ok(("Waiting for 2 pods to be ready...\n", false)));
        check(
            rolling(1),
            status(3, 1, "web-a"),
            Ok(("Waiting for partitioned roll out to finish: 1 out of 2 new pods have been updated...\n", false)),
        );
        check(
            rolling(1),
            status(3, 2, "web-a"),
            Ok(("partitioned roll out complete: 2 new pods have been updated...\n", true)),
        );
        check(
            bare.clone(),
            status(3, 1, "web-a"),
            Ok(("waiting for statefulset rolling update to complete 1 pods at revision web-b...\n", false)),
        );
        check(
            bare,
            status(3, 3, "web-b"),
            Ok(("statefulset rolling update complete 3 pods at revision web-b...\n", true)),
        );
    }

    #[test]
    fn a_deployment_in_the_order_of_r12() {
        let check = |status: Value, expect: Result<(&str, bool), &str>| {
            check(Kind::Deployment, &set(&json!({"replicas": 3}), &status), expect);
        };
        check(json!({"observedGeneration": 1}), Ok(("Waiting for deployment spec update to be observed...\n", false)));
        let late = json!([{"type": "Progressing", "reason": "ProgressDeadlineExceeded"}]);
        check(
            json!({"observedGeneration": 2, "conditions": late}),
            Err("deployment \"web\" exceeded its progress deadline"),
        );
        let head = "Waiting for deployment \"web\" rollout to finish:";
        let status = |all: i64, updated: i64, available: i64| {
            json!({
                "observedGeneration": 2, "replicas": all, "updatedReplicas": updated, "availableReplicas": available
            })
        };
        check(status(3, 1, 3), Ok((&format!("{head} 1 out of 3 new replicas have been updated...\n"), false)));
        check(status(4, 3, 3), Ok((&format!("{head} 1 old replicas are pending termination...\n"), false)));
        check(status(3, 3, 2), Ok((&format!("{head} 2 of 3 updated replicas are available...\n"), false)));
        check(status(3, 3, 3), Ok(("deployment \"web\" successfully rolled out\n", true)));
    }

    #[test]
    fn the_revision_of_a_deployment_can_be_pinned() {
        let object = json!({"metadata": {"name": "web", "annotations": {"deployment.kubernetes.io/revision": "3"}}});
        let error = deployment(&object, 2).unwrap_err();
        assert_eq!(error.to_string(), "desired revision (2) is different from the running revision (3)");
        assert!(deployment(&object, 3).unwrap().1);
    }

    #[test]
    fn a_daemon_set_and_other_kinds() {
        let spec = json!({"updateStrategy": {"type": "RollingUpdate"}});
        let status = |updated: i64, available: i64| {
            json!({
                "observedGeneration": 2, "desiredNumberScheduled": 3, "updatedNumberScheduled": updated,
                "numberAvailable": available
            })
        };
        let check_daemon =
            |status: &Value, expect: Result<(&str, bool), &str>| check(Kind::DaemonSet, &set(&spec, status), expect);
        let head = "Waiting for daemon set \"web\" rollout to finish:";
        check_daemon(&status(0, 0), Ok((&format!("{head} 0 out of 3 new pods have been updated...\n"), false)));
        check_daemon(&status(3, 1), Ok((&format!("{head} 1 of 3 updated pods are available...\n"), false)));
        check_daemon(&status(3, 3), Ok(("daemon set \"web\" successfully rolled out\n", true)));
        check(Kind::Pod, &json!({}), Err("no status viewer has been implemented for Pod"));
        check(Kind::ReplicaSet, &json!({}), Err("no status viewer has been implemented for ReplicaSet.apps"));
    }
}
