//! What a set makes its Pods and claims from, built once for each revision and spec.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::apiserver::field::FieldError;
use crate::apiserver::server::PVC_PROTECTION;
use crate::apiserver::{ApiServer, Status, defaults, validation};
use crate::resource::meta::{Details, Hint, Labels, Meta, OwnerReference, SharedList, Text};
use crate::resource::model::{
    ClaimPhase, ClaimSpec, ClaimStatus, ClaimVolume, PersistentVolumeClaim, Pod, PodStatus, PodTemplate,
    StatefulSetSpec,
};
use crate::resource::object::Body;
use crate::resource::{Kind, Object};

use super::identity::{POD_INDEX, POD_NAME, REVISION, claim_name, pod_name};

/// What Pods of one revision have in common under one spec of their set.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PodSource {
    /// The revision's name.
    pub revision: Text,
    #[serde(with = "crate::resource::stored::shared")]
    spec: Arc<StatefulSetSpec>,
    #[serde(with = "crate::resource::stored::shared")]
    template: Arc<PodTemplate>,
    qos_class: Text,
    labels: Labels,
    annotations: Labels,
    finalizers: SharedList<Text>,
    generate_name: Text,
    owners: SharedList<OwnerReference>,
    keys: [Text; 3],
    /// The node that the template names: then no scheduler is asked (rule K9).
    node: Option<Text>,
    /// What the server refuses every Pod of this template for: some of it passes in a template (rule S16a).
    refusals: Vec<FieldError>,
}

impl PodSource {
    /// From a revision and today's spec (rule S81).
    #[must_use]
    pub fn new(set: &Object, spec: &Arc<StatefulSetSpec>, revision: &Object) -> PodSource {
        let data = revision.revision().map(|r| Arc::clone(&r.data)).unwrap_or_default();
        let template = &data["spec"]["template"];
        let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {}, "spec": template["spec"]});
        drop_claim_volumes(&mut pod["spec"], spec);
        defaults::apply(Kind::Pod, &mut pod);
        let qos_class = pod["status"]["qosClass"].as_str().unwrap_or("BestEffort").into();
        let mut spec_json = pod["spec"].as_object().cloned().unwrap_or_default();
        let node = spec_json.get("nodeName").and_then(Value::as_str).filter(|node| !node.is_empty()).map(Text::from);
        for own in ["hostname", "subdomain", "nodeName"] {
            spec_json.remove(own);
        }
        let meta = &template["metadata"];
        let finalizers = meta["finalizers"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let mut source = PodSource {
            revision: revision.meta.name.clone(),
            spec: Arc::clone(spec),
            template: PodTemplate::new(spec_json),
            qos_class,
            labels: Labels::from_json(meta.get("labels")),
            annotations: Labels::from_json(meta.get("annotations")),
            finalizers: finalizers.map(Text::from).collect(),
            generate_name: format!("{}-", set.meta.name).into(),
            owners: vec![OwnerReference::controller(Kind::StatefulSet, set.meta.name.clone(), set.meta.uid)].into(),
            keys: [POD_NAME, POD_INDEX, REVISION].map(Text::from),
            node,
            refusals: Vec::new(),
        };
        let claims = claim_volumes(spec, &set.meta.name, spec.start);
        let mut refusals = validation::create(Kind::Pod, &source.pod(set, spec.start, claims).to_json());
        refusals.retain(|error| error.field.starts_with("spec.") && error.field != "spec.hostname");
        source.refusals = refusals;
        source
    }

    /// What the server says to a Pod of this template, if it refuses it whatever its ordinal.
    #[must_use]
    pub fn refusal(&self, pod: &str) -> Option<Status> {
        let refused = !self.refusals.is_empty();
        refused.then(|| Status::invalid(Kind::Pod, pod, self.refusals.clone()))
    }

    /// Whether it was made under this spec.
    #[must_use]
    pub fn is_under(&self, spec: &Arc<StatefulSetSpec>) -> bool {
        Arc::ptr_eq(&self.spec, spec)
    }

    /// Takes a spec that makes the same Pods as the one it was made under. `false` if it makes others.
    pub fn adopt(&mut self, spec: &Arc<StatefulSetSpec>) -> bool {
        let own = &self.spec;
        let same = self.is_under(spec)
            || (own.json["template"] == spec.json["template"]
                && own.claim_templates == spec.claim_templates
                && own.service_name == spec.service_name);
        if same {
            self.spec = Arc::clone(spec);
        }
        same
    }

    /// The Pod of an ordinal, with these claims (rules S46–S48).
    #[must_use]
    pub fn pod(&self, set: &Object, ordinal: i64, claims: Vec<ClaimVolume>) -> Object {
        let name = pod_name(&set.meta.name, ordinal);
        let [pod_key, index_key, revision_key] = self.keys.clone();
        let index = Text::from(itoa::Buffer::new().format(ordinal));
        let own = [(pod_key, name.clone()), (index_key, index), (revision_key, self.revision.clone())];
        let details = Details {
            labels: self.labels.with(own),
            generate_name: Some(self.generate_name.clone()),
            annotations: self.annotations.clone(),
            owners: self.owners.clone(),
            finalizers: self.finalizers.clone(),
            ..Details::default()
        };
        let meta = Meta::new(set.meta.namespace.clone(), name.clone(), details);
        let subdomain = Some(self.spec.service_name.clone()).filter(|s| !s.is_empty());
        let status = PodStatus { qos_class: Some(self.qos_class.clone()), ..PodStatus::default() };
        let pod = Pod {
            template: Arc::clone(&self.template),
            claim_volumes: claims.into(),
            hostname: Some(name),
            subdomain,
            node: self.node.clone(),
            status,
        };
        Object { meta, body: Body::Pod(Box::new(pod)) }
    }
}

