//! The flags that several verbs share, and those that every verb has.

use super::Flag;

/// The flags of every kubectl command. Only `--namespace` and `--warnings-as-errors` mean something to a lab; the
/// others are accepted, because a lab has one cluster, one user and no network.
pub static GLOBAL: &[Flag] = &[
    Flag::string("as", "Username to impersonate (accepted, a lab has one user)"),
    Flag::array("as-group", "Group to impersonate (accepted)"),
    Flag::string("as-uid", "UID to impersonate (accepted)"),
    Flag::array("as-user-extra", "User extras to impersonate (accepted)"),
    Flag::string("cache-dir", "Default cache directory (accepted)"),
    Flag::string("certificate-authority", "Path to a certificate authority (accepted)"),
    Flag::string("client-certificate", "Path to a client certificate (accepted)"),
    Flag::string("client-key", "Path to a client key (accepted)"),
    Flag::string("cluster", "Name of the kubeconfig cluster (accepted)"),
    Flag::string("context", "Name of the kubeconfig context (accepted)"),
    Flag::bool("disable-compression", "Opt out of compression (accepted)"),
    Flag::bool("insecure-skip-tls-verify", "Skip certificate checks (accepted)"),
    Flag::string("kubeconfig", "Path to the kubeconfig file (accepted)"),
    Flag::string("kuberc", "Path to the kuberc file (accepted)"),
    Flag::duration("log-flush-frequency", "Time between log flushes (accepted)").default("5s"),
    Flag::bool("match-server-version", "Require the server's version to match (accepted)"),
    Flag::string("namespace", "The namespace scope of this command").short('n'),
    Flag::string("password", "Password (accepted)"),
    Flag::string("profile", "Profile to capture (accepted)").default("none"),
    Flag::string("profile-output", "File of the profile (accepted)").default("profile.pprof"),
    Flag::string("request-timeout", "How long to wait for one request (accepted)").default("0"),
    Flag::string("server", "Address of the API server (accepted)").short('s'),
    Flag::string("tls-server-name", "Server name to check the certificate for (accepted)"),
    Flag::string("token", "Bearer token (accepted)"),
    Flag::string("user", "Name of the kubeconfig user (accepted)"),
    Flag::string("username", "Username (accepted)"),
    Flag::int32("v", "Log level (accepted)").short('v'),
    Flag::string("vmodule", "Log levels by file (accepted)"),
    Flag::bool("warnings-as-errors", "Treat warnings of the server as errors"),
];

/// `-f`, `-k`, `-R`.
pub static FILENAME: &[Flag] = &[
    Flag::slice("filename", "File, directory or - (standard input) with the objects").short('f'),
    Flag::string("kustomize", "Kustomization directory (not modelled by the lab)").short('k'),
    Flag::bool("recursive", "Process the directory of -f recursively").short('R'),
];

/// `--dry-run`.
pub static DRY_RUN: &[Flag] = &[Flag::string("dry-run", "none, server, or client").default("none").no_opt("unchanged")];

/// `--validate`.
pub static VALIDATE: &[Flag] =
    &[Flag::string("validate", "strict (or true), warn, ignore (or false)").default("strict").no_opt("strict")];

/// `-l`.
pub static SELECTOR: &[Flag] = &[Flag::string("selector", "Label selector (e.g. app=web,tier in (a,b))").short('l')];

/// `--field-selector`.
pub static FIELD_SELECTOR: &[Flag] = &[Flag::string("field-selector", "Field selector (e.g. status.phase=Running)")];

/// `-A`.
pub static ALL_NAMESPACES: &[Flag] = &[Flag::bool("all-namespaces", "In all namespaces").short('A')];

/// `-o`, `--template`, and what goes with them on verbs that change something.
pub static PRINT: &[Flag] = &[
    Flag::string("output", "Output format: json, yaml, kyaml, name, go-template, jsonpath, ...").short('o'),
    Flag::string("template", "Template string or file of -o go-template or jsonpath"),
    Flag::bool("allow-missing-template-keys", "Ignore missing keys in templates").default("true"),
    Flag::bool("show-managed-fields", "Keep managedFields in JSON or YAML output"),
];

/// `--save-config`.
pub static SAVE_CONFIG: &[Flag] = &[Flag::bool("save-config", "Save the configuration in the object's annotation")];

/// `--record`, deprecated.
pub static RECORD: &[Flag] = &[Flag::bool("record", "Record the command in the object's annotation")
    .deprecated("--record will be removed in the future")];

/// `--chunk-size`.
pub static CHUNK_SIZE: &[Flag] = &[Flag::int("chunk-size", "Return large lists in chunks").default("500")];

/// `--subresource`.
pub static SUBRESOURCE: &[Flag] = &[Flag::string("subresource", "Act on this part of the object: status or scale")];

/// `--field-manager` with the verb's own default.
#[must_use]
pub const fn field_manager(default: &'static str) -> Flag {
    Flag::string("field-manager", "Name of the manager of the fields").default(default)
}
