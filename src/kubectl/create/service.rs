//! `create service clusterip|nodeport|loadbalancer|externalname` (`k8s.io/kubectl/pkg/cmd/create/create_service.go`).

use serde_json::{Value, json};

use super::generators::flags;
use crate::apiserver::Api;
use crate::apiserver::validation::names;
use crate::kubectl::error::{CmdError, message};
use crate::kubectl::flags::{Command, Flag, Parsed};
use crate::kubectl::generated::{Making, name};
use crate::kubectl::io::Io;
use crate::kubectl::print::go::quote;
use crate::kubectl::verbs::subcommand;
use crate::resource::Kind;

const TCP: Flag = Flag::slice("tcp", "Port pairs, each <port>:<targetPort>");

static CLUSTER_IP: Command = Command {
    path: "kubectl create service clusterip",
    usage: "NAME [--tcp=<port>:<targetPort>] [--dry-run=server|client|none] [flags]",
    about: "Create a ClusterIP service with the specified name.\n\nExamples:\n  \
            # Create a new ClusterIP service named my-cs\n  \
            kubectl create service clusterip my-cs --tcp=5678:8080\n\n  \
            # Create a new ClusterIP service named my-cs (in headless mode)\n  \
            kubectl create service clusterip my-cs --clusterip=\"None\"",
    flags: flags!(&[
        TCP,
        Flag::string("clusterip", "Assign your own ClusterIP or set to 'None' for a 'headless' service"),
    ]),
    required: &[],
};

static NODE_PORT: Command = Command {
    path: "kubectl create service nodeport",
    usage: "NAME [--tcp=port:targetPort] [--dry-run=server|client|none] [flags]",
    about: "Create a NodePort service with the specified name.\n\nExamples:\n  \
            # Create a new NodePort service named my-ns\n  kubectl create service nodeport my-ns --tcp=5678:8080",
    flags: flags!(&[TCP, Flag::int("node-port", "Port used to expose the service on each node")]),
    required: &[],
};

static LOAD_BALANCER: Command = Command {
    path: "kubectl create service loadbalancer",
    usage: "NAME [--tcp=port:targetPort] [--dry-run=server|client|none] [flags]",
    about: "Create a LoadBalancer service with the specified name.\n\nExamples:\n  \
            # Create a new LoadBalancer service named my-lbs\n  \
            kubectl create service loadbalancer my-lbs --tcp=5678:8080",
    flags: flags!(&[TCP]),
    required: &[],
};

static EXTERNAL_NAME: Command = Command {
    path: "kubectl create service externalname",
    usage: "NAME --external-name external.name [--dry-run=server|client|none] [flags]",
    about: "Create an ExternalName service with the specified name.\n\nExternalName service references to an external \
            DNS address instead of only pods, which will\nallow application authors to reference services that exist \
            off platform, on other clusters,\nor locally.\n\nExamples:\n  \
            # Create a new ExternalName service named my-ns\n  \
            kubectl create service externalname my-ns --external-name bar.com",
    flags: flags!(&[TCP, Flag::string("external-name", "External name of service")]),
    required: &["external-name"],
};

/// `kubectl create service TYPE`.
pub(super) fn run(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let types = ["clusterip", "externalname", "loadbalancer", "nodeport"];
    let (word, rest) = subcommand("kubectl create service", args, &types, io)?;
    let (command, service_type) = match word {
        "clusterip" => (&CLUSTER_IP, "ClusterIP"),
        "nodeport" => (&NODE_PORT, "NodePort"),
        "loadbalancer" => (&LOAD_BALANCER, "LoadBalancer"),
        _ => (&EXTERNAL_NAME, "ExternalName"),
    };
    let line = command.parse(&rest, io)?;
    line.require()?;
    let name = name(&line)?;
    let mut making = Making::of(&line, api, io)?;
    validate(&line, service_type)?;
    let ports = line.list("tcp").iter().map(|tcp| port(tcp, line.int("node-port"))).collect::<Result<Vec<_>, _>>()?;
    let mut spec = json!({"type": service_type, "selector": {"app": name}});
    let mut set = |key: &str, value: Value, empty: bool| {
        if !empty {
            spec[key] = value;
        }
    };
    set("ports", json!(ports), ports.is_empty());
    set("clusterIP", line.str("clusterip").into(), line.str("clusterip").is_empty());
    set("externalName", line.str("external-name").into(), line.str("external-name").is_empty());
    let object = json!({"metadata": {"name": name, "labels": {"app": name}}, "spec": spec});
    making.make(Kind::Service, object, &format!("{service_type} service:"), api, io)
}

