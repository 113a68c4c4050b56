//! `create poddisruptionbudget`, `create priorityclass`, `create quota`.

use serde_json::{Map, Value, json};

use super::generators::flags;
use crate::apiserver::Api;
use crate::kubectl::error::{CmdError, message};
use crate::kubectl::flags::{Command, Flag, Parsed};
use crate::kubectl::generated::{Making, int_or_string, name};
use crate::kubectl::io::Io;
use crate::kubectl::selector::label_selector;
use crate::resource::Kind;
use crate::resource::quantity::Quantity;

static BUDGET: Command = Command {
    path: "kubectl create poddisruptionbudget",
    usage: "NAME --selector=SELECTOR --min-available=N [--dry-run=server|client|none] [flags]",
    about: "Create a pod disruption budget with the specified name, selector, and desired minimum available pods.\n\n\
            Aliases:\n  poddisruptionbudget, pdb\n\nExamples:\n  \
            # Create a pod disruption budget named my-pdb that will select all pods with the app=rails label\n  \
            # and require at least one of them being available at any point in time\n  \
            kubectl create poddisruptionbudget my-pdb --selector=app=rails --min-available=1\n\n  \
            # Create a pod disruption budget named my-pdb that will select all pods with the app=nginx label\n  \
            # and require at least half of the pods selected to be available at any point in time\n  \
            kubectl create pdb my-pdb --selector=app=nginx --min-available=50%",
    flags: flags!(&[
        Flag::string("min-available", "The minimum number or percentage of available pods this budget requires"),
        Flag::string("max-unavailable", "The maximum number or percentage of unavailable pods this budget allows"),
        Flag::string("selector", "A label selector to use for this budget"),
    ]),
    required: &[],
};

static PRIORITY: Command = Command {
    path: "kubectl create priorityclass",
    usage: "NAME --value=VALUE --global-default=BOOL [--dry-run=server|client|none] [flags]",
    about: "Create a priority class with the specified name, value, globalDefault and description.\n\n\
            Aliases:\n  priorityclass, pc\n\nExamples:\n  # Create a priority class named high-priority\n  \
            kubectl create priorityclass high-priority --value=1000 --description=\"high priority\"\n\n  \
            # Create a priority class named high-priority that cannot preempt pods with lower priority\n  \
            kubectl create priorityclass high-priority --value=1000 --preemption-policy=\"Never\"",
    flags: flags!(&[
        Flag::int32("value", "The value of this priority class"),
        Flag::bool("global-default", "Whether this class is the default priority"),
        Flag::string("description", "When this priority class should be used"),
        Flag::string("preemption-policy", "The policy for preempting pods with lower priority")
            .default("PreemptLowerPriority"),
    ]),
    required: &[],
};

static QUOTA: Command = Command {
    path: "kubectl create quota",
    usage: "NAME [--hard=key1=value1,key2=value2] [--scopes=Scope1,Scope2] [--dry-run=server|client|none] [flags]",
    about: "Create a resource quota with the specified name, hard limits, and optional scopes.\n\n\
            Aliases:\n  quota, resourcequota\n\nExamples:\n  # Create a new resource quota named my-quota\n  \
            kubectl create quota my-quota --hard=cpu=1,memory=1G,pods=2,persistentvolumeclaims=10\n\n  \
            # Create a new resource quota named best-effort\n  \
            kubectl create quota best-effort --hard=pods=100 --scopes=BestEffort",
    flags: flags!(&[
        Flag::string("hard", "A comma-delimited set of resource=quantity pairs that define a hard limit"),
        Flag::string("scopes", "A comma-delimited set of quota scopes that must all match"),
    ]),
    required: &[],
};

/// `kubectl create poddisruptionbudget`.
pub(super) fn budget(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let line = BUDGET.parse(args, io)?;
    let name = name(&line)?;
    let mut making = Making::of(&line, api, io)?;
    check_budget(name, &line)?;
    let mut spec = json!({"selector": label_selector(line.str("selector"))?});
    match line.str("min-available") {
        "" => spec["maxUnavailable"] = int_or_string(line.str("max-unavailable")),
        min => spec["minAvailable"] = int_or_string(min),
    }
    let object = json!({"metadata": {"name": name}, "spec": spec});
    making.make(Kind::PodDisruptionBudget, object, "poddisruptionbudgets:", api, io)
}

