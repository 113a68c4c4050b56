//! The headless Service of a set: there, headless, under the right name, with the right selector.

use super::super::known::{self, Trait};
use super::{Bad, Found, QUORUM, Rule, SET, Scope, See, Severity, Subject, flow, labels};

/// Members beyond this one are not looked for in settings.
const MANY: i64 = 100;
const DNS: &str = "sts-lab dns {set}-0.{service}";
const APPLY: &str = "sts-lab apply {file}";

/// The rules.
pub const RULES: &[Rule] = &[
    Rule {
        id: "STS010",
        name: "service-missing",
        severity: Severity::Warning,
        title: "the Service that serviceName names is not here",
        because: "A set never makes or looks up its Service: without it the Pods run, no event tells, and none of their \
                  names resolves.",
        sources: &["S7", "D5", "D22", "note 002: always use a headless Service"],
        see: Some(See { run: &[APPLY, DNS], shows: "no Service" }),
        bad: Bad {
            good: SET,
            edits: &[(
                "apiVersion: v1\nkind: Service\nmetadata:\n  name: nginx\nspec:\n  clusterIP: None\n  selector:\n    app: web\n  \
                 ports:\n    - name: http\n      port: 80\n      targetPort: http\n---\n",
                "",
            )],
        },
        check: missing,
    },
    Rule {
        id: "STS011",
        name: "service-not-headless",
        severity: Severity::Warning,
        title: "the set's Service is not headless",
        because: "The name of a Service with an address of its own answers with that address, not with those of the Pods. \
                  Names of single Pods may resolve (CoreDNS does), but no document promises it.",
        sources: &["D12", "D14", "D22", "note 002: always use a headless Service"],
        see: Some(See { run: &[APPLY, "sts-lab dns {service}"], shows: "10.96." }),
        bad: Bad { good: SET, edits: &[("  clusterIP: None\n", "")] },
        check: not_headless,
    },
    Rule {
        id: "STS012",
        name: "service-selector",
        severity: Severity::Error,
        title: "the set's Service selects other Pods",
        because: "A Service finds Pods by labels alone. One that does not match the template's labels has no endpoints, and \
                  the names behind it answer NXDOMAIN.",
        sources: &["D5", "D7", "D22"],
        see: Some(See { run: &[APPLY, DNS], shows: "NXDOMAIN" }),
        bad: Bad {
            good: SET,
            edits: &[(
                "  clusterIP: None\n  selector:\n    app: web",
                "  clusterIP: None\n  selector:\n    app: nginx",
            )],
        },
        check: selector,
    },
    Rule {
        id: "STS013",
        name: "service-name",
        severity: Severity::Error,
        title: "serviceName names another Service than the headless one of these Pods",
        because: "A Pod has a name of its own only behind the Service that serviceName names: that name becomes the Pods' \
                  subdomain. Another headless Service lists them all, and knows none of them by name.",
        sources: &["S47", "D8", "D22", "note 004: serviceName nginx beside web-0.my-service"],
        see: Some(See { run: &[APPLY, DNS], shows: "NXDOMAIN" }),
        bad: Bad { good: SET, edits: &[("  name: nginx\nspec:\n  clusterIP", "  name: web\nspec:\n  clusterIP")] },
        check: other_name,
    },
    Rule {
        id: "STS014",
        name: "service-name-empty",
        severity: Severity::Warning,
        title: "the set has no serviceName",
        because: "It is optional and can never be added later. Without it the Pods have no subdomain, so no DNS name of \
                  their own.",
        sources: &["S1", "S16a", "S47"],
        see: Some(See { run: &[APPLY, "sts-lab dns {set}-0.nginx"], shows: "NXDOMAIN" }),
        bad: Bad { good: SET, edits: &[("  serviceName: nginx\n", "")] },
        check: no_name,
    },
    Rule {
        id: "STS015",
        name: "peers-not-ready",
        severity: Severity::Warning,
        title: "members find each other by DNS, but only Ready ones have a name",
        because: "DNS knows a Pod only once it is Ready. Members that must meet before they are Ready never do: readiness \
                  waits for peers, and peers wait for DNS.",
        sources: &["D7", "D13", "D23"],
        see: Some(See { run: &["sts-lab fault pod {set}-0 --ready=false", APPLY, DNS], shows: "NXDOMAIN" }),
        bad: Bad { good: QUORUM, edits: &[("  publishNotReadyAddresses: true\n", "")] },
        check: peers,
    },
    Rule {
        id: "STS016",
        name: "target-port",
        severity: Severity::Error,
        title: "the Service's targetPort names a port that no container has",
        because: "A named targetPort is looked up in the containers' ports. Where it is missing the Pod is left out of that \
                  port's endpoints, and nothing says so.",
        sources: &["D9"],
        see: None,
        bad: Bad { good: SET, edits: &[("targetPort: http", "targetPort: web")] },
        check: target_port,
    },
];

