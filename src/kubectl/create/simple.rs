//! `create namespace` and `create serviceaccount`: objects that are only a name.

use serde_json::json;

use super::generators::flags;
use crate::apiserver::Api;
use crate::kubectl::error::{CmdError, message};
use crate::kubectl::flags::Command;
use crate::kubectl::generated::{Making, name};
use crate::kubectl::io::Io;
use crate::resource::Kind;

static NAMESPACE: Command = Command {
    path: "kubectl create namespace",
    usage: "NAME [--dry-run=server|client|none] [flags]",
    about: "Create a namespace with the specified name.\n\nAliases:\n  namespace, ns\n\nExamples:\n  \
            # Create a new namespace named my-namespace\n  kubectl create namespace my-namespace",
    flags: flags!(&[]),
    required: &[],
};

static SERVICE_ACCOUNT: Command = Command {
    path: "kubectl create serviceaccount",
    usage: "NAME [--dry-run=server|client|none] [flags]",
    about: "Create a service account with the specified name.\n\nAliases:\n  serviceaccount, sa\n\nExamples:\n  \
            # Create a new service account named my-service-account\n  \
            kubectl create serviceaccount my-service-account",
    flags: flags!(&[]),
    required: &[],
};

/// `kubectl create namespace`.
pub(super) fn namespace(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    make(&NAMESPACE, Kind::Namespace, "", args, api, io)
}

/// `kubectl create serviceaccount`.
pub(super) fn service_account(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    make(&SERVICE_ACCOUNT, Kind::ServiceAccount, "serviceaccount:", args, api, io)
}

fn make(
    command: &'static Command,
    kind: Kind,
    what: &str,
    args: &[String],
    api: &mut dyn Api,
    io: &mut Io<'_>,
) -> Result<(), CmdError> {
    let line = command.parse(args, io)?;
    let name = name(&line)?;
    let mut making = Making::of(&line, api, io)?;
    if name.is_empty() {
        return Err(message("name must be specified"));
    }
    making.make(kind, json!({"metadata": {"name": name}}), what, api, io)
}

#[cfg(test)]
mod tests {
    use crate::kubectl::testing::Bench;

    #[test]
    fn names_only() {
        let mut bench = Bench::default();
        bench.check("create ns a", (0, "namespace/a created\n", ""));
        let exists = "Error from server (AlreadyExists): namespaces \"a\" already exists\n";
        bench.check("create namespace a", (1, "", exists));
        bench.check("create sa a -n a", (0, "serviceaccount/a created\n", ""));
        let exists = "error: failed to create serviceaccount: serviceaccounts \"a\" already exists\n";
        bench.check("create serviceaccount a -n a", (1, "", exists));
        let yaml = "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: b\n";
        bench.check("create sa b --dry-run=client -o yaml", (0, yaml, ""));
        let yaml = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: b\nspec: {}\nstatus: {}\n";
        bench.check("create ns b --dry-run=client -o yaml", (0, yaml, ""));
        let json = "{\n    \"kind\": \"ServiceAccount\",\n    \"apiVersion\": \"v1\",\n    \"metadata\": {\n        \
                    \"name\": \"b\"\n    }\n}\n";
        bench.check("create sa b --dry-run=client -o json", (0, json, ""));
        bench.check("create sa s --save-config", (0, "serviceaccount/s created\n", ""));
        let saved = &bench.api.requests.last().unwrap().body["metadata"]["annotations"];
        let text = "{\"kind\":\"ServiceAccount\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"s\"}}\n";
        assert_eq!(saved["kubectl.kubernetes.io/last-applied-configuration"], text);
        let count = "error: exactly one NAME is required, got 2\n\
                     See 'kubectl create namespace -h' for help and examples\n";
        bench.check("create ns a b", (1, "", count));
    }
}
