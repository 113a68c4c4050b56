//! kubectl's verbs as the lab has them: the same arguments, then the lab's own tables. What follows the verb is read by
//! `kubectl`, not here.

use clap::{Args, Subcommand};

/// Arguments of a verb of kubectl.
#[derive(Args, Debug)]
pub struct Words {
    /// kubectl's own arguments and flags
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGS")]
    pub args: Vec<String>,
}

macro_rules! verbs {
    ($($(#[doc = $about:literal])* $variant:ident $name:literal $changes:literal $examples:literal;)*) => {
        /// kubectl's verbs.
        #[derive(Debug, Subcommand)]
        pub enum Verb {
            $($(#[doc = $about])* #[command(name = $name, after_help = concat!("Examples:\n", $examples))] $variant(Words),)*
        }

        impl Verb {
            /// The word, whether the verb changes objects, and what follows it.
            pub fn parts(&self) -> (&'static str, bool, &[String]) {
                match self {
                    $(Verb::$variant(words) => ($name, $changes, &words.args),)*
                }
            }
        }

        /// Their words.
        pub const VERBS: &[&str] = &[$($name),*];
    };
}

verbs! {
    /// Apply manifests, and see in which order what happens
    Apply "apply" true "  sts-lab apply mysql                  # a manifest that comes with sts-lab\n  \
        sts-lab apply web.yaml               # the same as -f web.yaml\n  \
        sts-lab apply -f web.yaml --step     # nothing happens until you `sts-lab tick`\n  \
        sts-lab apply -f web.yaml --dry-run=server";
    /// Create objects from manifests or flags
    Create "create" true "  sts-lab create web.yaml\n  sts-lab create -f web.yaml -o yaml\n  \
        sts-lab create configmap conf --from-literal=color=blue\n  \
        sts-lab create deployment api --image=nginx --replicas=2";
    /// Make a Service for a Pod or Deployment
    Expose "expose" true "  sts-lab expose pod web-0 --port=80 --name=first";
    /// Replace objects by manifests
    Replace "replace" true "  sts-lab replace -f web.yaml\n  sts-lab replace --force -f web.yaml";
    /// Delete objects, and see what goes, what stays and why
    Delete "delete" true "  sts-lab delete pod web-1             # it comes back, with its claim\n  \
        sts-lab delete sts web               # its claims stay\n  \
        sts-lab delete sts web --cascade=orphan\n  \
        sts-lab delete web.yaml";
    /// Change how many replicas a set has
    Scale "scale" true "  sts-lab scale sts web --replicas=5\n  sts-lab scale sts/web --replicas=1";
    /// Watch, undo, restart or pause a rollout
    Rollout "rollout" true "  sts-lab rollout restart sts web\n  sts-lab rollout status sts web\n  \
        sts-lab rollout history sts web\n  sts-lab rollout undo sts web --to-revision=1";
    /// Change an image, the environment or the resources of a template
    Set "set" true "  sts-lab set image sts/web nginx=nginx:1.22\n  sts-lab set env sts/web COLOR=blue";
    /// Change fields of an object
    Patch "patch" true "  sts-lab patch sts web -p '{\"spec\":{\"replicas\":2}}'\n  \
        sts-lab patch sts web -p '{\"spec\":{\"updateStrategy\":{\"rollingUpdate\":{\"partition\":2}}}}'";
    /// Change an object in an editor
    Edit "edit" true "  sts-lab edit sts web\n  EDITOR=nano sts-lab edit sts web";
    /// Change labels
    Label "label" true "  sts-lab label pod web-0 role=primary\n  sts-lab label pod web-0 role-";
    /// Change annotations
    Annotate "annotate" true "  sts-lab annotate sts web owner=me";
    /// Close nodes to new Pods
    Cordon "cordon" true "  sts-lab cordon node-1";
    /// Open nodes to new Pods again
    Uncordon "uncordon" true "  sts-lab uncordon node-1";
    /// Empty a node: its Pods are evicted as far as their budgets allow
    Drain "drain" true "  sts-lab drain node-1 --ignore-daemonsets --delete-emptydir-data\n  \
        sts-lab drain node-1 --timeout=30s   # give up after half a minute of cluster time";
    /// Add, change or remove the taints of nodes
    Taint "taint" true "  sts-lab taint node node-1 dedicated=db:NoSchedule\n  \
        sts-lab taint node node-1 maintenance=yes:NoExecute   # its Pods go at once\n  \
        sts-lab taint node node-1 maintenance-";
    /// Show objects, as kubectl does
    Get "get" false "  sts-lab get sts,pods,pvc\n  sts-lab get pods -o wide\n  sts-lab get pod web-0 -o yaml\n  \
        sts-lab get pods -o custom-columns=NAME:.metadata.name,IP:.status.podIP";
    /// Show an object with all its details and events
    Describe "describe" false "  sts-lab describe sts web\n  sts-lab describe pod web-0";
    /// Show what applying a manifest would change
    Diff "diff" false "  sts-lab diff web.yaml\n  sts-lab diff -f web.yaml";
    /// Show events
    Events "events" false "  sts-lab events\n  sts-lab events --for pod/web-0 --types=Warning";
    /// Run a command in a container: a shell, files, names, connections
    Exec "exec" false "  sts-lab exec web-0 -- hostname -f\n  sts-lab exec web-0 -- sh -c 'echo hi > /data/f'\n  \
        sts-lab exec -it web-0 -- sh         # `exit` leaves it\n  sts-lab exec web-0 -- nslookup web-1.nginx\n  \
        sts-lab exec web-0 -- curl -s http://web-1.nginx";
    /// What a container has written, as far as the lab knows
    Logs "logs" false "  sts-lab logs web-0\n  sts-lab logs web-0 --previous\n  sts-lab logs -l app=web --prefix";
    /// Let time pass until something is so
    Wait "wait" false "  sts-lab wait --for=condition=Ready pod/web-2 --timeout=60s\n  \
        sts-lab wait --for=jsonpath='{.status.readyReplicas}'=3 sts/web";
    /// What a resource and its fields are for
    Explain "explain" false "  sts-lab explain sts.spec.updateStrategy\n  sts-lab explain pvc.spec --recursive";
    /// The resources the lab knows, with their short names
    ApiResources "api-resources" false "  sts-lab api-resources\n  sts-lab api-resources --api-group=apps";
    /// The API versions the lab knows
    ApiVersions "api-versions" false "  sts-lab api-versions";
    /// The versions of client and cluster
    Version "version" false "  sts-lab version\n  sts-lab version -o json";
}