fn headless(service: &Subject) -> bool {
    service.text("spec.clusterIP") == Some("None")
}

/// A headless Service that selects the Pods of a set.
fn headless_of<'s>(scope: &'s Scope, set: &Subject) -> Option<&'s Subject> {
    let takes = |service: &&Subject| headless(service) && service.selects(set);
    scope.any("Service").find(takes)
}

/// A headless Service for a set, as YAML.
fn service_for(set: &Subject, name: &str) -> String {
    let ports = set.main_containers().into_iter().flat_map(|container| {
        let ports = container.value["ports"].as_array().cloned().unwrap_or_default();
        ports
            .into_iter()
            .filter_map(|port| Some((port["name"].as_str().map(str::to_string), port["containerPort"].as_i64()?)))
    });
    let lines: Vec<String> = ports
        .enumerate()
        .map(|(at, (name, port))| {
            let name = name.unwrap_or_else(|| format!("port-{at}"));
            format!("    - {{name: {name}, port: {port}}}\n")
        })
        .collect();
    let ports = if lines.is_empty() { String::new() } else { format!("  ports:\n{}", lines.concat()) };
    let namespace =
        if set.namespace == "default" { String::new() } else { format!("  namespace: {}\n", set.namespace) };
    format!(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\n{namespace}spec:\n  clusterIP: None\n  selector: {}\n{ports}",
        labels(set)
    )
}

fn missing(scope: &Scope, found: &mut Found) {
    for set in scope.sets() {
        let Some(name) = set.text("spec.serviceName").filter(|name| !name.is_empty()) else { continue };
        if scope.service_of(set).is_some() || headless_of(scope, set).is_some() {
            continue;
        }
        let elsewhere = scope.any("Service").find(|service| service.name == name);
        let beside = if scope.with_lab { "in these files or the lab" } else { "in these files" };
        let why = match elsewhere {
            Some(other) => format!(
                "Service {name} is in Namespace {}, the set in {}: a Service serves its own namespace only.",
                other.namespace, set.namespace
            ),
            None => format!(
                "No Service {name} is {beside}. The Pods run without it, but {}-0.{name} is no name that resolves.",
                set.name
            ),
        };
        found.add(set, "spec.serviceName", why, service_for(set, name));
    }
}

fn not_headless(scope: &Scope, found: &mut Found) {
    for set in scope.sets() {
        let Some(service) = scope.service_of(set).filter(|service| !headless(service)) else { continue };
        let why = format!(
            "Service {} gives one address for all Pods of {}; a set needs the headless kind for a name for each.",
            service.name, set.name
        );
        let fix = "# clusterIP can never change: delete the Service and make it again\nspec:\n  clusterIP: None";
        if service.document.is_some() {
            let path = if service.get("spec.clusterIP").is_null() { "spec" } else { "spec.clusterIP" };
            found.add(service, path, why, fix);
        } else {
            found.add(set, "spec.serviceName", why, fix);
        }
    }
}

fn selector(scope: &Scope, found: &mut Found) {
    for set in scope.sets() {
        let Some(service) = scope.service_of(set) else { continue };
        if service.selects(set) {
            continue;
        }
        let why = format!(
            "Service {} looks for Pods with {}, but those of {} have {}.",
            service.name,
            flow(service.get("spec.selector")),
            set.name,
            flow(set.pod_labels())
        );
        let fix = format!("# in Service {}\nspec:\n  selector: {}", service.name, labels(set));
        if service.document.is_some() {
            found.add(service, "spec.selector", why, fix);
        } else {
            found.add(set, "spec.serviceName", why, fix);
        }
    }
}

