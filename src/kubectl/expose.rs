//! `kubectl expose`: a Service for what a Pod, Service, ReplicaSet or Deployment selects
//! (`k8s.io/kubectl/pkg/cmd/expose/expose.go`, `pkg/polymorphichelpers`).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::error::{CmdError, message};
use super::flags::{Command, DRY_RUN, FILENAME, Flag, PRINT, Parsed, RECORD, SAVE_CONFIG, field_manager};
use super::generated::{Making, OVERRIDES, atoi, int_or_string, labels, overridden};
use super::io::Io;
use super::record::record;
use super::resource::{Builder, FilenameOptions, Info};
use crate::apiserver::Api;
use crate::resource::Kind;

static COMMAND: Command = Command {
    path: "kubectl expose",
    usage: "(-f FILENAME | TYPE NAME) [--port=port] [--protocol=TCP|UDP|SCTP] [--target-port=number-or-name] \
            [--name=name] [--external-ip=external-ip-of-service] [--type=type] [flags]",
    about: "Expose a resource as a new Kubernetes service.\n\n\
            Looks up a deployment, service, replica set or pod by name and uses the selector for that resource as\n\
            the selector for a new service on the specified port. If no port is given and the resource has several,\n\
            all are used. A StatefulSet cannot be exposed: its Service is part of its own specification.\n\n\
            Examples:\n  # Create a service for a pod valid-pod, which serves on port 444 with the name \"frontend\"\n  \
            kubectl expose pod valid-pod --port=444 --name=frontend\n\n  \
            # Create a second service based on the above service, exposing the container port 8443 as port 443\n  \
            kubectl expose service nginx --port=443 --target-port=8443 --name=nginx-https\n\n  \
            # Create a service for an nginx deployment, which serves on port 80 and connects to port 8000\n  \
            kubectl expose deployment nginx --port=80 --target-port=8000",
    flags: &[
        FILENAME,
        PRINT,
        RECORD,
        SAVE_CONFIG,
        DRY_RUN,
        &OVERRIDES,
        &[
            Flag::string("protocol", "The network protocol of the service, TCP by default"),
            Flag::string("port", "The port that the service should serve on, else the resource's"),
            Flag::string("type", "ClusterIP, NodePort, LoadBalancer, or ExternalName"),
            Flag::string("load-balancer-ip", "IP to assign to the LoadBalancer"),
            Flag::string("selector", "A label selector to use for this service, else the resource's"),
            Flag::string("labels", "Labels to apply to the service").short('l'),
            Flag::string("target-port", "Name or number of the port on the container"),
            Flag::string("external-ip", "Additional external IP address to accept for the service"),
            Flag::string("name", "The name of the new service"),
            Flag::string("session-affinity", "None or ClientIP"),
            Flag::string("cluster-ip", "ClusterIP to assign, or None for a headless service"),
            field_manager("kubectl-expose"),
        ],
    ],
    required: &[],
};

/// What the new Service takes from the resource, where no flag says it. Of several resources the first decides.
struct Exposed {
    selector: String,
    port: String,
    labels: String,
    protocols: BTreeMap<String, Vec<String>>,
}

/// Runs the verb.
pub fn run(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let line = COMMAND.parse(args, io)?;
    let mut making = Making::of(&line, api, io)?;
    let resources = Builder::for_line(&line)
        .continue_on_error()
        .filenames(line.namespace_given(), &FilenameOptions::of(&line), io)
        .type_or_name_args(false, &line.args)
        .flatten()
        .build();
    let flag = |name: &str| line.str(name).to_string();
    let mut exposed =
        Exposed { selector: flag("selector"), port: flag("port"), labels: flag("labels"), protocols: BTreeMap::new() };
    resources.visit(api, io, &mut |info, api, io| {
        exposed.introspect(&line, &info)?;
        let service = overridden(&line, Kind::Service, service(&line, &info, &exposed)?);
        let mut service = service?;
        record(&line, &mut service);
        let service = making.create(Kind::Service, service, api, io)?;
        making.print(&service, "exposed", io)
    })
}

