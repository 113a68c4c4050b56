//! `kubectl run`: one Pod of one image, with `--expose` a Service for it (`k8s.io/kubectl/pkg/cmd/run/run.go`). With
//! `-i` it joins the person to the Pod's container ([`super::attach`]).

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Value, json};

use super::delete::DELETION;
use super::error::{CmdError, message, usage};
use super::flags::{Command, DRY_RUN, FILENAME, Flag, PRINT, Parsed, RECORD, SAVE_CONFIG, field_manager};
use super::generated::{Making, OVERRIDES, atoi, labels, overridden};
use super::io::Io;
use super::record::record;
use crate::apiserver::Api;
use crate::apiserver::validation::names;
use crate::resource::Kind;

static COMMAND: Command = Command {
    path: "kubectl run",
    usage: "NAME --image=image [--env=\"key=value\"] [--port=port] [--dry-run=server|client] \
            [--overrides=inline-json] [--command] -- [COMMAND] [args...]",
    about: "Create and run a particular image in a pod.\n\nExamples:\n  \
            # Start a nginx pod\n  kubectl run nginx --image=nginx\n\n  \
            # Start a hazelcast pod and let the container expose port 5701\n  \
            kubectl run hazelcast --image=hazelcast/hazelcast --port=5701\n\n  \
            # Start a hazelcast pod and set environment variables in the container\n  \
            kubectl run hazelcast --image=hazelcast/hazelcast --env=\"DNS_DOMAIN=cluster\"\n\n  \
            # Dry run; print the corresponding API objects without creating them\n  \
            kubectl run nginx --image=nginx --dry-run=client\n\n  \
            # Start the nginx pod using a different command and custom arguments\n  \
            kubectl run nginx --image=nginx --command -- <cmd> <arg1> ... <argN>",
    flags: &[
        DELETION,
        FILENAME,
        PRINT,
        RECORD,
        SAVE_CONFIG,
        DRY_RUN,
        &OVERRIDES,
        &[
            Flag::array("annotations", "Annotations to apply to the pod"),
            Flag::string("image", "The image for the container to run"),
            Flag::string("image-pull-policy", "Always, IfNotPresent or Never; else the server's default"),
            Flag::bool("rm", "Delete the pod after it exits; only when attaching"),
            Flag::array("env", "Environment variables to set in the container"),
            Flag::string("port", "The port that this container exposes"),
            Flag::string("labels", "Comma separated labels to apply to the pod").short('l'),
            Flag::bool("stdin", "Keep stdin open, and attach").short('i'),
            Flag::bool("tty", "Allocate a TTY for the container").short('t'),
            Flag::bool("attach", "Attach to the container"),
            Flag::bool("leave-stdin-open", "Leave stdin open after the first attach completes"),
            Flag::string("restart", "The restart policy: Always, OnFailure, Never").default("Always"),
            Flag::bool("command", "Use the extra arguments as the command, not as its args"),
            Flag::bool("expose", "Create a ClusterIP service for the pod; requires --port"),
            Flag::bool("quiet", "Suppress prompt messages").short('q'),
            Flag::bool("privileged", "Run the container in privileged mode"),
            Flag::string("detach-keys", "Keys to detach by").default("ctrl-p,ctrl-q"),
            Flag::duration("pod-running-timeout", "How long to wait until one pod is running").default("1m0s"),
            field_manager("kubectl-run"),
        ],
    ],
    required: &["image"],
};

/// Runs the verb.
pub fn pod(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let line = COMMAND.parse(args, io)?;
    line.require()?;
    let mut making = Making::of(&line, api, io)?;
    let name = check(&line)?;
    let mut pod = overridden(&line, Kind::Pod, object(name, &line)?)?;
    record(&line, &mut pod);
    let pod = making.create(Kind::Pod, pod, api, io)?;
    if line.bool("attach") || (!line.changed("attach") && line.bool("stdin")) {
        return super::attach::after_run(&line, &pod, api, io);
    }
    let mut exposed = Ok(());
    if line.bool("expose") {
        exposed = service(name, &line).and_then(|service| {
            let service = making.create(Kind::Service, service, api, io)?;
            making.print(&service, "created", io)?;
            if line.str("output") == "yaml" {
                io.out("---\n");
            }
            Ok(())
        });
    }
    making.print(&pod, "created", io)?;
    exposed
}

