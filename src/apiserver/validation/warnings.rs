//! Warnings: what the API server accepts but advises against (`pkg/api/pod/warnings.go`, `pkg/api/service/warnings.go`
//! and their neighbours, `WarningsOnCreate` and `WarningsOnUpdate` of the strategies).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::container::visit;
use super::errors::{Path, entries, integer, list, nothing, present, same, text, texts};
use super::{ip, names, quantity};
use crate::resource::Kind;

const LABELS: [(&str, &str); 7] = [
    ("beta.kubernetes.io/arch", r#"deprecated since v1.14; use "kubernetes.io/arch" instead"#),
    ("beta.kubernetes.io/os", r#"deprecated since v1.14; use "kubernetes.io/os" instead"#),
    (
        "failure-domain.beta.kubernetes.io/region",
        r#"deprecated since v1.17; use "topology.kubernetes.io/region" instead"#,
    ),
    ("failure-domain.beta.kubernetes.io/zone", r#"deprecated since v1.17; use "topology.kubernetes.io/zone" instead"#),
    ("beta.kubernetes.io/instance-type", r#"deprecated since v1.17; use "node.kubernetes.io/instance-type" instead"#),
    ("app.kubernetes.io/created-by", "deprecated since v1.9"),
    ("scheduler.alpha.kubernetes.io/preferAvoidPods", "deprecated since v1.22; use Taints and Tolerations instead"),
];
const ANNOTATIONS: [(&str, &str); 3] = [
    (
        "scheduler.alpha.kubernetes.io/critical-pod",
        r#"non-functional in v1.16+; use the "priorityClassName" field instead"#,
    ),
    ("security.alpha.kubernetes.io/sysctls", r#"non-functional in v1.11+; use the "sysctls" field instead"#),
    ("security.alpha.kubernetes.io/unsafe-sysctls", r#"non-functional in v1.11+; use the "sysctls" field instead"#),
];
const VOLUMES: [(&str, &str, &str); 9] = [
    ("photonPersistentDisk", "photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"),
    ("gitRepo", "gitRepo", "deprecated in v1.11, and disabled by default in v1.33+"),
    ("scaleIO", "scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
    ("flocker", "flocker", "deprecated in v1.22, non-functional in v1.25+"),
    ("storageos", "storageOS", "deprecated in v1.22, non-functional in v1.25+"),
    ("quobyte", "quobyte", "deprecated in v1.22, non-functional in v1.25+"),
    ("glusterfs", "glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
    ("cephfs", "cephfs", "deprecated in v1.28, non-functional in v1.31+"),
    ("rbd", "rbd", "deprecated in v1.28, non-functional in v1.31+"),
];
const NO_SELECTOR: &str = "a null labelSelector results in matching no pod";

/// The warnings for a new object, or for a changed one if there is an old.
pub(super) fn warnings(kind: Kind, new: &Value, old: Option<&Value>) -> Vec<String> {
    let mut out = Vec::new();
    let spec = new.get("spec").unwrap_or(nothing());
    match kind {
        Kind::Pod => pod(new, "", &mut out),
        Kind::StatefulSet | Kind::Deployment | Kind::ReplicaSet | Kind::DaemonSet => {
            workload(kind, new, old, &mut out);
        }
        Kind::Service => service(new, spec, &mut out),
        Kind::PersistentVolumeClaim => {
            claim_class(new, &mut out);
            claim_spec(spec, "spec", &mut out);
        }
        Kind::PersistentVolume => volume(new, spec, &mut out),
        Kind::Ingress if old.is_none() => {
            const CLASS: &str = "kubernetes.io/ingress.class";
            if annotation(new, CLASS).is_some() && present(spec, "ingressClassName").is_none() {
                out.push(format!("annotation \"{CLASS}\" is deprecated, please use 'spec.ingressClassName' instead"));
            }
        }
        _ => {}
    }
    out
}

fn annotation<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    object.get("metadata")?.get("annotations")?.get(key)?.as_str()
}

fn workload(kind: Kind, new: &Value, old: Option<&Value>, out: &mut Vec<String>) {
    let spec = new.get("spec").unwrap_or(nothing());
    let name = new.get("metadata").map_or("", |m| text(m, "name"));
    if old.is_none() && matches!(kind, Kind::Deployment | Kind::ReplicaSet) {
        let messages = names::dns_label(name);
        if !messages.is_empty() {
            out.push(format!(
                "metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a \
                 DNS label is recommended: [{}]",
                messages.join(" ")
            ));
        }
    }
    if old.is_none_or(|old| !same(old.get("spec"), new.get("spec"))) {
        pod(spec.get("template").unwrap_or(nothing()), "spec.template", out);
    }
    if kind == Kind::StatefulSet {
        let at = if old.is_some() { "Spec" } else { "" };
        for (i, claim) in list(spec, "volumeClaimTemplates").iter().enumerate() {
            let dot = if at.is_empty() { "" } else { "." };
            let at = format!("spec.volumeClaimTemplates[{i}]{dot}{at}");
            claim_spec(claim.get("spec").unwrap_or(nothing()), &at, out);
        }
        if integer(spec, "revisionHistoryLimit") < 0 {
            out.push(
                "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is \
                 recommended"
                    .to_string(),
            );
        }
    }
}

fn fraction(resources: &Value, list: &str, name: &str, at: &Path, out: &mut Vec<String>) {
    let Some(value) = resources.get(list).and_then(|l| l.get(name)).and_then(Value::as_str) else { return };
    if quantity::is_fractional(value) {
        out.push(format!("{at}.{list}[{name}]: fractional byte value \"{value}\" is invalid, must be an integer"));
    }
}

fn claim_spec(spec: &Value, at: &str, out: &mut Vec<String>) {
    let resources = spec.get("resources").unwrap_or(nothing());
    for list in ["requests", "limits"] {
        fraction(resources, list, "storage", &Path::new(at).child("resources"), out);
    }
}

fn claim_class(claim: &Value, out: &mut Vec<String>) {
    const CLASS: &str = "volume.beta.kubernetes.io/storage-class";
    if annotation(claim, CLASS).is_some() {
        out.push(format!(
            "metadata.annotations[{CLASS}]: deprecated since v1.8; use \"storageClassName\" attribute instead"
        ));
    }
}

fn volume(object: &Value, spec: &Value, out: &mut Vec<String>) {
    const MOUNT: &str = "volume.beta.kubernetes.io/mount-options";
    claim_class(object, out);
    if annotation(object, MOUNT).is_some() {
        out.push(format!(
            "metadata.annotations[{MOUNT}]: deprecated since v1.31; use \"mountOptions\" attribute instead"
        ));
    }
    if text(spec, "persistentVolumeReclaimPolicy") == "Recycle" {
        out.push(
            "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended \
             approach is to use dynamic provisioning."
                .to_string(),
        );
    }
    if let Some(required) = present(spec, "nodeAffinity").and_then(|a| present(a, "required")) {
        for (i, term) in list(required, "nodeSelectorTerms").iter().enumerate() {
            node_term(term, false, &format!("spec.nodeAffinity.required.nodeSelectorTerms[{i}]"), out);
        }
    }
    for (member, shown, message) in VOLUMES.iter().filter(|(m, ..)| !["gitRepo", "flocker", "quobyte"].contains(m)) {
        if present(spec, member).is_some() {
            out.push(format!("spec.{shown}: {message}"));
        }
    }
}

fn deprecated_label(key: &str) -> Option<&'static str> {
    LABELS.iter().find(|(label, _)| *label == key).map(|(_, message)| *message)
}

fn node_term(term: &Value, check_values: bool, at: &str, out: &mut Vec<String>) {
    for (i, expression) in list(term, "matchExpressions").iter().enumerate() {
        let key = text(expression, "key");
        if let Some(message) = deprecated_label(key) {
            out.push(format!("{at}.matchExpressions[{i}].key: {key} is {message}"));
        }
        for (j, value) in texts(expression, "values").enumerate().filter(|_| check_values) {
            for message in names::label_value(value) {
                out.push(format!("{at}.matchExpressions[{i}].values[{j}]: {value} is invalid, {message}"));
            }
        }
    }
}

/// A Pod, or a template at `at`.
fn pod(pod: &Value, at: &str, out: &mut Vec<String>) {
    let spec = pod.get("spec").unwrap_or(nothing());
    let (dot, root) = (if at.is_empty() { "" } else { "." }, at);
    let at = format!("{root}{dot}spec");
    placement(spec, &at, out);
    for (key, message) in ANNOTATIONS {
        if annotation(pod, key).is_some() {
            out.push(format!("{root}{dot}metadata.annotations[{key}]: {message}"));
        }
    }
    volumes(spec, &at, out);
    duplicates(spec, &at, out);
    containers(pod, spec, &format!("{root}{dot}metadata"), &at, out);
    ports(spec, &at, out);
    if integer(spec, "terminationGracePeriodSeconds") < 0 {
        out.push(format!(
            "{at}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1"
        ));
    }
    pod_affinity(spec, &at, out);
    let path = Path::new(&at);
    if let Some(config) = present(spec, "dnsConfig") {
        let config_at = path.child("dnsConfig");
        for (i, server) in texts(config, "nameservers").enumerate() {
            out.extend(ip::warning(server, &config_at.child("nameservers").index(i)));
        }
    }
    for (i, alias) in list(spec, "hostAliases").iter().enumerate() {
        out.extend(ip::warning(text(alias, "ip"), &path.child("hostAliases").index(i).child("ip")));
    }
}

fn placement(spec: &Value, at: &str, out: &mut Vec<String>) {
    for (key, _) in entries(spec, "nodeSelector") {
        if let Some(message) = deprecated_label(key) {
            out.push(format!("{at}.nodeSelector[{key}]: {message}"));
        }
    }
    if let Some(node) = present(spec, "affinity").and_then(|a| present(a, "nodeAffinity")) {
        let required = "requiredDuringSchedulingIgnoredDuringExecution";
        let preferred = "preferredDuringSchedulingIgnoredDuringExecution";
        let terms = present(node, required).map_or(&[][..], |r| list(r, "nodeSelectorTerms"));
        for (i, term) in terms.iter().enumerate() {
            node_term(term, false, &format!("{at}.affinity.nodeAffinity.{required}.nodeSelectorTerms[{i}]"), out);
        }
        for (i, term) in list(node, preferred).iter().enumerate() {
            let preference = term.get("preference").unwrap_or(nothing());
            node_term(preference, true, &format!("{at}.affinity.nodeAffinity.{preferred}[{i}].preference"), out);
        }
    }
    for (i, constraint) in list(spec, "topologySpreadConstraints").iter().enumerate() {
        let key = text(constraint, "topologyKey");
        if let Some(message) = deprecated_label(key) {
            out.push(format!("{at}.topologySpreadConstraints[{i}].topologyKey: {key} is {message}"));
        }
        if present(constraint, "labelSelector").is_none() {
            out.push(format!("{at}.topologySpreadConstraints[{i}].labelSelector: {NO_SELECTOR}"));
        }
    }
}

fn volumes(spec: &Value, at: &str, out: &mut Vec<String>) {
    for (i, volume) in list(spec, "volumes").iter().enumerate() {
        for (member, shown, message) in VOLUMES {
            if present(volume, member).is_some() {
                out.push(format!("{at}.volumes[{i}].{shown}: {message}"));
            }
        }
        let template = present(volume, "ephemeral").and_then(|e| present(e, "volumeClaimTemplate"));
        if let Some(spec) = template.and_then(|t| present(t, "spec")) {
            claim_spec(spec, &format!("{at}.volumes[{i}].ephemeral.volumeClaimTemplate.spec"), out);
        }
    }
    for volume in list(spec, "volumes") {
        overlapping_paths(volume, out);
    }
}

/// Files of a volume that stand in each other's way.
fn overlapping_paths(volume: &Value, out: &mut Vec<String>) {
    let name = text(volume, "name");
    let sources = |source: &Value, sort: &str, member: &str| match sort {
        "DownwardAPI" => sort.to_string(),
        _ => format!("{sort} \"{}\"", text(source, member)),
    };
    for (member, sort, named) in
        [("configMap", "ConfigMap", "name"), ("secret", "Secret", "secretName"), ("downwardAPI", "DownwardAPI", "")]
    {
        let Some(source) = present(volume, member) else { continue };
        let paths = list(source, "items").iter().map(|item| (text(item, "path"), String::new()));
        report_overlaps(name, &sources(source, sort, named), paths, out);
    }
    let Some(projected) = present(volume, "projected") else { return };
    let mut paths: Vec<(&str, String)> = Vec::new();
    for part in list(projected, "sources") {
        if part.as_object().is_none_or(serde_json::Map::is_empty) {
            out.push(format!("volume \"{name}\" (Projected) has no sources provided"));
        }
        for (member, sort) in [("configMap", "ConfigMap"), ("secret", "Secret"), ("downwardAPI", "DownwardAPI")] {
            let Some(source) = present(part, member) else { continue };
            let from = sources(source, sort, "name");
            paths.extend(list(source, "items").iter().map(|item| (text(item, "path"), from.clone())));
        }
        if let Some(token) = present(part, "serviceAccountToken") {
            paths.push((text(token, "path"), "ServiceAccountToken".to_string()));
        }
    }
    report_overlaps(name, "Projected", paths.into_iter(), out);
}

fn report_overlaps<'a>(
    volume: &str,
    sort: &str,
    paths: impl Iterator<Item = (&'a str, String)>,
    out: &mut Vec<String>,
) {
    let mut seen: Vec<(&str, String)> = Vec::new();
    let shown = |(path, from): &(&str, String)| {
        if from.is_empty() { format!("\"{path}\"") } else { format!("\"{path}\" ({from})") }
    };
    let below = |a: &str, b: &str| a == b || a.strip_prefix(b).is_some_and(|rest| rest.starts_with('/'));
    for (path, from) in paths {
        let this = (path.trim_end_matches('/'), from);
        for other in seen.iter().filter(|o| !o.0.is_empty() && !this.0.is_empty()) {
            if below(this.0, other.0) || below(other.0, this.0) {
                let body = format!("{} with {}", shown(&this), shown(other));
                out.push(format!("volume \"{volume}\" ({sort}): overlapping paths: {body}"));
            }
        }
        seen.push(this);
    }
}

fn duplicates(spec: &Value, at: &str, out: &mut Vec<String>) {
    for (member, key) in [("hostAliases", "ip"), ("imagePullSecrets", "name")] {
        let mut seen = BTreeSet::new();
        for (i, item) in list(spec, member).iter().enumerate() {
            let value = text(item, key);
            if !seen.insert(value) {
                out.push(format!("{at}.{member}[{i}].{key}: duplicate {key} \"{value}\""));
            }
        }
    }
    for (i, secret) in list(spec, "imagePullSecrets").iter().enumerate() {
        if text(secret, "name").is_empty() {
            out.push(format!("{at}.imagePullSecrets[{i}].name: invalid empty name \"\""));
        }
    }
    if let Some(overhead) = present(spec, "overhead") {
        for name in ["memory", "ephemeral-storage"] {
            if let Some(value) = overhead.get(name).and_then(Value::as_str).filter(|v| quantity::is_fractional(v)) {
                let detail = format!("fractional byte value \"{value}\" is invalid, must be an integer");
                out.push(format!("{at}.overhead[{name}]: {detail}"));
            }
        }
    }
}

fn containers(pod: &Value, spec: &Value, meta_at: &str, at: &str, out: &mut Vec<String>) {
    const POD_SECCOMP: &str = "seccomp.security.alpha.kubernetes.io/pod";
    const CONTAINER_SECCOMP: &str = "container.seccomp.security.alpha.kubernetes.io/";
    const INSTEAD: &str = r#"non-functional in v1.27+; use the "seccompProfile" field instead"#;
    let has_profile =
        |object: &Value| present(object, "securityContext").is_some_and(|c| present(c, "seccompProfile").is_some());
    if !has_profile(spec) && annotation(pod, POD_SECCOMP).is_some() {
        out.push(format!("{meta_at}.annotations[{POD_SECCOMP}]: {INSTEAD}"));
    }
    let annotated = pod.get("metadata").is_some_and(|m| present(m, "annotations").is_some());
    visit(spec, &Path::new(at), |container, at| {
        if annotated && !has_profile(container) {
            let key = format!("{CONTAINER_SECCOMP}{}", text(container, "name"));
            if annotation(pod, &key).is_some() {
                out.push(format!("{meta_at}.annotations[{key}]: {INSTEAD}"));
            }
        }
        let resources = container.get("resources").unwrap_or(nothing());
        for name in ["memory", "ephemeral-storage"] {
            for list in ["limits", "requests"] {
                fraction(resources, list, name, &at.child("resources"), out);
            }
        }
        let mut seen = BTreeSet::new();
        for (i, variable) in list(container, "env").iter().enumerate() {
            let (name, value) = (text(variable, "name"), text(variable, "value"));
            if seen.insert(name) {
                continue;
            }
            let reference = format!("$({name})");
            if present(variable, "valueFrom").is_some() || value == reference || !value.contains(&reference) {
                let detail = format!("hides previous definition of \"{name}\", which may be dropped when using apply");
                out.push(format!("{at}.env[{i}]: {detail}"));
            }
        }
    });
}

/// A port of a container and where it stands.
struct PortPlace<'a> {
    list: &'static str,
    container: usize,
    index: usize,
    port: &'a Value,
}

impl PortPlace<'_> {
    fn at(&self, spec: &str) -> String {
        format!("{spec}.{}[{}].ports[{}]", self.list, self.container, self.index)
    }

    /// How two definitions of one container port get in each other's way.
    fn clash(&self, other: &PortPlace) -> Option<&'static str> {
        let (ip, other_ip) = (text(self.port, "hostIP"), text(other.port, "hostIP"));
        let (port, other_port) = (integer(self.port, "hostPort"), integer(other.port, "hostPort"));
        if ip == other_ip && port == other_port {
            Some("duplicate")
        } else if port == 0 || other_port == 0 {
            Some("overlapping")
        } else if port == other_port && ip.is_empty() != other_ip.is_empty() {
            Some("dangerously ambiguous")
        } else {
            None
        }
    }
}

fn all_ports(spec: &Value) -> Vec<PortPlace<'_>> {
    let mut all = Vec::new();
    for member in ["initContainers", "containers", "ephemeralContainers"] {
        for (i, container) in list(spec, member).iter().enumerate() {
            let ports = list(container, "ports").iter().enumerate();
            all.extend(ports.map(|(index, port)| PortPlace { list: member, container: i, index, port }));
        }
    }
    all
}

fn ports(spec: &Value, at: &str, out: &mut Vec<String>) {
    let all = all_ports(spec);
    let mut same: BTreeMap<(i64, &str), Vec<&PortPlace>> = BTreeMap::new();
    for place in &all {
        let (port, host_ip) = (place.port, text(place.port, "hostIP"));
        let (number, protocol) = (integer(port, "containerPort"), text(port, "protocol"));
        if !host_ip.is_empty() && integer(port, "hostPort") == 0 {
            let name = text(port, "name");
            let fields =
                format!("{{Name:{name} HostPort:0 ContainerPort:{number} Protocol:{protocol} HostIP:{host_ip}}}");
            out.push(format!("{}: hostIP set without hostPort: {fields}", place.at(at)));
        }
        let others = same.entry((number, protocol)).or_default();
        for other in others.iter() {
            if let Some(how) = place.clash(other) {
                out.push(format!("{}: {how} port definition with {}", place.at(at), other.at(at)));
            }
        }
        others.push(place);
    }
    let mut named: BTreeMap<&str, &PortPlace> = BTreeMap::new();
    for place in all.iter().filter(|place| !text(place.port, "name").is_empty()) {
        let name = text(place.port, "name");
        let first = named.entry(name).or_insert(place);
        if !std::ptr::eq(*first, place) {
            let (here, other) = (place.at(at), first.at(at));
            out.push(format!(
                "{here}: duplicate port name \"{name}\" with {other}, services and probes that select ports by name will \
                 use {other}"
            ));
        }
    }
}

fn pod_affinity(spec: &Value, at: &str, out: &mut Vec<String>) {
    let Some(affinity) = present(spec, "affinity") else { return };
    for sort in ["podAffinity", "podAntiAffinity"] {
        let Some(rules) = present(affinity, sort) else { continue };
        let required = "requiredDuringSchedulingIgnoredDuringExecution";
        for (i, term) in list(rules, required).iter().enumerate() {
            if present(term, "labelSelector").is_none() {
                out.push(format!("{at}.affinity.{sort}.{required}[{i}].labelSelector: {NO_SELECTOR}"));
            }
        }
        let preferred = "preferredDuringSchedulingIgnoredDuringExecution";
        for (i, weighted) in list(rules, preferred).iter().enumerate() {
            if present(weighted, "podAffinityTerm").and_then(|t| present(t, "labelSelector")).is_none() {
                let at = format!("{at}.affinity.{sort}.{preferred}[{i}].podAffinityTerm.labelSelector");
                out.push(format!("{at}: {NO_SELECTOR}"));
            }
        }
    }
}

fn service(service: &Value, spec: &Value, out: &mut Vec<String>) {
    const HINTS: &str = "service.kubernetes.io/topology-aware-hints";
    let at = Path::new("spec");
    let sort = text(spec, "type");
    let headless = sort == "ClusterIP" && text(spec, "clusterIP") == "None";
    let external_ips = !list(spec, "externalIPs").is_empty();
    if annotation(service, HINTS).is_some() {
        out.push(format!("annotation {HINTS} is deprecated, please use service.kubernetes.io/topology-mode instead"));
    }
    for (i, address) in texts(spec, "clusterIPs").enumerate().filter(|(_, ip)| *ip != "None") {
        out.extend(ip::warning(address, &at.child("clusterIPs").index(i)));
    }
    if headless {
        let ignored = [
            ("loadBalancerIP", !text(spec, "loadBalancerIP").is_empty()),
            ("externalIPs", external_ips),
            ("SessionAffinity", text(spec, "sessionAffinity") != "None"),
        ];
        for (member, _) in ignored.iter().filter(|(_, is_set)| *is_set) {
            out.push(format!("spec.{member} is ignored for headless services"));
        }
    }
    for (i, address) in texts(spec, "externalIPs").enumerate() {
        out.extend(ip::warning(address, &at.child("externalIPs").index(i)));
    }
    if external_ips && !headless && sort != "ExternalName" {
        out.push("spec.externalIPs is deprecated and may no longer be implemented in some clusters".to_string());
    }
    let balancer = text(spec, "loadBalancerIP");
    if !balancer.is_empty() {
        out.extend(ip::warning(balancer, &at.child("loadBalancerIP")));
    }
    if sort == "ExternalName" && external_ips {
        out.push("spec.externalIPs is ignored when spec.type is \"ExternalName\"".to_string());
    }
    if sort != "ExternalName" && !text(spec, "externalName").is_empty() {
        out.push("spec.externalName is ignored when spec.type is not \"ExternalName\"".to_string());
    }
    if text(spec, "trafficDistribution") == "PreferClose" {
        out.push("spec.trafficDistribution: \"PreferClose\" is deprecated; use \"PreferSameZone\"".to_string());
    }
}