impl Exposed {
    fn introspect(&mut self, line: &Parsed, info: &Info) -> Result<(), CmdError> {
        let kind = info.kind()?;
        if !matches!(kind, Kind::Service | Kind::Pod | Kind::Deployment | Kind::ReplicaSet) {
            let group = kind.info().group;
            let dot = if group.is_empty() { "" } else { "." };
            return Err(message(format!("cannot expose a {kind}{dot}{group}")));
        }
        if self.selector.is_empty() {
            self.selector = selector(kind, &info.object).map_err(|why| {
                message(format!("couldn't retrieve selectors via --selector flag or introspection: {why}"))
            })?;
        }
        let found = ports(kind, &info.object);
        if self.port.is_empty() {
            let mut numbers: Vec<&str> = Vec::new();
            for (number, _) in &found {
                if !numbers.contains(&number.as_str()) {
                    numbers.push(number);
                }
            }
            if numbers.is_empty() && line.str("cluster-ip") != "None" {
                return Err(message("couldn't find port via --port flag or introspection"));
            }
            self.port = numbers.join(",");
        }
        if !found.is_empty() {
            self.protocols.clear();
        }
        for (number, protocol) in found {
            let protocols = self.protocols.entry(number).or_default();
            if !protocols.contains(&protocol) {
                protocols.push(protocol);
            }
        }
        if self.labels.is_empty() {
            self.labels = pairs(&info.object["metadata"]["labels"]);
        }
        Ok(())
    }
}

/// A map of labels as `a=b,c=d`.
fn pairs(labels: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    let pairs = labels.as_object().into_iter().flatten().map(|(key, value)| format!("{key}={}", text(value)));
    pairs.collect::<Vec<_>>().join(",")
}

/// What the resource selects, as `a=b,c=d`.
fn selector(kind: Kind, object: &Value) -> Result<String, String> {
    let (labels, missing) = match kind {
        Kind::Pod => (&object["metadata"]["labels"], "the pod has no labels and cannot be exposed"),
        Kind::Service => (&object["spec"]["selector"], "the service has no pod selector set"),
        Kind::Deployment => (
            &object["spec"]["selector"]["matchLabels"],
            "invalid deployment: no selectors, therefore cannot be exposed",
        ),
        _ => (
            &object["spec"]["selector"]["matchLabels"],
            "invalid replicaset: no selectors, therefore cannot be exposed",
        ),
    };
    if labels.as_object().is_none_or(serde_json::Map::is_empty) {
        return Err(missing.to_string());
    }
    let expressions = object["spec"]["selector"]["matchExpressions"].as_array();
    if let Some(expressions) = expressions.filter(|list| kind != Kind::Service && !list.is_empty()) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
        let shown: Vec<String> = (expressions.iter())
            .map(|e| {
                let values: Vec<String> = e["values"].as_array().into_iter().flatten().map(text).collect();
                format!("{{Key:{} Operator:{} Values:[{}]}}", text(&e["key"]), text(&e["operator"]), values.join(" "))
            })
            .collect();
        return Err(format!("couldn't convert expressions - \"[{}]\" to map-based selector format", shown.join(" ")));
    }
    Ok(pairs(labels))
}

/// The ports the resource has, with their protocols.
fn ports(kind: Kind, object: &Value) -> Vec<(String, String)> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let (ports, key): (Vec<Value>, &str) = match kind {
        Kind::Service => (list(&object["spec"]["ports"]), "port"),
        _ => {
            let spec = if kind == Kind::Pod { &object["spec"] } else { &object["spec"]["template"]["spec"] };
            (
                list(&spec["containers"]).iter().flat_map(|container| list(&container["ports"])).collect(),
                "containerPort",
            )
        }
    };
    let protocol = |port: &Value| port["protocol"].as_str().filter(|p| !p.is_empty()).unwrap_or("TCP").to_string();
    ports.iter().map(|port| (port[key].as_i64().unwrap_or_default().to_string(), protocol(port))).collect()
}

/// The new Service.
fn service(line: &Parsed, info: &Info, exposed: &Exposed) -> Result<Value, CmdError> {
    if exposed.selector.is_empty() {
        return Err(message("selector must be specified"));
    }
    let mut service = json!({"metadata": {}, "spec": {"selector": labels(&exposed.selector)?}});
    if !exposed.labels.is_empty() {
        service["metadata"]["labels"] = labels(&exposed.labels)?;
    }
    // A name of a Service is a DNS label, which is shorter than the names of most resources.
    let name: String = match line.str("name") {
        "" => info.name.chars().take(63).collect(),
        name => name.to_string(),
    };
    service["metadata"]["name"] = name.into();
    let spec = &mut service["spec"];
    spec["ports"] = service_ports(line, exposed)?.into();
    let mut set = |key: &str, value: &str| {
        if !value.is_empty() {
            spec[key] = value.into();
        }
    };
    set("type", line.str("type"));
    if line.str("type") == "LoadBalancer" {
        set("loadBalancerIP", line.str("load-balancer-ip"));
    }
    match line.str("session-affinity") {
        affinity @ ("" | "None" | "ClientIP") => set("sessionAffinity", affinity),
        other => return Err(message(format!("unknown session affinity: {other}"))),
    }
    set("clusterIP", line.str("cluster-ip"));
    if !line.str("external-ip").is_empty() {
        spec["externalIPs"] = json!([line.str("external-ip")]);
    }
    Ok(service)
}

