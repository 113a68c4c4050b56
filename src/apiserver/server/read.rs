//! Get and list.

use serde_json::{Value, json};

use super::{ApiServer, respond};
use crate::apiserver::{Request, Response, Status};
use crate::resource::selector::{FieldSelector, Selector};
use crate::resource::{Kind, Object};

impl ApiServer {
    pub(super) fn get(&self, request: &Request) -> Result<Response, Status> {
        if request.kind == Kind::Endpoints {
            let name = request.name.as_deref().unwrap_or_default();
            let namespace = request.namespace.as_deref().unwrap_or_default();
            let found = self.endpoints(namespace).into_iter().find(|e| e["metadata"]["name"] == name);
            let object = found.ok_or_else(|| Status::not_found(Kind::Endpoints, name))?;
            return Ok(respond(object, vec![ENDPOINTS_DEPRECATED.into()]));
        }
        Ok(respond(self.find(request)?.to_json(), Vec::new()))
    }

    pub(super) fn list(&self, request: &Request) -> Result<Response, Status> {
        let labels = request.options.label_selector.as_deref().map(Selector::parse).transpose();
        let labels = labels.map_err(|e| Status::bad_request(e.to_string()))?;
        let fields = request.options.field_selector.as_deref().map(|text| FieldSelector::parse(request.kind, text));
        let fields = fields.transpose().map_err(|e| Status::bad_request(e.to_string()))?;
        let namespace = request.namespace.as_deref();
        let wanted = |object: &Object| labels.as_ref().is_none_or(|s| s.matches(|key| object.meta.labels.get(key)));
        let mut items: Vec<Value> = if request.kind == Kind::Endpoints {
            self.list_endpoints(namespace)
        } else {
            match namespace {
                Some(namespace) => self
                    .store
                    .in_namespace(request.kind, namespace)
                    .filter(|o| wanted(o))
                    .map(|o| o.to_json())
                    .collect(),
                None => self.store.all(request.kind).filter(|o| wanted(o)).map(|o| o.to_json()).collect(),
            }
        };
        if let Some(fields) = fields {
            items.retain(|item| fields.matches(item));
        }
        let warnings = if request.kind == Kind::Endpoints { vec![ENDPOINTS_DEPRECATED.into()] } else { Vec::new() };
        let version = self.store.revision().to_string();
        let list =
            json!({"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": version}, "items": items});
        Ok(respond(list, warnings))
    }

    fn list_endpoints(&self, namespace: Option<&str>) -> Vec<Value> {
        match namespace {
            Some(namespace) => self.endpoints(namespace),
            None => self.store.all(Kind::Namespace).flat_map(|n| self.endpoints(&n.meta.name)).collect(),
        }
    }

    /// `v1.Endpoints` as the legacy controller would keep them: one object for each Service with a selector, derived
    /// from its slices (rule D9).
    fn endpoints(&self, namespace: &str) -> Vec<Value> {
        let services = self.store.in_namespace(Kind::Service, namespace);
        services.filter_map(|service| self.endpoints_of(service)).collect()
    }

    fn endpoints_of(&self, service: &Object) -> Option<Value> {
        let spec = service.plain()?.get("spec")?;
        spec.get("selector")?;
        let mut subsets = Vec::new();
        for key in self.store.dependents(service.meta.uid) {
            let Some(slice) = self.store.get(key.kind, &key.namespace, &key.name) else { continue };
            let Some(slice) = slice.endpoint_slice() else { continue };
            let address = |e: &crate::resource::model::Endpoint| {
                let mut out = json!({"ip": &*e.address});
                if let Some(hostname) = &e.hostname {
                    out["hostname"] = (**hostname).into();
                }
                if let Some(node) = &e.node {
                    out["nodeName"] = (**node).into();
                }
                if let Some((namespace, name, uid)) = &e.pod {
                    out["targetRef"] =
                        json!({"kind": "Pod", "namespace": &**namespace, "name": &**name, "uid": uid.to_string()});
                }
                out
            };
            let pick = |ready: bool| -> Vec<Value> {
                slice.endpoints.iter().filter(|e| !e.terminating && e.ready == ready).map(|e| address(e)).collect()
            };
            let mut subset = json!({});
            for (key, list) in [("addresses", pick(true)), ("notReadyAddresses", pick(false))] {
                if !list.is_empty() {
                    subset[key] = list.into();
                }
            }
            if subset.as_object().is_some_and(|s| !s.is_empty()) {
                if !slice.ports.is_null() {
                    subset["ports"] = (*slice.ports).clone();
                }
                subsets.push(subset);
            }
        }
        let mut metadata = json!({"name": &*service.meta.name, "namespace": &*service.meta.namespace,
            "creationTimestamp": service.meta.created.rfc3339(), "uid": service.meta.uid.to_string(),
            "labels": {"endpoints.kubernetes.io/managed-by": "endpoint-controller"}});
        for (key, value) in service.meta.labels.iter() {
            metadata["labels"][key] = value.into();
        }
        if spec["clusterIP"] == "None" {
            metadata["labels"]["service.kubernetes.io/headless"] = "".into();
        }
        let mut out = json!({"apiVersion": "v1", "kind": "Endpoints", "metadata": metadata});
        if !subsets.is_empty() {
            out["subsets"] = subsets.into();
        }
        Some(out)
    }
}

const ENDPOINTS_DEPRECATED: &str = "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice";
