//! `kubectl describe ingress`; the backends name the addresses behind them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::json::Json;
use super::writer::{Writer, put};
use super::{lookup, service};
use crate::apiserver::Api;
use crate::resource::Kind;

/// Writes the description of an Ingress.
pub(super) fn write(w: &mut Writer, ingress: &Value, api: &mut dyn Api) {
    let namespace = ingress.text("metadata.namespace");
    put!(w, 0, "Name:\t{}\n", ingress.text("metadata.name"));
    w.labels("", "Labels", &ingress.map("metadata.labels"));
    put!(w, 0, "Namespace:\t{namespace}\n");
    let address = |entry: &Value| {
        [entry.text("ip"), entry.text("hostname")].into_iter().find(|t| !t.is_empty()).map(str::to_string)
    };
    let addresses: BTreeSet<String> = ingress.items("status.loadBalancer.ingress").iter().filter_map(address).collect();
    put!(w, 0, "Address:\t{}\n", addresses.into_iter().collect::<Vec<_>>().join(","));
    put!(w, 0, "Ingress Class:\t{}\n", ingress.at("spec.ingressClassName").as_str().unwrap_or("<none>"));
    let default = match ingress.at("spec.defaultBackend") {
        Value::Null => "<default>".to_string(),
        given => backend(given, namespace, api),
    };
    put!(w, 0, "Default backend:\t{default}\n");
    tls(w, ingress.items("spec.tls"));
    put!(w, 0, "Rules:\n  Host\tPath\tBackends\n");
    put!(w, 1, "----\t----\t--------\n");
    let rules: Vec<&Value> = ingress.items("spec.rules").iter().filter(|r| r.has("http")).collect();
    for rule in &rules {
        put!(w, 1, "{}\t\n", if rule.text("host").is_empty() { "*" } else { rule.text("host") });
        for path in rule.items("http.paths") {
            put!(w, 2, "\t{} \t{}\n", path.text("path"), backend(path.at("backend"), namespace, api));
        }
    }
    if rules.is_empty() {
        put!(w, 1, "*\t*\t{default}\n");
    }
    w.annotations("Annotations", &ingress.map("metadata.annotations"));
}

fn tls(w: &mut Writer, entries: &[Value]) {
    if !entries.is_empty() {
        put!(w, 0, "TLS:\n");
    }
    for entry in entries {
        let hosts = entry.words("hosts").join(",");
        match entry.text("secretName") {
            "" => put!(w, 1, "SNI routes {hosts}\n"),
            secret => put!(w, 1, "{secret} terminates {hosts}\n"),
        }
    }
}

fn backend(backend: &Value, namespace: &str, api: &mut dyn Api) -> String {
    if backend.has("service") {
        return service_backend(backend.at("service"), namespace, api);
    }
    let resource = backend.at("resource");
    if resource.is_null() {
        return String::new();
    }
    let group = resource.at("apiGroup").as_str().unwrap_or("<none>");
    format!("APIGroup: {group}, Kind: {}, Name: {}", resource.text("kind"), resource.text("name"))
}

fn service_backend(backend: &Value, namespace: &str, api: &mut dyn Api) -> String {
    let (name, number, port_name) = (backend.text("name"), backend.int("port.number"), backend.text("port.name"));
    let text = if number == 0 { format!("{name}:{port_name}") } else { format!("{name}:{number}") };
    let slices = match lookup::slices(api, namespace, name) {
        Ok(slices) => slices,
        Err(error) => return format!("{text} (<error: {error}>)"),
    };
    let service = match lookup::get(api, Kind::Service, namespace, name) {
        Ok(service) => service,
        Err(error) => return format!("{text} (<error: {error}>)"),
    };
    let wanted = |port: &&Value| {
        number != 0 && port.int("port") == number || !port_name.is_empty() && port.text("name") == port_name
    };
    let port = service.items("spec.ports").iter().rfind(wanted).map_or("", |port| port.text("name"));
    format!("{text} ({})", service::addresses(&slices, port))
}
