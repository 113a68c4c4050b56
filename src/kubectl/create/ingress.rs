//! `create ingress` (`k8s.io/kubectl/pkg/cmd/create/create_ingress.go`).

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value, json};

use super::generators::flags;
use crate::apiserver::Api;
use crate::kubectl::error::{CmdError, message};
use crate::kubectl::flags::{Command, Flag, Parsed};
use crate::kubectl::generated::{Making, int_or_string, name};
use crate::kubectl::io::Io;
use crate::resource::Kind;

static COMMAND: Command = Command {
    path: "kubectl create ingress",
    usage: "NAME --rule=host/path=service:port[,tls[=secret]]  [options]",
    about: "Create an ingress with the specified name.\n\nAliases:\n  ingress, ing\n\nExamples:\n  \
            # Create a single ingress called 'simple' that directs requests to foo.com/bar to svc\n  \
            # svc1:8080 with a TLS secret \"my-cert\"\n  \
            kubectl create ingress simple --rule=\"foo.com/bar=svc1:8080,tls=my-cert\"\n\n  \
            # Create a catch all ingress of \"/path\" pointing to service svc:port and Ingress Class as \"otheringress\"\n  \
            kubectl create ingress catch-all --class=otheringress --rule=\"/path=svc:port\"\n\n  \
            # Create an ingress with multiple hosts and the pathType as Prefix\n  \
            kubectl create ingress ingress1 --class=default --rule=\"foo.com/path*=svc:8080\" \
            --rule=\"bar.com/admin*=svc2:http\"\n\n  \
            # Create an ingress with a default backend\n  \
            kubectl create ingress ingdefault --class=default --default-backend=defaultsvc:http \
            --rule=\"foo.com/*=svc:8080,tls=secret1\"",
    flags: flags!(&[
        Flag::string("class", "Ingress Class to be used"),
        Flag::array(
            "rule",
            "Rule in format host/path=service:port[,tls=secretname]. Paths containing the leading character '*' are \
             considered pathType=Prefix. tls argument is optional."
        ),
        Flag::string("default-backend", "Default service for backend, in format of svcname:port"),
        Flag::array("annotation", "Annotation to insert in the ingress object, in the format annotation=value"),
    ]),
    required: &[],
};

/// What a rule has to begin with; what follows, kubectl does not look at.
static RULE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[0-9A-Za-z_*.\-]*/.*=[0-9A-Za-z_\-]+:[0-9A-Za-z_\-]+").expect("a constant expression")
});

/// `kubectl create ingress`.
pub(super) fn run(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let line = COMMAND.parse(args, io)?;
    let name = name(&line)?;
    let mut making = Making::of(&line, api, io)?;
    validate(&line)?;
    let mut spec = json!({});
    if !line.str("class").is_empty() {
        spec["ingressClassName"] = line.str("class").into();
    }
    if !line.str("default-backend").is_empty() {
        spec["defaultBackend"] = backend(line.str("default-backend"));
    }
    for (key, list) in [("tls", certificates(line.list("rule"))), ("rules", rules(line.list("rule"))?)] {
        if !list.is_empty() {
            spec[key] = list.into();
        }
    }
    let mut object = json!({"metadata": {"name": name}, "spec": spec});
    let annotations = line.list("annotation").iter().filter_map(|text| text.split_once('='));
    let annotations: Map<String, Value> = annotations.map(|(key, value)| (key.into(), value.into())).collect();
    if !annotations.is_empty() {
        object["metadata"]["annotations"] = annotations.into();
    }
    making.make(Kind::Ingress, object, "ingress:", api, io)
}

fn validate(line: &Parsed) -> Result<(), CmdError> {
    let (backend, rules) = (line.str("default-backend"), line.list("rule"));
    if backend.is_empty() && rules.is_empty() {
        return Err(message(
            "not enough information provided: every ingress has to either specify a default-backend (which catches all \
             traffic) or a list of rules (which catch specific paths)",
        ));
    }
    if let Some(rule) = rules.iter().find(|rule| !RULE.is_match(rule)) {
        return Err(invalid(rule));
    }
    if let Some(text) = line.list("annotation").iter().find(|text| !text.contains('=')) {
        return Err(message(format!("annotation {text} is invalid and should be in format key=[value]")));
    }
    if !backend.is_empty() && backend.split(':').count() != 2 {
        return Err(message("default-backend should be in format servicename:serviceport"));
    }
    Ok(())
}

fn invalid(rule: &str) -> CmdError {
    message(format!("rule {rule} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]"))
}

/// `SERVICE:PORT` as a backend.
fn backend(text: &str) -> Value {
    let mut words = text.split(':');
    let (service, port) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let port = match int_or_string(port) {
        Value::Number(number) if number.as_i64() == Some(0) => json!({}),
        Value::Number(number) => json!({"number": number}),
        name => json!({"name": name}),
    };
    json!({"service": {"name": service, "port": port}})
}

