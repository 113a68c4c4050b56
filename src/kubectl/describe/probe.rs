//! The probes of a container on one line each (`describe.go`, `DescribeProbe`).

use serde_json::Value;

use super::json::{Json, bracketed, int_or_string};
use super::quote;
use super::writer::{Writer, put};

/// Writes the lines of the probes that a container has.
pub(super) fn write(w: &mut Writer, container: &Value) {
    let probes = [("Liveness", "livenessProbe"), ("Readiness", "readinessProbe"), ("Startup", "startupProbe")];
    for (title, field) in probes {
        if container.has(field) {
            put!(w, 2, "{title}:\t{}\n", text(container.at(field)));
        }
    }
}

fn text(probe: &Value) -> String {
    let attributes = format!(
        "delay={}s timeout={}s period={}s #success={} #failure={}",
        probe.int("initialDelaySeconds"),
        probe.int("timeoutSeconds"),
        probe.int("periodSeconds"),
        probe.int("successThreshold"),
        probe.int("failureThreshold"),
    );
    let handler = if probe.has("exec") {
        format!("exec {}", bracketed(&probe.words("exec.command")))
    } else if probe.has("httpGet") {
        let get = probe.at("httpGet");
        let host = match int_or_string(get.at("port")) {
            port if port.is_empty() => get.text("host").to_string(),
            port => quote::host_port(get.text("host"), &port),
        };
        format!("http-get {}", quote::url(&get.text("scheme").to_lowercase(), &host, get.text("path")))
    } else if probe.has("tcpSocket") {
        let socket = probe.at("tcpSocket");
        format!("tcp-socket {}:{}", socket.text("host"), int_or_string(socket.at("port")))
    } else if probe.has("grpc") {
        format!("grpc <pod>:{} {}", probe.int("grpc.port"), probe.text("grpc.service"))
    } else {
        "unknown".to_string()
    };
    format!("{handler} {attributes}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Cases of upstream's `describe_test.go`, `TestDescribeContainers` and `TestProbeDescribe`.
    #[test]
    fn handlers() {
        let rest = "delay=10s timeout=60s period=1s #success=10 #failure=1";
        let check = |handler: Value, expect: &str| {
            let mut probe = json!({"initialDelaySeconds": 10, "timeoutSeconds": 60, "periodSeconds": 1,
                "successThreshold": 10, "failureThreshold": 1});
            probe.as_object_mut().unwrap().extend(handler.as_object().unwrap().clone());
            assert_eq!(text(&probe), format!("{expect} {rest}"));
        };
        check(json!({"exec": {"command": ["cat", "/health"]}}), "exec [cat /health]");
        check(json!({"httpGet": {"host": "", "port": "", "path": ""}}), "http-get ");
        check(json!({"httpGet": {"path": "/path", "scheme": "HTTP", "port": 8080}}), "http-get http://:8080/path");
        check(
            json!({"httpGet": {"path": "/p", "scheme": "HTTPS", "port": "web", "host": "h"}}),
            "http-get https://h:web/p",
        );
        check(json!({"tcpSocket": {"port": 3306}}), "tcp-socket :3306");
        check(json!({"grpc": {"port": 9, "service": "s"}}), "grpc <pod>:9 s");
        check(json!({}), "unknown");
    }
}