fn validate(line: &Parsed, service_type: &str) -> Result<(), CmdError> {
    if line.str("clusterip") != "None" && line.list("tcp").is_empty() && service_type != "ExternalName" {
        return Err(message("at least one tcp port specifier must be provided"));
    }
    let external = line.str("external-name");
    if service_type == "ExternalName" && !names::dns_subdomain(external).is_empty() {
        return Err(message(format!("invalid service external name {external}")));
    }
    Ok(())
}

/// `PORT[:TARGET]` as a port of a Service.
fn port(tcp: &str, node_port: i64) -> Result<Value, CmdError> {
    let mut words = tcp.split(':');
    let number = words.next().unwrap_or_default();
    let port: u16 = number.parse().map_err(|error: std::num::ParseIntError| {
        let range = matches!(error.kind(), std::num::IntErrorKind::PosOverflow);
        let why = if range { "value out of range" } else { "invalid syntax" };
        message(format!("strconv.ParseUint: parsing {}: {why}", quote(number)))
    })?;
    let target = match words.next() {
        None => port.into(),
        Some(word) => target(word)?,
    };
    let mut port = json!({"name": tcp.replace(':', "-"), "port": port, "targetPort": target, "protocol": "TCP"});
    if node_port != 0 {
        port["nodePort"] = node_port.into();
    }
    Ok(port)
}

fn target(word: &str) -> Result<Value, CmdError> {
    let (value, problems) = match word.parse::<i64>() {
        Ok(number) => (Value::from(number), names::port_number(number)),
        Err(_) => (word.into(), names::port_name(word)),
    };
    if problems.is_empty() { Ok(value) } else { Err(message(problems.join(","))) }
}

#[cfg(test)]
mod tests {
    use crate::kubectl::testing::Bench;

    #[test]
    fn services_of_each_type() {
        let mut bench = Bench::default();
        let yaml = "apiVersion: v1\nkind: Service\nmetadata:\n  labels:\n    app: s\n  name: s\nspec:\n  clusterIP: None\n  \
                    ports:\n  - name: 80-web\n    port: 80\n    protocol: TCP\n    targetPort: web\n  selector:\n    \
                    app: s\n  type: ClusterIP\nstatus:\n  loadBalancer: {}\n";
        let line = "create service clusterip s --tcp=80:web --clusterip=None --dry-run=client -o yaml";
        bench.check(line, (0, yaml, ""));
        bench.check("create svc nodeport n --tcp=80 --node-port=30080", (0, "service/n created\n", ""));
        assert_eq!(bench.api.requests[0].body["spec"]["ports"][0]["nodePort"], 30080);
        bench.check("create service loadbalancer l --tcp=80:8080", (0, "service/l created\n", ""));
        bench.check("create service externalname e --external-name=example.com", (0, "service/e created\n", ""));
        let exists = "error: failed to create ClusterIP service: services \"n\" already exists\n";
        bench.check("create service clusterip n --tcp=1", (1, "", exists));
    }

    #[test]
    fn wrong_words() {
        let mut bench = Bench::default();
        let mut refused = |line: &str, why: &str| {
            bench.check(&format!("create service {line}"), (1, "", &format!("error: {why}\n")));
        };
        refused("clusterip s", "at least one tcp port specifier must be provided");
        refused("clusterip s --tcp=x", "strconv.ParseUint: parsing \"x\": invalid syntax");
        refused("clusterip s --tcp=70000", "strconv.ParseUint: parsing \"70000\": value out of range");
        refused("clusterip s --tcp=80:0", "must be between 1 and 65535, inclusive");
        refused("externalname s", "required flag(s) \"external-name\" not set");
        refused("externalname s --external-name=A", "invalid service external name A");
    }
}
