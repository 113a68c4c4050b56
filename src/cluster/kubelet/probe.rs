//! What a probe finds, in the words of its Event (rule P18; upstream `pkg/probe`).

use std::net::Ipv4Addr;

use crate::cluster::faults::{ContainerFault, Finding};
use crate::resource::meta::Text;
use crate::resource::model::{Handler, Probe, ProbeKind};

/// What an unhealthy server answers unless a fault names something else.
const UNHEALTHY: u16 = 503;

/// What a container is like when it is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    /// What is broken in it.
    pub fault: ContainerFault,
    /// Whether it answers yet.
    pub boots: bool,
    /// Its Pod's address.
    pub ip: Option<Ipv4Addr>,
}

/// Whether a probe succeeds, or how it fails.
pub(super) fn find(probe: &Probe, asked: Asked) -> Result<(), String> {
    let Asked { fault, boots, ip } = asked;
    let address = |host: &Option<Text>, port: i64| {
        let own = ip.map(|ip| ip.to_string()).unwrap_or_default();
        format!("{}:{port}", host.as_deref().unwrap_or(&own))
    };
    let ready = fault.ready.filter(|_| probe.kind == ProbeKind::Readiness);
    let finding = fault.ailments.finding(probe.kind).or(ready.map(|ok| if ok { Finding::Ok } else { Finding::Fail }));
    match finding {
        Some(Finding::Ok) => Ok(()),
        Some(Finding::Timeout) => Err(silent(probe, address)),
        Some(Finding::Fail) => Err(unhealthy(probe, fault.ailments.http_status, address)),
        None if boots => Err(refused(probe, address)),
        None => match (&probe.handler, fault.ailments.http_status) {
            (Handler::Http { .. }, Some(status)) if !(200..400).contains(&status) => Err(wrong_status(status)),
            _ => Ok(()),
        },
    }
}

fn scheme(tls: bool) -> &'static str {
    if tls { "https" } else { "http" }
}

fn wrong_status(status: u16) -> String {
    format!("HTTP probe failed with statuscode: {status}")
}

/// The container runs, and says that it is not well.
fn unhealthy(probe: &Probe, status: Option<u16>, address: impl Fn(&Option<Text>, i64) -> String) -> String {
    match &probe.handler {
        Handler::Http { .. } => wrong_status(status.filter(|status| !(200..400).contains(status)).unwrap_or(UNHEALTHY)),
        Handler::Grpc { .. } => "service unhealthy (responded with \"NOT_SERVING\")".into(),
        Handler::Tcp { .. } | Handler::Exec(_) => refused(probe, address),
    }
}

/// Nobody listens yet.
fn refused(probe: &Probe, address: impl Fn(&Option<Text>, i64) -> String) -> String {
    match &probe.handler {
        Handler::Http { tls, host, port, path } => {
            let (scheme, address) = (scheme(*tls), address(host, *port));
            format!("Get \"{scheme}://{address}{path}\": dial tcp {address}: connect: connection refused")
        }
        Handler::Tcp { host, port } => format!("dial tcp {}: connect: connection refused", address(host, *port)),
        Handler::Grpc { .. } => silent(probe, address),
        Handler::Exec(command) => output(command),
    }
}

/// Nobody answers in time.
fn silent(probe: &Probe, address: impl Fn(&Option<Text>, i64) -> String) -> String {
    let seconds = probe.timeout.as_secs();
    match &probe.handler {
        Handler::Http { tls, host, port, path } => format!(
            "Get \"{}://{}{path}\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
            scheme(*tls),
            address(host, *port)
        ),
        Handler::Tcp { host, port } => format!("dial tcp {}: i/o timeout", address(host, *port)),
        Handler::Grpc { port } => format!(
            "timeout: failed to connect service \"{}\" within {seconds}s: context deadline exceeded",
            address(&None, *port)
        ),
        Handler::Exec(command) => {
            format!("command timed out: \"{}\" timed out after {seconds}s", command.join(" "))
        }
    }
}

/// What a command that fails prints, for the command that everybody's first probe is; others say nothing.
fn output(command: &[Text]) -> String {
    match command {
        [cat, file] if **cat == *"cat" => format!("cat: {file}: No such file or directory\n"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cluster::faults::Ailments;
    use crate::resource::model::Care;

    fn found(handler: serde_json::Value, fault: ContainerFault, boots: bool) -> Result<(), String> {
        let care = Care::from_json(&json!({"readinessProbe": handler})).unwrap();
        let asked = Asked { fault, boots, ip: Some(Ipv4Addr::new(10, 0, 0, 5)) };
        find(&care.probes[0], asked)
    }

    /// Rule P18.
    #[test]
    fn probes_fail_in_kubernetes_words() {
        let http = || json!({"httpGet": {"port": 80}});
        let tcp = || json!({"tcpSocket": {"port": 5432}});
        let well = ContainerFault::default();
        let finds = |readiness: Finding| {
            let ailments = Ailments { readiness: Some(readiness), ..Ailments::default() };
            ContainerFault { ailments, ..well }
        };
        let ill = |status: u16| {
            let ailments = Ailments { http_status: Some(status), ..Ailments::default() };
            ContainerFault { ailments, ..well }
        };
        let not_ready = ContainerFault { ready: Some(false), ..well };
        let timeout =
            "Get \"http://10.0.0.5:80/\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)";
        for (probe, fault, boots, text) in [
            (http(), ill(500), false, "HTTP probe failed with statuscode: 500"),
            (http(), finds(Finding::Fail), false, "HTTP probe failed with statuscode: 503"),
            (http(), not_ready, false, "HTTP probe failed with statuscode: 503"),
            (http(), well, true, "Get \"http://10.0.0.5:80/\": dial tcp 10.0.0.5:80: connect: connection refused"),
            (http(), finds(Finding::Timeout), false, timeout),
            (tcp(), finds(Finding::Fail), false, "dial tcp 10.0.0.5:5432: connect: connection refused"),
            (json!({"exec": {"command": ["cat", "/tmp/up"]}}), well, true, "cat: /tmp/up: No such file or directory\n"),
            (json!({"grpc": {"port": 9}}), not_ready, false, "service unhealthy (responded with \"NOT_SERVING\")"),
        ] {
            assert_eq!(found(probe, fault, boots), Err(text.to_string()));
        }
        for (probe, fault) in [(http(), well), (http(), ill(302)), (tcp(), ill(500)), (http(), finds(Finding::Ok))] {
            assert_eq!(found(probe, fault, false), Ok(()));
        }
        assert_eq!(found(http(), finds(Finding::Ok), true), Ok(()));
    }
}
