//! Probes, lifecycle hooks and their handlers (`validateProbe`, `validateHandler`, `validateLifecycle` in
//! `pkg/apis/core/validation`).

use serde_json::Value;

use super::container::port_number;
use super::errors::{Errors, Path, integer, list, present, text};
use super::names;

/// A probe of the given sort (`livenessProbe`).
pub(super) fn probe(probe: &Value, sort: &str, at: &Path, errors: &mut Errors) {
    handler(probe, &["exec", "httpGet", "tcpSocket", "grpc"], None, at, errors);
    for member in ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"] {
        errors.non_negative(probe, member, at);
    }
    let grace = present(probe, "terminationGracePeriodSeconds");
    if let Some(seconds) = grace.and_then(Value::as_i64).filter(|s| *s <= 0) {
        errors.invalid(&at.child("terminationGracePeriodSeconds"), seconds, "must be greater than 0");
    }
    if sort == "readinessProbe" {
        if let Some(seconds) = grace {
            let detail = "must not be set for readinessProbes";
            errors.invalid(&at.child("terminationGracePeriodSeconds"), seconds.clone(), detail);
        }
    } else if integer(probe, "successThreshold") != 1 {
        errors.invalid(&at.child("successThreshold"), integer(probe, "successThreshold"), "must be 1");
    }
}

/// The hooks and the stop signal of a container.
pub(super) fn lifecycle(lifecycle: &Value, grace_period: Option<i64>, os: &str, at: &Path, errors: &mut Errors) {
    for hook in ["postStart", "preStop"] {
        if let Some(action) = present(lifecycle, hook) {
            handler(action, &["exec", "httpGet", "tcpSocket", "sleep"], grace_period, &at.child(hook), errors);
        }
    }
    let signal = text(lifecycle, "stopSignal");
    if !signal.is_empty() {
        match os {
            "" => {
                let detail = "may not be set for containers with empty `spec.os.name`";
                errors.forbidden(&at.child("stopSignal"), detail);
            }
            "windows" if !["SIGKILL", "SIGTERM"].contains(&signal) => {
                errors.not_supported(&at.child("stopSignal"), signal, &["SIGKILL", "SIGTERM"]);
            }
            "linux" if !SIGNALS.contains(&signal) => {
                errors.not_supported(&at.child("stopSignal"), signal, &SIGNALS);
            }
            _ => {}
        }
    }
}

/// Exactly one handler of the allowed sorts.
fn handler(action: &Value, allowed: &[&str], grace_period: Option<i64>, at: &Path, errors: &mut Errors) {
    let mut found = false;
    for sort in allowed {
        let Some(handler) = present(action, sort) else { continue };
        let at = at.child(sort);
        if found {
            errors.forbidden(&at, "may not specify more than 1 handler type");
            continue;
        }
        found = true;
        match *sort {
            "exec" if list(handler, "command").is_empty() => errors.required(&at.child("command"), ""),
            "httpGet" => http_get(handler, &at, errors),
            "tcpSocket" | "grpc" => port(handler.get("port"), &at.child("port"), errors),
            "sleep" => sleep(integer(handler, "seconds"), grace_period, &at, errors),
            _ => {}
        }
    }
    if !found {
        errors.required(at, "must specify a handler type");
    }
}

fn http_get(action: &Value, at: &Path, errors: &mut Errors) {
    if text(action, "path").is_empty() {
        errors.required(&at.child("path"), "");
    }
    port(action.get("port"), &at.child("port"), errors);
    let scheme = text(action, "scheme");
    if !["HTTP", "HTTPS"].contains(&scheme) {
        errors.not_supported(&at.child("scheme"), scheme, &["HTTP", "HTTPS"]);
    }
    for header in list(action, "httpHeaders") {
        let name = text(header, "name");
        errors.each(&at.child("httpHeaders"), name, names::http_header_name(name));
    }
}

/// A port by number or by name.
pub(super) fn port(port: Option<&Value>, at: &Path, errors: &mut Errors) {
    match port {
        Some(Value::String(name)) => errors.each(at, name, names::port_name(name)),
        number => port_number(number.and_then(Value::as_i64).unwrap_or(0), at, errors),
    }
}

fn sleep(seconds: i64, grace_period: Option<i64>, at: &Path, errors: &mut Errors) {
    if let Some(grace) = grace_period.filter(|grace| seconds < 0 || seconds > *grace) {
        let detail = format!("must be non-negative and less than terminationGracePeriodSeconds ({grace})");
        errors.invalid(at, seconds, detail);
    }
}

const SIGNALS: [&str; 65] = [
    "SIGABRT",
    "SIGALRM",
    "SIGBUS",
    "SIGCHLD",
    "SIGCLD",
    "SIGCONT",
    "SIGFPE",
    "SIGHUP",
    "SIGILL",
    "SIGINT",
    "SIGIO",
    "SIGIOT",
    "SIGKILL",
    "SIGPIPE",
    "SIGPOLL",
    "SIGPROF",
    "SIGPWR",
    "SIGQUIT",
    "SIGRTMAX",
    "SIGRTMAX-1",
    "SIGRTMAX-10",
    "SIGRTMAX-11",
    "SIGRTMAX-12",
    "SIGRTMAX-13",
    "SIGRTMAX-14",
    "SIGRTMAX-2",
    "SIGRTMAX-3",
    "SIGRTMAX-4",
    "SIGRTMAX-5",
    "SIGRTMAX-6",
    "SIGRTMAX-7",
    "SIGRTMAX-8",
    "SIGRTMAX-9",
    "SIGRTMIN",
    "SIGRTMIN+1",
    "SIGRTMIN+10",
    "SIGRTMIN+11",
    "SIGRTMIN+12",
    "SIGRTMIN+13",
    "SIGRTMIN+14",
    "SIGRTMIN+15",
    "SIGRTMIN+2",
    "SIGRTMIN+3",
    "SIGRTMIN+4",
    "SIGRTMIN+5",
    "SIGRTMIN+6",
    "SIGRTMIN+7",
    "SIGRTMIN+8",
    "SIGRTMIN+9",
    "SIGSEGV",
    "SIGSTKFLT",
    "SIGSTOP",
    "SIGSYS",
    "SIGTERM",
    "SIGTRAP",
    "SIGTSTP",
    "SIGTTIN",
    "SIGTTOU",
    "SIGURG",
    "SIGUSR1",
    "SIGUSR2",
    "SIGVTALRM",
    "SIGWINCH",
    "SIGXCPU",
    "SIGXFSZ",
];
