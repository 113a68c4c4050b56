//! `kubectl auth can-i`: the lab has one user, who may do everything (`k8s.io/kubectl/pkg/cmd/auth/cani.go`), and
//! `auth whoami`. What else there is of `auth`, and asking for somebody else, needs roles, which the lab has not.

mod whoami;

use super::error::{CmdError, message};
use super::flags::{ALL_NAMESPACES, Command, Flag};
use super::io::Io;
use super::print::tabwriter::TabWriter;
use super::verbs::subcommand;
use crate::apiserver::Api;
use crate::resource::Kind;

static CAN_I: Command = Command {
    path: "kubectl auth can-i",
    usage: "VERB [TYPE | TYPE/NAME | NONRESOURCEURL] [flags]",
    about: "Check whether an action is allowed. The user of the lab may do everything.\n\n\
            VERB is a logical Kubernetes API verb like 'get', 'list', 'watch', 'delete', etc.\n\
            TYPE is a Kubernetes resource. Shortcuts and groups will be resolved.\n\
            NONRESOURCEURL is a partial URL that starts with \"/\".\n\nExamples:\n  \
            # Check to see if I can create pods in any namespace\n  kubectl auth can-i create pods --all-namespaces\n\n  \
            # Check to see if I can list deployments in my current namespace\n  \
            kubectl auth can-i list deployments.apps\n\n  \
            # Check to see if I can do everything in my current namespace (\"*\" means all)\n  \
            kubectl auth can-i '*' '*'\n\n  \
            # List all allowed actions in namespace \"foo\"\n  kubectl auth can-i --list --namespace=foo",
    flags: &[
        ALL_NAMESPACES,
        &[
            Flag::bool("quiet", "Suppress output and just return the exit code").short('q'),
            Flag::string("subresource", "Subresource such as pod/log or deployment/scale"),
            Flag::bool("list", "Print all allowed actions"),
            Flag::bool("no-headers", "Print allowed actions without headers"),
        ],
    ],
    required: &[],
};

/// The verbs of resources that kubectl knows.
const VERBS: &[&str] = &[
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "use",
    "bind",
    "impersonate",
    "*",
    "approve",
    "sign",
    "escalate",
    "attest",
];

/// The verbs of URLs that kubectl knows.
const URL_VERBS: &[&str] = &["get", "put", "post", "head", "options", "delete", "patch", "*"];

/// `kubectl auth SUBCOMMAND`.
pub fn run(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let (word, rest) = subcommand("kubectl auth", args, &["can-i", "reconcile", "whoami"], io)?;
    match word {
        "whoami" => return whoami::run(&rest, api, io),
        "reconcile" => {
            let why = "there are no roles here: its one user may do everything (\"kubectl auth can-i --list\")";
            return Err(message(format!("this lab does not model \"kubectl auth reconcile\"; {why}")));
        }
        _ => {}
    }
    let line = CAN_I.parse(&rest, io)?;
    if ["as", "as-group", "as-uid"].iter().any(|flag| line.changed(flag)) {
        return Err(message("this lab does not model what other users may do (--as)"));
    }
    let (quiet, subresource) = (line.bool("quiet"), line.str("subresource"));
    if line.bool("list") {
        if !line.args.is_empty() {
            return Err(message("list option must be specified with no arguments"));
        }
        if quiet || line.bool("all-namespaces") || !subresource.is_empty() {
            let text = "list option can't be specified with neither quiet, all-namespaces nor subresource options";
            return Err(message(text));
        }
        io.out(everything(line.bool("no-headers")));
        return Ok(());
    }
    let [verb, what] = line.args.as_slice() else {
        return Err(message(
            "you must specify two arguments: verb resource or verb resource/resourceName.\n\
             See 'kubectl auth can-i -h' for help and examples.",
        ));
    };
    if what.starts_with('/') && !subresource.is_empty() {
        return Err(message("--subresource can not be used with NonResourceURL"));
    }
    for warning in warnings(verb, what, line.bool("all-namespaces")) {
        io.err(format_args!("Warning: {warning}\n\n"));
    }
    if line.bool("no-headers") {
        return Err(message("--no-headers cannot be set without --list specified"));
    }
    if !quiet {
        io.out("yes\n");
    }
    Ok(())
}

/// What kubectl remarks about a question before it asks it.
fn warnings(verb: &str, what: &str, all_namespaces: bool) -> Vec<String> {
    let unknown_verb = |known: &[&str]| {
        let text = format!("verb '{verb}' is not a known verb");
        Some(text).filter(|_| !known.contains(&verb))
    };
    if what.starts_with('/') {
        return unknown_verb(URL_VERBS).into_iter().collect();
    }
    let resource = what.split('/').next().unwrap_or_default().to_lowercase();
    let mut warnings = Vec::new();
    match Kind::parse(&resource).map(Kind::info) {
        Some(info) if !info.namespaced && !all_namespaces => {
            let group = if info.group.is_empty() { String::new() } else { format!(" in group '{}'", info.group) };
            warnings.push(format!("resource '{}' is not namespace scoped{group}", info.plural));
        }
        None if !matches!(resource.as_str(), "*" | "users" | "groups") => {
            let (name, group) = resource.split_once('.').unwrap_or((&resource, ""));
            let group = if group.is_empty() { String::new() } else { format!(" in group '{group}'") };
            warnings.push(format!("the server doesn't have a resource type '{name}'{group}"));
        }
        _ => {}
    }
    if !all_namespaces {
        warnings.extend(unknown_verb(VERBS));
    }
    warnings
}

fn everything(no_headers: bool) -> String {
    let mut table = TabWriter::for_tables();
    if !no_headers {
        table.line_of(&["Resources", "Non-Resource URLs", "Resource Names", "Verbs"]);
    }
    table.line_of(&["*.*", "[]", "[]", "[*]"]);
    table.line_of(&["", "[*]", "[]", "[*]"]);
    table.flush()
}

#[cfg(test)]
mod tests {
    use crate::kubectl::testing::check;

    #[test]
    fn everything_is_allowed() {
        check("auth can-i create pods", (0, "yes\n", ""));
        check("auth can-i get sts/web -q", (0, "", ""));
        check("auth can-i get /healthz", (0, "yes\n", ""));
        let table = "Resources   Non-Resource URLs   Resource Names   Verbs\n\
                     *.*         []                  []               [*]\n            [*]                 []               [*]\n";
        check("auth can-i --list", (0, table, ""));
    }

    #[test]
    fn remarks_and_refusals() {
        let scope = "Warning: resource 'nodes' is not namespace scoped\n\n";
        check("auth can-i get nodes", (0, "yes\n", scope));
        check("auth can-i get nodes -A", (0, "yes\n", ""));
        let unknown = "Warning: the server doesn't have a resource type 'jobs' in group 'batch'\n\n\
                       Warning: verb 'fly' is not a known verb\n\n";
        check("auth can-i fly jobs.batch/x", (0, "yes\n", unknown));
        let two = "error: you must specify two arguments: verb resource or verb resource/resourceName.\n\
                   See 'kubectl auth can-i -h' for help and examples.\n";
        check("auth can-i get", (1, "", two));
        check("auth can-i get pods --as=x", (1, "", "error: this lab does not model what other users may do (--as)\n"));
        let roles = "error: this lab does not model \"kubectl auth reconcile\"; there are no roles here: its one user may do \
                     everything (\"kubectl auth can-i --list\")\n";
        check("auth reconcile -f x.yaml", (1, "", roles));
    }
}