fn service_ports(line: &Parsed, exposed: &Exposed) -> Result<Vec<Value>, CmdError> {
    let mut ports = Vec::new();
    let numbers: Vec<&str> = exposed.port.split(',').filter(|_| !exposed.port.is_empty()).collect();
    let mut push = |name: String, port: i64, protocol: &str| {
        let target = match line.str("target-port") {
            "" => port.into(),
            target => int_or_string(target),
        };
        let mut port = json!({"port": port, "protocol": protocol, "targetPort": target});
        if !name.is_empty() {
            port["name"] = name.into();
        }
        ports.push(port);
    };
    for (index, number) in numbers.iter().enumerate() {
        let port = atoi(number)?;
        let name = if numbers.len() > 1 { format!("port-{}", index + 1) } else { String::new() };
        let own = exposed.protocols.get(*number).map_or(&[][..], Vec::as_slice);
        match (line.str("protocol"), own) {
            ("", []) => push(name, port, "TCP"),
            ("", [one]) => push(name, port, one),
            ("", several) => {
                let name = |protocol: &str| format!("port-{}-{}", index + 1, protocol.to_lowercase());
                for protocol in several {
                    push(name(protocol), port, protocol);
                }
            }
            (protocol, _) => push(name, port, protocol),
        }
    }
    Ok(ports)
}

#[cfg(test)]
mod tests {
    use crate::kubectl::testing::{Bench, Fake};

    const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  labels: {app: a}\nspec:\n  containers:\n  \
                       - {name: c, image: i, ports: [{containerPort: 80}, {containerPort: 53, protocol: UDP}, \
                       {containerPort: 53}]}\n";
    const SET: &str = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: web\n";
    const BARE: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: bare\n";
    const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: d\nspec:\n  selector:\n    \
                              matchLabels: {app: d}\n    matchExpressions:\n    - {key: k, operator: In, values: [x, y]}\n";

    fn bench() -> Bench {
        Bench::new(Fake::with(&[POD, SET, BARE, DEPLOYMENT]))
    }

    #[test]
    fn a_pod_becomes_a_service() {
        let mut bench = bench();
        bench.check("expose pod a --port=80 --name=first", (0, "service/first exposed\n", ""));
        let yaml = "apiVersion: v1\nkind: Service\nmetadata:\n  labels:\n    app: a\n  name: a\nspec:\n  ports:\n  \
                    - name: port-1\n    port: 80\n    protocol: TCP\n    targetPort: 80\n  - name: port-2-udp\n    \
                    port: 53\n    protocol: UDP\n    targetPort: 53\n  - name: port-2-tcp\n    port: 53\n    \
                    protocol: TCP\n    targetPort: 53\n  selector:\n    app: a\nstatus:\n  loadBalancer: {}\n";
        bench.check("expose pod/a --dry-run=client -o yaml", (0, yaml, ""));
        let line = "expose pod a --name=b --port=80 --target-port=web --type=NodePort --cluster-ip=None -l x=y --dry-run=client \
                    -o jsonpath={.spec.ports[0].targetPort}/{.spec.type}/{.spec.clusterIP}/{.metadata.labels}";
        bench.check(line, (0, "web/NodePort/None/{\"x\":\"y\"}", ""));
        let exists = "Error from server (AlreadyExists): services \"first\" already exists\n";
        bench.check("expose pod a --port=80 --name=first", (1, "", exists));
    }

    #[test]
    fn what_cannot_be_exposed() {
        let mut bench = bench();
        let mut refused = |line: &str, why: &str| bench.check(line, (1, "", &format!("{why}\n")));
        refused("expose sts web --port=80", "error: cannot expose a StatefulSet.apps");
        refused("expose pod nope", "Error from server (NotFound): pods \"nope\" not found");
        let selectors = "error: couldn't retrieve selectors via --selector flag or introspection: ";
        refused("expose pod bare", &format!("{selectors}the pod has no labels and cannot be exposed"));
        let expressions =
            "couldn't convert expressions - \"[{Key:k Operator:In Values:[x y]}]\" to map-based selector format";
        refused("expose deploy d --port=1", &format!("{selectors}{expressions}"));
        refused("expose pod bare --selector=a=b", "error: couldn't find port via --port flag or introspection");
        refused("expose pod a --port=x", "error: strconv.Atoi: parsing \"x\": invalid syntax");
        refused("expose pod a --port=1 --selector=a", "error: unexpected label spec: a");
        refused("expose pod a --port=1 --session-affinity=x", "error: unknown session affinity: x");
        refused("expose pod a --overrides={ --port=1", "error: Invalid JSON Patch");
    }
}