fn other_name(scope: &Scope, found: &mut Found) {
    for set in scope.sets() {
        let name = set.text("spec.serviceName").unwrap_or_default();
        if name.is_empty() || scope.service_of(set).is_some_and(headless) {
            continue;
        }
        let Some(service) = headless_of(scope, set).filter(|service| service.name != name) else { continue };
        let why = format!(
            "Headless Service {} selects these Pods, but serviceName is {name}: {}-0.{} does not resolve.",
            service.name, set.name, service.name
        );
        let fix = format!(
            "# can never change: delete the set with --cascade=orphan, apply again\nspec:\n  serviceName: {}",
            service.name
        );
        found.add(set, "spec.serviceName", why, fix);
    }
}

fn no_name(scope: &Scope, found: &mut Found) {
    for set in scope.sets() {
        if set.text("spec.serviceName").is_some_and(|name| !name.is_empty()) {
            continue;
        }
        let service = headless_of(scope, set).map_or(set.name.as_str(), |service| service.name.as_str());
        let why = format!("The Pods of {} get no name in DNS: {}-0.{service} does not resolve.", set.name, set.name);
        let path = if set.get("spec.serviceName").is_null() { "spec" } else { "spec.serviceName" };
        found.add(set, path, why, format!("spec:\n  serviceName: {service}"));
    }
}

/// Whether a set's members look for each other by name: the program does, or its settings name a member that is not
/// the first.
fn looks_for_peers(scope: &Scope, set: &Subject) -> Option<String> {
    let known = set.main_containers().iter().find_map(|c| known::of(c.image).filter(|known| known.is(Trait::Peers)));
    if let Some(known) = known {
        return Some(format!("Members of {} look for each other by name before they are Ready", known.name));
    }
    let name = set.text("spec.serviceName")?;
    let configs = scope.any("ConfigMap").filter(|map| map.namespace == set.namespace);
    let texts: Vec<String> =
        std::iter::once(set.pod("spec").to_string()).chain(configs.map(|map| map.get("data").to_string())).collect();
    let start = set.get("spec.ordinals.start").as_i64().unwrap_or(0);
    let others = set.replicas().unwrap_or(1).clamp(1, MANY) - 1;
    let mut peers = (1..=others).map(|n| format!("{}-{}.{name}", set.name, start.saturating_add(n)));
    let peer = peers.find(|peer| texts.iter().any(|text| text.contains(peer.as_str())))?;
    Some(format!("The settings name {peer}, which is made only after the Pods before it"))
}

fn peers(scope: &Scope, found: &mut Found) {
    for set in scope.sets().filter(|set| set.replicas().is_none_or(|n| n > 1)) {
        let Some(service) = scope.service_of(set).filter(|service| headless(service)) else { continue };
        let probed = set.main_containers().iter().any(|container| container.value["readinessProbe"].is_object());
        if service.get("spec.publishNotReadyAddresses") == true || !probed {
            continue;
        }
        let Some(why) = looks_for_peers(scope, set) else { continue };
        let why = format!("{why}, but Service {} answers for Ready Pods only.", service.name);
        let fix = format!("# in Service {}\nspec:\n  publishNotReadyAddresses: true", service.name);
        found.add(set, "spec.serviceName", why, fix);
    }
}

fn target_port(scope: &Scope, found: &mut Found) {
    for service in scope.of("Service") {
        let Some(workload) = scope.workloads().find(|workload| service.selects(workload)) else { continue };
        let containers = workload.containers();
        let ports = containers.iter().flat_map(|c| c.value["ports"].as_array().into_iter().flatten());
        let names: Vec<&str> = ports.filter_map(|port| port["name"].as_str()).collect();
        for (path, port) in service.list("spec.ports") {
            let Some(target) = port["targetPort"].as_str().filter(|target| !names.contains(target)) else { continue };
            let why = format!("No container of {} has a port named {target}.", workload.title());
            let fix =
                format!("# in a container of {}\nports:\n  - {{name: {target}, containerPort: 80}}", workload.title());
            found.add(service, &format!("{path}.targetPort"), why, fix);
        }
    }
}