/// The volumes that the claim templates stand for.
fn claim_volumes(spec: &StatefulSetSpec, set: &str, ordinal: i64) -> Vec<ClaimVolume> {
    let mut out: Vec<ClaimVolume> = Vec::with_capacity(spec.claim_templates.len());
    for template in &spec.claim_templates {
        let volume = ClaimVolume {
            volume: template.name.clone(),
            claim: claim_name(&template.name, set, ordinal),
            hint: Hint::default(),
        };
        // Of two templates with one name the last one counts (rule S16a lets them pass).
        if !out.contains(&volume) {
            out.push(volume);
        }
    }
    out
}

/// Takes the volumes out that a claim template of the same name replaces.
fn drop_claim_volumes(pod_spec: &mut Value, spec: &StatefulSetSpec) {
    let Some(volumes) = pod_spec.get_mut("volumes").and_then(Value::as_array_mut) else { return };
    volumes.retain(|volume| spec.claim_templates.iter().all(|t| volume["name"] != *t.name));
    if volumes.is_empty() {
        if let Some(pod_spec) = pod_spec.as_object_mut() {
            pod_spec.remove("volumes");
        }
    }
}

/// What the claims of a set are made from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ClaimSource {
    #[serde(with = "crate::resource::stored::shared")]
    spec: Arc<StatefulSetSpec>,
    templates: Arc<[Claim]>,
}

/// A claim without its name, and the template's.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Claim {
    template: Text,
    object: Object,
}

impl Claim {
    /// The name of the template.
    #[must_use]
    pub fn name(&self) -> &Text {
        &self.template
    }

    /// The claim under a name.
    #[must_use]
    pub fn claim(&self, name: Text) -> Object {
        let mut claim = self.object.clone();
        claim.meta.name = name;
        claim
    }
}

impl ClaimSource {
    /// From the claim templates, with today's default class where a template names none (rule V8).
    #[must_use]
    pub fn new(set: &Object, spec: &Arc<StatefulSetSpec>, api: &ApiServer) -> ClaimSource {
        let class = api.default_storage_class();
        let claims = spec.claim_templates.iter().map(|template| {
            let mut claim_spec = template.spec.clone();
            if claim_spec.get("storageClassName").is_none() {
                if let Some(class) = &class {
                    claim_spec["storageClassName"] = (**class).into();
                }
            }
            let protection = Text::from(PVC_PROTECTION);
            let mut finalizers = template.finalizers.clone();
            if !finalizers.contains(&protection) {
                finalizers.push(protection);
            }
            let details = Details {
                labels: template.labels.with(spec.match_labels.texts()),
                annotations: template.annotations.clone(),
                finalizers: finalizers.into(),
                ..Details::default()
            };
            let meta = Meta::new(set.meta.namespace.clone(), Text::default(), details);
            let status = ClaimStatus { phase: ClaimPhase::Pending, ..ClaimStatus::default() };
            let claim = PersistentVolumeClaim {
                spec: ClaimSpec::new(&claim_spec),
                volume: None,
                hint: Hint::default(),
                status,
            };
            let object = Object { meta, body: Body::PersistentVolumeClaim(Box::new(claim)) };
            Claim { template: template.name.clone(), object }
        });
        ClaimSource { spec: Arc::clone(spec), templates: claims.collect() }
    }

    /// Whether it still fits, as long as there are no other storage classes.
    #[must_use]
    pub fn fits(&self, spec: &Arc<StatefulSetSpec>) -> bool {
        Arc::ptr_eq(&self.spec, spec)
    }

    /// What the claims of an ordinal are made from, in the order of the templates.
    #[must_use]
    pub fn templates(&self) -> &[Claim] {
        &self.templates
    }
}
