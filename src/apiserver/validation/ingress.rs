//! Ingresses (`pkg/apis/networking/validation/validation.go`).

use serde_json::Value;

use super::errors::{Errors, Path, integer, list, nothing, present, text, texts};
use super::{container, ip, meta, names};

/// An Ingress, new or changed.
pub(super) fn ingress(object: &Value, errors: &mut Errors) {
    meta::create(object, true, names::dns_subdomain, errors);
    let (spec, at) = (object.get("spec").unwrap_or(nothing()), Path::new("spec"));
    let default = present(spec, "defaultBackend");
    if list(spec, "rules").is_empty() && default.is_none() {
        errors.invalid(&at, Value::Null, "either `defaultBackend` or `rules` must be specified");
    }
    if let Some(default) = default {
        backend(default, &at.child("defaultBackend"), errors);
    }
    for (i, rule) in list(spec, "rules").iter().enumerate() {
        let rules_at = at.child("rules");
        let at = rules_at.index(i);
        host(text(rule, "host"), &at, errors);
        if let Some(http) = present(rule, "http") {
            let http_at = at.child("http");
            if list(http, "paths").is_empty() {
                errors.required(&http_at.child("paths"), "");
            }
            for (j, path) in list(http, "paths").iter().enumerate() {
                self::path(path, &http_at.child("paths").index(j), errors);
            }
        }
    }
    for (i, tls) in list(spec, "tls").iter().enumerate() {
        let tls_at = at.child("tls");
        let at = tls_at.index(i);
        for (j, name) in texts(tls, "hosts").enumerate() {
            errors.each(&at.child("hosts").index(j), name, host_name(name));
        }
        let secret = text(tls, "secretName");
        if !secret.is_empty() {
            errors.each(&at.child("secretName"), secret, names::dns_subdomain(secret));
        }
    }
    let class = text(spec, "ingressClassName");
    if !class.is_empty() {
        errors.each(&at.child("ingressClassName"), class, names::dns_subdomain(class));
    }
}

fn host_name(host: &str) -> Vec<String> {
    if host.contains('*') { names::wildcard_subdomain(host) } else { names::dns_subdomain(host) }
}

fn host(host: &str, at: &Path, errors: &mut Errors) {
    if host.is_empty() {
        return;
    }
    if ip::is_ip(host) {
        errors.invalid(&at.child("host"), host, "must be a DNS name, not an IP address");
    }
    errors.each(&at.child("host"), host, host_name(host));
}

fn path(path: &Value, at: &Path, errors: &mut Errors) {
    let (sort, value) = (text(path, "pathType"), text(path, "path"));
    let (path_at, absolute) = (at.child("path"), value.starts_with('/'));
    match sort {
        "" => return errors.required(&at.child("pathType"), "pathType must be specified"),
        "Exact" | "Prefix" => {
            if !absolute {
                errors.invalid(&path_at, value, "must be an absolute path");
            }
            for bad in ["//", "/./", "/../", "%2f", "%2F"].iter().filter(|bad| value.contains(**bad)) {
                errors.invalid(&path_at, value, format!("must not contain '{bad}'"));
            }
            for bad in ["/..", "/."].iter().filter(|bad| value.ends_with(**bad)) {
                errors.invalid(&path_at, value, format!("cannot end with '{bad}'"));
            }
        }
        "ImplementationSpecific" => {
            if !value.is_empty() && !absolute {
                errors.invalid(&path_at, value, "must be an absolute path");
            }
        }
        _ => {
            errors.not_supported(&at.child("pathType"), sort, &["Exact", "ImplementationSpecific", "Prefix"]);
        }
    }
    backend(path.get("backend").unwrap_or(nothing()), &at.child("backend"), errors);
}

fn backend(backend: &Value, at: &Path, errors: &mut Errors) {
    match (present(backend, "resource"), present(backend, "service")) {
        (Some(_), Some(_)) => errors.invalid(at, "", "cannot set both resource and service backends"),
        (None, None) => errors.invalid(at, "", "resource or service backend is required"),
        (Some(resource), None) => {
            let at = at.child("resource");
            for member in ["kind", "name"] {
                let value = text(resource, member);
                if value.is_empty() {
                    errors.required(&at.child(member), "");
                } else {
                    errors.each(&at.child(member), value, names::path_segment(value));
                }
            }
        }
        (None, Some(service)) => {
            let (service_at, name) = (at.child("service"), text(service, "name"));
            if name.is_empty() {
                errors.required(&service_at.child("name"), "");
            } else {
                errors.each(&service_at.child("name"), name, names::dns_label(name));
            }
            let (port, port_at) = (service.get("port").unwrap_or(nothing()), service_at.child("port"));
            match (text(port, "name"), integer(port, "number")) {
                ("", 0) => errors.required(at, "port name or number is required"),
                ("", number) => container::port_number(number, &port_at.child("number"), errors),
                (name, 0) => errors.each(&port_at.child("name"), name, names::port_name(name)),
                _ => errors.invalid(at, "", "cannot set both port name & port number"),
            }
        }
    }
}
