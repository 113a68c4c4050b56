//! `create deployment` (`k8s.io/kubectl/pkg/cmd/create/create_deployment.go`).

use serde_json::{Value, json};

use super::generators::flags;
use crate::apiserver::Api;
use crate::kubectl::error::{CmdError, message};
use crate::kubectl::flags::{Command, Flag};
use crate::kubectl::generated::{Making, name};
use crate::kubectl::io::Io;
use crate::resource::Kind;

static COMMAND: Command = Command {
    path: "kubectl create deployment",
    usage: "NAME --image=image [flags] -- [COMMAND] [args...]",
    about: "Create a deployment with the specified name.\n\nAliases:\n  deployment, deploy\n\nExamples:\n  \
            # Create a deployment named my-dep that runs the busybox image\n  \
            kubectl create deployment my-dep --image=busybox\n\n  \
            # Create a deployment with a command\n  kubectl create deployment my-dep --image=busybox -- date\n\n  \
            # Create a deployment named my-dep that runs the nginx image with 3 replicas\n  \
            kubectl create deployment my-dep --image=nginx --replicas=3\n\n  \
            # Create a deployment named my-dep that runs the busybox image and expose port 5701\n  \
            kubectl create deployment my-dep --image=busybox --port=5701\n\n  \
            # Create a deployment named my-dep that runs multiple containers\n  \
            kubectl create deployment my-dep --image=busybox:latest --image=ubuntu:latest --image=nginx",
    flags: flags!(&[
        Flag::slice("image", "Image names to run, one for each container"),
        Flag::int32("port", "The containerPort that this deployment exposes").default("-1"),
        Flag::int32("replicas", "Number of replicas to create").short('r').default("1"),
    ]),
    required: &["image"],
};

/// `kubectl create deployment`.
pub(super) fn run(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let line = COMMAND.parse(args, io)?;
    line.require()?;
    let name = name(&line)?;
    let mut making = Making::of(&line, api, io)?;
    let (images, words) = (line.list("image"), &line.args[1..]);
    if images.len() > 1 && !words.is_empty() {
        return Err(message("cannot specify multiple --image options and command"));
    }
    let mut containers: Vec<Value> = Vec::new();
    for image in images {
        let mut container = json!({"name": container_name(image, containers.len()), "image": image});
        if !words.is_empty() {
            container["command"] = json!(words);
        }
        if containers.is_empty() && line.int("port") >= 0 {
            container["ports"] = json!([{"containerPort": line.int("port")}]);
        }
        containers.push(container);
    }
    let labels = json!({"app": name});
    let object = json!({
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "replicas": line.int("replicas"),
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": containers}},
        },
    });
    making.make(Kind::Deployment, object, "deployment:", api, io)
}

/// The container of an image: the last word of its name. Where characters had to be replaced, kubectl adds five random
/// letters; here the container's number decides them.
fn container_name(image: &str, number: usize) -> String {
    let last = image.rsplit('/').next().unwrap_or_default();
    let last = last.split(':').next().unwrap_or_default();
    let last = last.split('@').next().unwrap_or_default();
    if !last.contains(['_', '.']) {
        return last.to_string();
    }
    let letters = b"bcdfghjklmnpqrstvwxz2456789";
    let mut suffix = String::new();
    let mut rest = image.bytes().fold(number + 1, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    for _ in 0..5 {
        suffix.push(letters[rest % letters.len()].into());
        rest /= letters.len();
    }
    format!("{}-{suffix}", last.replace(['_', '.'], "-"))
}

#[cfg(test)]
mod tests {
    use super::container_name;
    use crate::kubectl::testing::Bench;

    #[test]
    fn deployments() {
        let mut bench = Bench::default();
        bench.check("create deployment d --image=nginx:1.27 --replicas=2", (0, "deployment.apps/d created\n", ""));
        let exists = "error: failed to create deployment: deployments.apps \"d\" already exists\n";
        bench.check("create deploy d --image=nginx", (1, "", exists));
        let yaml = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  labels:\n    app: e\n  name: e\n  \
                    namespace: x\nspec:\n  replicas: 1\n  selector:\n    matchLabels:\n      app: e\n  strategy: {}\n  \
                    template:\n    metadata:\n      labels:\n        app: e\n    spec:\n      containers:\n      \
                    - command:\n        - sleep\n        - \"9\"\n        image: a/busybox:1\n        name: busybox\n        \
                    ports:\n        - containerPort: 80\n        resources: {}\nstatus: {}\n";
        let line = "create deployment e --image=a/busybox:1 --port=80 -n x --dry-run=client -o yaml -- sleep 9";
        bench.check(line, (0, yaml, ""));
    }

    #[test]
    fn wrong_words() {
        let mut bench = Bench::default();
        bench.check("create deployment d", (1, "", "error: required flag(s) \"image\" not set\n"));
        let many = "error: cannot specify multiple --image options and command\n";
        bench.check("create deployment d --image=a,b -- x", (1, "", many));
        let count = "error: exactly one NAME is required, got 0\n\
                     See 'kubectl create deployment -h' for help and examples\n";
        bench.check("create deployment --image=a -- x", (1, "", count));
    }

    #[test]
    fn names_of_containers() {
        assert_eq!(container_name("registry.k8s.io/nginx-slim:0.24", 0), "nginx-slim");
        assert_eq!(container_name("a/b@sha256:1", 0), "b");
        let name = container_name("a/my_app.v2", 0);
        assert!(name.starts_with("my-app-v2-") && name.len() == 15, "{name}");
    }
}