/// Checks the words and flags in upstream's order; returns the name of the Pod.
fn check(line: &Parsed) -> Result<&str, CmdError> {
    let wrong = |text: &str| Err(usage(COMMAND.path, text));
    let Some(name) = line.args.first().filter(|_| line.before_dash != Some(0)) else {
        return wrong("NAME is required for run");
    };
    let image = line.str("image");
    let attach = line.bool("attach") || (!line.changed("attach") && line.bool("stdin"));
    if image.is_empty() {
        return Err(message("--image is required"));
    }
    if !is_reference(image) {
        return Err(message(format!("Invalid image name \"{image}\": invalid reference format")));
    }
    if line.bool("tty") && !line.bool("stdin") {
        return wrong("-i/--stdin is required for containers with -t/--tty=true");
    }
    if line.bool("expose") && line.str("port").is_empty() {
        return wrong("--port must be set when exposing a service");
    }
    if !matches!(line.str("restart"), "" | "Always" | "OnFailure" | "Never") {
        return wrong(&format!("invalid restart policy: {}", line.str("restart")));
    }
    if line.bool("rm") && !attach {
        return wrong("--rm should only be used for attached containers");
    }
    if attach && line.str("dry-run") != "none" {
        return wrong(
            "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)",
        );
    }
    if !matches!(line.str("image-pull-policy"), "" | "Always" | "IfNotPresent" | "Never") {
        return wrong(&format!("invalid image pull policy: {}", line.str("image-pull-policy")));
    }
    Ok(name)
}

/// The Pod (`k8s.io/kubectl/pkg/generate/versioned/run.go`).
fn object(name: &str, line: &Parsed) -> Result<Value, CmdError> {
    let mut container = json!({"name": name, "image": line.str("image")});
    let words = &line.args[1..];
    if !words.is_empty() {
        container[if line.bool("command") { "command" } else { "args" }] = json!(words);
    }
    let env = line.list("env").iter().map(|pair| variable(pair)).collect::<Result<Vec<_>, _>>()?;
    if !env.is_empty() {
        container["env"] = env.into();
    }
    if !line.str("image-pull-policy").is_empty() {
        container["imagePullPolicy"] = line.str("image-pull-policy").into();
    }
    if line.bool("privileged") {
        container["securityContext"] = json!({"privileged": true});
    }
    container["stdin"] = line.bool("stdin").into();
    container["stdinOnce"] = (line.bool("stdin") && !line.bool("leave-stdin-open")).into();
    container["tty"] = line.bool("tty").into();
    let (annotations, _) = super::pairs::parse(line.list("annotations"), "annotations", false)?;
    let own_labels = match line.str("labels") {
        "" => json!({"run": name}),
        text => labels(text)?,
    };
    if !line.str("port").is_empty() {
        container["ports"] = json!([{"containerPort": atoi(line.str("port"))?}]);
    }
    let restart = Some(line.str("restart")).filter(|policy| !policy.is_empty()).unwrap_or("Always");
    Ok(json!({
        "metadata": {"name": name, "labels": own_labels, "annotations": annotations},
        "spec": {"containers": [container], "dnsPolicy": "ClusterFirst", "restartPolicy": restart},
    }))
}

fn variable(pair: &str) -> Result<Value, CmdError> {
    match pair.split_once('=') {
        Some((name, value)) if names::env_var_name(name).is_empty() => Ok(json!({"name": name, "value": value})),
        _ => Err(message(format!("invalid env: {pair}"))),
    }
}

