//! `kubectl auth whoami` (`k8s.io/kubectl/pkg/cmd/auth/whoami.go`). The lab has one user: the administrator whom kubeadm
//! puts into a new cluster's `admin.conf`. Nobody logs in, so there is no certificate that `extra` could name.

use serde_json::json;

use crate::apiserver::Api;
use crate::kubectl::error::CmdError;
use crate::kubectl::flags::{Command, PRINT};
use crate::kubectl::io::Io;
use crate::kubectl::print::tabwriter::TabWriter;
use crate::kubectl::printer::Printer;

static COMMAND: Command = Command {
    path: "kubectl auth whoami",
    usage: "whoami",
    about: "Experimental: Check who you are and your attributes (groups, extra).\n\n\
            The user of the lab is the administrator that kubeadm makes.\n\nExamples:\n  \
            # Get your subject attributes\n  kubectl auth whoami\n\n  \
            # Get your subject attributes in JSON format\n  kubectl auth whoami -o json",
    flags: &[PRINT],
    required: &[],
};

/// The lab's user.
const USER: &str = "kubernetes-admin";
/// The groups of the user.
const GROUPS: [&str; 2] = ["kubeadm:cluster-admins", "system:authenticated"];

/// `kubectl auth whoami`.
pub(super) fn run(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let line = COMMAND.parse(args, io)?;
    let mut printer = Printer::of(&line, io)?;
    let now = api.now().rfc3339();
    match line.str("output").to_lowercase().as_str() {
        "" if line.str("template").is_empty() => {
            let mut table = TabWriter::for_tables();
            table.line_of(&["ATTRIBUTE", "VALUE"]);
            table.line_of(&["Username", USER]);
            table.line_of(&["Groups", &format!("[{}]", GROUPS.join(" "))]);
            io.out(table.flush());
            Ok(())
        }
        // Go's order of members, which no table of the lab's kinds has.
        "json" => {
            let [first, second] = GROUPS;
            io.out(format!(
                "{{\n    \"kind\": \"SelfSubjectReview\",\n    \"apiVersion\": \"authentication.k8s.io/v1\",\n    \
                 \"metadata\": {{\n        \"creationTimestamp\": \"{now}\"\n    }},\n    \"status\": {{\n        \
                 \"userInfo\": {{\n            \"username\": \"{USER}\",\n            \"groups\": [\n                \
                 \"{first}\",\n                \"{second}\"\n            ]\n        }}\n    }}\n}}\n"
            ));
            Ok(())
        }
        _ => {
            let review = json!({"kind": "SelfSubjectReview", "apiVersion": "authentication.k8s.io/v1",
                "metadata": {"creationTimestamp": now},
                "status": {"userInfo": {"username": USER, "groups": GROUPS}}});
            printer.print(&review, "", io)
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::kubectl::testing::check;

    #[test]
    fn the_user_of_the_lab() {
        let table = "ATTRIBUTE   VALUE\nUsername    kubernetes-admin\n\
                     Groups      [kubeadm:cluster-admins system:authenticated]\n";
        check("auth whoami", (0, table, ""));
        check("auth whoami -o jsonpath={.status.userInfo.username}", (0, "kubernetes-admin", ""));
        check("auth whoami -o json", (0, JSON, ""));
        check("auth whoami -o yaml", (0, YAML, ""));
    }

    const JSON: &str = "{\n    \"kind\": \"SelfSubjectReview\",\n    \"apiVersion\": \"authentication.k8s.io/v1\",\n    \
                        \"metadata\": {\n        \"creationTimestamp\": \"2026-01-01T00:00:00Z\"\n    },\n    \
                        \"status\": {\n        \"userInfo\": {\n            \"username\": \"kubernetes-admin\",\n            \
                        \"groups\": [\n                \"kubeadm:cluster-admins\",\n                \
                        \"system:authenticated\"\n            ]\n        }\n    }\n}\n";
    const YAML: &str = "apiVersion: authentication.k8s.io/v1\nkind: SelfSubjectReview\nmetadata:\n  \
                        creationTimestamp: \"2026-01-01T00:00:00Z\"\nstatus:\n  userInfo:\n    groups:\n    - \
                        kubeadm:cluster-admins\n    - system:authenticated\n    username: kubernetes-admin\n";
}
