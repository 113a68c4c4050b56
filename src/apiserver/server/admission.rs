//! What the server adds or refuses beyond defaults and validation: default classes, addresses, protection finalizers.

use serde_json::{Value, json};

use super::ApiServer;
use crate::apiserver::Status;
use crate::apiserver::validation;
use crate::resource::meta::Text;
use crate::resource::{Kind, Object};

/// Holds a claim while a Pod uses it.
pub const PVC_PROTECTION: &str = "kubernetes.io/pvc-protection";
/// Holds a volume while a claim has it.
pub const PV_PROTECTION: &str = "kubernetes.io/pv-protection";

impl ApiServer {
    pub(super) fn admit_create(&mut self, kind: Kind, value: &mut Value, dry_run: bool) {
        match kind {
            Kind::PersistentVolumeClaim => {
                if value["spec"].get("storageClassName").is_none() {
                    if let Some(class) = self.default_storage_class() {
                        value["spec"]["storageClassName"] = (*class).into();
                    }
                }
                add_finalizer(value, PVC_PROTECTION);
            }
            Kind::PersistentVolume => add_finalizer(value, PV_PROTECTION),
            Kind::Service => self.allocate_addresses(value, dry_run),
            Kind::Node => taint_not_ready(value),
            Kind::Pod => {
                let namespace = value["metadata"]["namespace"].as_str().unwrap_or_default().to_string();
                self.default_limits(kind, &namespace, value);
            }
            _ => {}
        }
    }

    pub(super) fn admit_update(&mut self, kind: Kind, new: &mut Value, old: &Value) -> Result<(), Status> {
        if kind == Kind::Service && new["spec"] != old["spec"] {
            self.allocate_addresses(new, false);
        }
        if kind == Kind::PersistentVolumeClaim {
            self.check_expansion(new, old)?;
        }
        Ok(())
    }

    /// Rule V49: only a claim whose class allows it may grow.
    fn check_expansion(&self, new: &Value, old: &Value) -> Result<(), Status> {
        use crate::resource::quantity::Quantity;
        let size = |value: &Value| {
            value["spec"]["resources"]["requests"]["storage"].as_str().and_then(|s| Quantity::parse(s).ok())
        };
        let (Some(before), Some(after)) = (size(old), size(new)) else { return Ok(()) };
        if after <= before || old["status"]["phase"] != "Bound" {
            return Ok(());
        }
        let class = old["spec"]["storageClassName"].as_str().unwrap_or_default();
        let class = self.store.get(Kind::StorageClass, "", class);
        let allowed =
            class.and_then(|c| c.plain()).is_some_and(|c| c.get("allowVolumeExpansion") == Some(&true.into()));
        if allowed {
            return Ok(());
        }
        let why = "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must \
                   support resize";
        let name = old["metadata"]["name"].as_str().unwrap_or_default();
        Err(Status::forbidden(Kind::PersistentVolumeClaim, name, why))
    }

    /// The class that claims without one get: of several defaults the newest, then by name (rule V8).
    #[must_use]
    pub fn default_storage_class(&self) -> Option<Text> {
        let marked = |class: &&std::sync::Arc<Object>| {
            let keys =
                ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"];
            keys.iter().any(|key| class.meta.annotations.get(key) == Some("true"))
        };
        let classes = self.store.unsorted(Kind::StorageClass, "").filter(marked);
        let first = classes.min_by_key(|class| (std::cmp::Reverse(class.meta.created), &class.meta.name));
        first.map(|class| class.meta.name.clone())
    }

    /// Cluster addresses and node ports of a Service that has none yet (rule D1).
    fn allocate_addresses(&mut self, value: &mut Value, dry_run: bool) {
        let spec = &mut value["spec"];
        let kind = spec["type"].as_str().unwrap_or("ClusterIP").to_string();
        if kind == "ExternalName" {
            return;
        }
        if spec["clusterIP"].as_str().unwrap_or_default().is_empty() && !dry_run {
            let ip = self.ids.service_ip().to_string();
            spec["clusterIPs"] = json!([ip]);
            spec["clusterIP"] = ip.into();
        }
        if !matches!(kind.as_str(), "NodePort" | "LoadBalancer") {
            return;
        }
        for port in spec["ports"].as_array_mut().into_iter().flatten() {
            if port["nodePort"].as_i64().unwrap_or(0) == 0 {
                port["nodePort"] = self.ids.node_port().into();
            }
        }
    }

    /// The checks that an object made from a valid template can still fail: the lengths of its labels and hostname
    /// (rule S17).
    pub(super) fn admit_model(&self, object: &Object) -> Result<(), Status> {
        let Some(pod) = object.pod() else { return Ok(()) };
        let long = |value: &str| value.len() > 63;
        let hostname = pod.hostname.as_deref().unwrap_or_default();
        if !object.meta.labels.iter().any(|(_, value)| long(value)) && !long(hostname) {
            return Ok(());
        }
        let errors = validation::create(Kind::Pod, &object.to_json());
        if errors.is_empty() { Ok(()) } else { Err(Status::invalid(Kind::Pod, &object.meta.name, errors)) }
    }
}

/// A new node takes no Pods until the node controller has seen that it is Ready.
fn taint_not_ready(value: &mut Value) {
    let taint = json!({"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"});
    let same = |t: &Value| t["key"] == taint["key"] && t["effect"] == taint["effect"];
    match value["spec"]["taints"].as_array_mut() {
        Some(taints) if taints.iter().any(same) => {}
        Some(taints) => taints.push(taint),
        None => value["spec"]["taints"] = json!([taint]),
    }
}

fn add_finalizer(value: &mut Value, finalizer: &str) {
    let meta = &mut value["metadata"];
    let mut list = meta["finalizers"].as_array().cloned().unwrap_or_default();
    if !list.iter().any(|f| f == finalizer) {
        list.push(finalizer.into());
    }
    meta["finalizers"] = list.into();
}