/// The Service of `--expose`.
fn service(name: &str, line: &Parsed) -> Result<Value, CmdError> {
    let port = atoi(line.str("port"))?;
    let ports = json!([{"port": port, "protocol": "TCP", "targetPort": port}]);
    Ok(match line.str("labels") {
        "" => json!({"metadata": {"name": name}, "spec": {"selector": {"run": name}, "ports": ports}}),
        text => {
            json!({"metadata": {"name": name, "labels": labels(text)?}, "spec": {"selector": labels(text)?, "ports": ports}})
        }
    })
}

/// Whether a text names an image (`github.com/distribution/reference`).
fn is_reference(image: &str) -> bool {
    static REFERENCE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let component = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
        let host = format!(r"(?:{component}(?:\.{component})*|\[(?:[a-fA-F0-9:]+)\])");
        let path = "[a-z0-9]+(?:(?:[._]|__|[-]+)[a-z0-9]+)*";
        let tag = "[0-9A-Za-z_][0-9A-Za-z_.-]{0,127}";
        let digest = "[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}";
        Regex::new(&format!("^(?:{host}(?::[0-9]+)?/)?{path}(?:/{path})*(?::{tag})?(?:@{digest})?$")).ok()
    });
    REFERENCE.as_ref().is_some_and(|pattern| pattern.is_match(image))
}

#[cfg(test)]
mod tests {
    use super::is_reference;
    use crate::kubectl::testing::Bench;

    #[test]
    fn a_pod() {
        let mut bench = Bench::default();
        bench.check("run box --image=busybox:1.36 --restart=Never", (0, "pod/box created\n", ""));
        let yaml = "apiVersion: v1\nkind: Pod\nmetadata:\n  labels:\n    run: b\n  name: b\nspec:\n  containers:\n  - args:\n    \
                    - sleep\n    - \"9\"\n    env:\n    - name: A\n      value: b=c\n    image: busybox\n    name: b\n    \
                    ports:\n    - containerPort: 80\n    resources: {}\n  dnsPolicy: ClusterFirst\n  restartPolicy: Always\n\
                    status: {}\n";
        bench.check("run b --image=busybox --port=80 --env=A=b=c --dry-run=client -o yaml -- sleep 9", (0, yaml, ""));
        let exists = "Error from server (AlreadyExists): pods \"box\" already exists\n";
        bench.check("run box --image=x", (1, "", exists));
        bench.check("run e --image=x --port=80 --expose", (0, "service/e created\npod/e created\n", ""));
        let line =
            "run o --image=x --dry-run=client -o jsonpath={.spec.nodeName} --overrides={\"spec\":{\"nodeName\":\"n\"}}";
        bench.check(line, (0, "n", ""));
    }

    #[test]
    fn wrong_words() {
        let help = "See 'kubectl run -h' for help and examples";
        let mut bench = Bench::default();
        let mut refused = |line: &str, why: &str| bench.check(line, (1, "", &format!("error: {why}\n")));
        refused("run b", "required flag(s) \"image\" not set");
        refused("run --image=x", &format!("NAME is required for run\n{help}"));
        refused("run b --image=X:", "Invalid image name \"X:\": invalid reference format");
        refused("run b --image=x -t", &format!("-i/--stdin is required for containers with -t/--tty=true\n{help}"));
        refused("run b --image=x --expose", &format!("--port must be set when exposing a service\n{help}"));
        refused("run b --image=x --restart=x", &format!("invalid restart policy: x\n{help}"));
        refused("run b --image=x --rm", &format!("--rm should only be used for attached containers\n{help}"));
        refused("run b --image=x --env=A", "invalid env: A");
    }

    #[test]
    fn references_of_images() {
        for image in ["nginx", "nginx:1.27", "registry.k8s.io/nginx-slim:0.24", "localhost:5000/a/b__c", "a-b/c_d:x"] {
            assert!(is_reference(image), "{image}");
        }
        for image in ["", "Nginx", "a//b", "a:", "a b", "a:.b", "a@sha256:12"] {
            assert!(!is_reference(image), "{image}");
        }
    }
}