/// The hosts with their secrets: those of one secret together, each host once.
fn certificates(rules: &[String]) -> Vec<Value> {
    let (mut list, mut seen): (Vec<(String, Vec<String>)>, Vec<&str>) = (Vec::new(), Vec::new());
    for rule in rules {
        let [_, tls] = rule.split(',').collect::<Vec<_>>()[..] else { continue };
        let host = rule.split('/').next().unwrap_or_default();
        let secret = tls.split('=').nth(1).unwrap_or_default();
        if seen.contains(&host) {
            continue;
        }
        seen.push(host);
        match list.iter_mut().find(|(own, _)| own == secret) {
            Some((_, hosts)) => hosts.push(host.to_string()),
            None if host.is_empty() && secret.is_empty() => {}
            None => {
                let hosts = if host.is_empty() { Vec::new() } else { vec![host.to_string()] };
                list.push((secret.to_string(), hosts));
            }
        }
    }
    let certificate = |(secret, hosts): (String, Vec<String>)| {
        let mut out = json!({});
        if !hosts.is_empty() {
            out["hosts"] = hosts.into();
        }
        if !secret.is_empty() {
            out["secretName"] = secret.into();
        }
        out
    };
    list.into_iter().map(certificate).collect()
}

/// The rules, those of one host together.
fn rules(given: &[String]) -> Result<Vec<Value>, CmdError> {
    let mut list: Vec<(String, Vec<Value>)> = Vec::new();
    for rule in given {
        let plain = rule.split(',').next().unwrap_or_default();
        let (host, rest) = plain.split_once('/').ok_or_else(|| invalid(rule))?;
        let mut words = rest.split('=');
        // kubectl itself falls over a path with an = or a comma in it.
        let (path, service) =
            words.next().zip(words.next().filter(|s| s.contains(':'))).ok_or_else(|| invalid(rule))?;
        let (path, kind) = match path.strip_suffix('*') {
            Some(prefix) => (format!("/{prefix}"), "Prefix"),
            None => (format!("/{path}"), "Exact"),
        };
        let path = json!({"path": path, "pathType": kind, "backend": backend(service)});
        match list.iter_mut().find(|(own, _)| own == host) {
            Some((_, paths)) => paths.push(path),
            None => list.push((host.to_string(), vec![path])),
        }
    }
    let rule = |(host, paths): (String, Vec<Value>)| match host.as_str() {
        "" => json!({"http": {"paths": paths}}),
        _ => json!({"host": host, "http": {"paths": paths}}),
    };
    Ok(list.into_iter().map(rule).collect())
}

#[cfg(test)]
mod tests {
    use crate::kubectl::testing::{Bench, check};

    #[test]
    fn an_ingress_from_rules() {
        let yaml = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  annotations:\n    a: b=c\n  name: i\nspec:\n  \
                    defaultBackend:\n    service:\n      name: other\n      port:\n        name: http\n  \
                    ingressClassName: nginx\n  rules:\n  - host: foo.com\n    http:\n      paths:\n      - backend:\n          \
                    service:\n            name: svc\n            port:\n              number: 8080\n        \
                    path: /\n        pathType: Prefix\n      - backend:\n          service:\n            name: admin\n            \
                    port:\n              name: web\n        path: /admin\n        pathType: Exact\n  tls:\n  - hosts:\n    \
                    - foo.com\n    secretName: s\nstatus:\n  loadBalancer: {}\n";
        let line = "create ingress i --class=nginx --default-backend=other:http --rule=foo.com/*=svc:8080,tls=s \
                    --rule=foo.com/admin=admin:web,tls=s --annotation=a=b=c --dry-run=client -o yaml";
        check(line, (0, yaml, ""));
    }

    #[test]
    fn hosts_of_one_secret_stand_together() {
        let tls = |rules: &str, expected: &str| {
            let line = format!("create ing i {rules} --dry-run=client -o jsonpath={{.spec.tls}}");
            check(&line, (0, expected, ""));
        };
        tls("--rule=a/=s:1,tls --rule=b/=s:1,tls", "[{\"hosts\":[\"a\",\"b\"]}]");
        tls(
            "--rule=a/=s:1,tls=x --rule=/=s:1,tls=y",
            "[{\"hosts\":[\"a\"],\"secretName\":\"x\"},{\"secretName\":\"y\"}]",
        );
        tls("--rule=a/=s:1,tls=x --rule=a/b=s:1,tls=y", "[{\"hosts\":[\"a\"],\"secretName\":\"x\"}]");
        tls("--rule=/=s:1,tls", "");
    }

    #[test]
    fn created_and_refused() {
        let mut bench = Bench::default();
        bench.check("create ingress i --rule=/path*=svc:80", (0, "ingress.networking.k8s.io/i created\n", ""));
        assert!(bench.api.requests[0].body["spec"]["rules"][0].get("host").is_none());
        let exists = "error: failed to create ingress: ingresses.networking.k8s.io \"i\" already exists\n";
        bench.check("create ing i --rule=/path*=svc:80", (1, "", exists));
        let mut refused = |line: &str, why: &str| {
            bench.check(&format!("create ingress j {line}"), (1, "", &format!("error: {why}\n")));
        };
        let little = "not enough information provided: every ingress has to either specify a default-backend (which \
                      catches all traffic) or a list of rules (which catch specific paths)";
        refused("--class=x", little);
        let form = "is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]";
        refused("--rule=foo.com=svc:80", &format!("rule foo.com=svc:80 {form}"));
        refused("--rule=/a=b=svc:80", &format!("rule /a=b=svc:80 {form}"));
        refused("--rule=/=svc:80 --annotation=x", "annotation x is invalid and should be in format key=[value]");
        refused("--default-backend=svc", "default-backend should be in format servicename:serviceport");
    }
}