fn check_budget(name: &str, line: &Parsed) -> Result<(), CmdError> {
    let (min, max) = (line.str("min-available"), line.str("max-unavailable"));
    let is_amount = |text: &str| {
        let digits = text.strip_suffix('%').unwrap_or(text);
        !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
    };
    Err(message(if name.is_empty() {
        "name must be specified"
    } else if line.str("selector").is_empty() {
        "a selector must be specified"
    } else if min.is_empty() && max.is_empty() {
        "one of min-available or max-unavailable must be specified"
    } else if !min.is_empty() && !max.is_empty() {
        "min-available and max-unavailable cannot be both specified"
    } else if !min.is_empty() && !is_amount(min) {
        "invalid format specified for min-available"
    } else if !max.is_empty() && !is_amount(max) {
        "invalid format specified for max-unavailable"
    } else {
        return Ok(());
    }))
}

/// `kubectl create priorityclass`.
pub(super) fn priority(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let line = PRIORITY.parse(args, io)?;
    let name = name(&line)?;
    let mut making = Making::of(&line, api, io)?;
    let object = json!({
        "metadata": {"name": name}, "value": line.int("value"), "globalDefault": line.bool("global-default"),
        "description": line.str("description"), "preemptionPolicy": line.str("preemption-policy"),
    });
    making.make(Kind::PriorityClass, object, "priorityclass:", api, io)
}

/// `kubectl create quota`.
pub(super) fn quota(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let line = QUOTA.parse(args, io)?;
    let name = name(&line)?;
    let mut making = Making::of(&line, api, io)?;
    if name.is_empty() {
        return Err(message("name must be specified"));
    }
    let mut spec = json!({});
    if !line.str("hard").is_empty() {
        spec["hard"] = amounts(line.str("hard"))?;
    }
    let scopes: Vec<&str> = line.str("scopes").split(',').filter(|_| !line.str("scopes").is_empty()).collect();
    if scopes.iter().any(|scope| scope.is_empty()) {
        return Err(message("invalid resource quota scope \"\""));
    }
    if !scopes.is_empty() {
        spec["scopes"] = json!(scopes);
    }
    let object = json!({"metadata": {"name": name}, "spec": spec});
    making.make(Kind::ResourceQuota, object, "quota:", api, io)
}

/// `cpu=1,pods=2` as amounts of resources.
fn amounts(text: &str) -> Result<Value, CmdError> {
    let mut amounts = Map::new();
    for pair in text.split(',') {
        let (resource, amount) = (pair.split_once('=').filter(|(_, amount)| !amount.contains('=')))
            .ok_or_else(|| message(format!("Invalid argument syntax {pair}, expected <resource>=<value>")))?;
        let amount = Quantity::canonical(amount).map_err(|why| message(why.to_string()))?;
        amounts.insert(resource.into(), amount.into());
    }
    Ok(amounts.into())
}

#[cfg(test)]
mod tests {
    use crate::kubectl::testing::check;

    #[test]
    fn budgets() {
        let yaml = "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: b\nspec:\n  minAvailable: 50%\n  \
                    selector:\n    matchLabels:\n      app: web\nstatus:\n  currentHealthy: 0\n  desiredHealthy: 0\n  \
                    disruptionsAllowed: 0\n  expectedPods: 0\n";
        check("create pdb b --selector=app=web --min-available=50% --dry-run=client -o yaml", (0, yaml, ""));
        let made = "poddisruptionbudget.policy/b created\n";
        check("create poddisruptionbudget b --selector=app=web,tier --max-unavailable=1", (0, made, ""));
        let refused =
            |line: &str, why: &str| check(&format!("create pdb b {line}"), (1, "", &format!("error: {why}\n")));
        refused("--min-available=1", "a selector must be specified");
        refused("--selector=a=b", "one of min-available or max-unavailable must be specified");
        refused(
            "--selector=a=b --min-available=1 --max-unavailable=1",
            "min-available and max-unavailable cannot be both specified",
        );
        refused("--selector=a=b --min-available=1x", "invalid format specified for min-available");
        refused("--selector=a!=b --max-unavailable=1", "\"!=\" is not a valid label selector operator");
        refused("--selector=a=b --max-unavailable=x", "invalid format specified for max-unavailable");
    }

    #[test]
    fn classes_and_quotas() {
        let yaml = "apiVersion: scheduling.k8s.io/v1\ndescription: high\nkind: PriorityClass\nmetadata:\n  name: p\n\
                    preemptionPolicy: PreemptLowerPriority\nvalue: 1000\n";
        check("create pc p --value=1000 --description=high --dry-run=client -o yaml", (0, yaml, ""));
        let yaml = "apiVersion: v1\nkind: ResourceQuota\nmetadata:\n  name: q\nspec:\n  hard:\n    cpu: 1500m\n    \
                    pods: \"2\"\n  scopes:\n  - BestEffort\nstatus: {}\n";
        check("create quota q --hard=cpu=1.5,pods=2 --scopes=BestEffort --dry-run=client -o yaml", (0, yaml, ""));
        let why = "error: Invalid argument syntax cpu, expected <resource>=<value>\n";
        check("create quota q --hard=cpu", (1, "", why));
    }
}
