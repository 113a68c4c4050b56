//! `kubectl wait`: lets time run until objects are created, deleted, or in a condition (`k8s.io/kubectl/pkg/cmd/wait`).

mod condition;

use std::time::Duration;

use serde_json::Value;

use super::error::{CmdError, message};
use super::flags::{ALL_NAMESPACES, Command, FIELD_SELECTOR, FILENAME, Flag, PRINT, Parsed, SELECTOR};
use super::io::Io;
use super::printer::Printer;
use super::resource::{Builder, FilenameOptions, Info, Resources};
use super::until;
use crate::apiserver::api::Waited;
use crate::apiserver::{Api, Status};
use crate::resource::Time;
use condition::Condition;

static COMMAND: Command = Command {
    path: "kubectl wait",
    usage: "([-f FILENAME] | resource.group/resource.name | resource.group [(-l label | --all)]) \
            [--for=create|--for=delete|--for condition=available|--for=jsonpath='{}'[=value]]",
    about: "Wait for a specific condition on one or many resources.",
    flags: &[
        PRINT,
        FILENAME,
        SELECTOR,
        FIELD_SELECTOR,
        ALL_NAMESPACES,
        &[
            Flag::bool("all", "Select all resources in the namespace of the specified types"),
            Flag::bool("local", "Do not contact the API server"),
            Flag::duration("timeout", "How long to wait; zero: check once, negative: a week").default("30s"),
            Flag::array("for", "create, delete, condition=NAME[=VALUE] or jsonpath='{EXPRESSION}'[=VALUE]"),
        ],
    ],
    required: &[],
};

const WEEK: Duration = Duration::from_secs(168 * 60 * 60);
/// How often `--for=create` looks.
const CREATE_INTERVAL: Duration = Duration::from_millis(500);

/// How long the command waits in all.
#[derive(Clone, Copy)]
struct Patience {
    once: bool,
    deadline: Time,
}

/// Runs the verb.
pub fn run(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let line = COMMAND.parse(args, io)?;
    let mut printer = Printer::of(&line, io)?;
    let conditions = condition::parse(line.list("for")).map_err(message)?;
    let timeout = line.duration("timeout");
    let length = if timeout.is_negative() { WEEK } else { timeout.unsigned_abs() };
    let patience = Patience { once: timeout.is_zero(), deadline: api.now() + length };
    if conditions.iter().any(|c| matches!(c, Condition::Created)) {
        await_creation(&line, patience, api, io)?;
    }
    let for_delete = conditions.iter().any(|c| matches!(c, Condition::Deleted));
    let mut count = 0;
    let outcome = resources(&line, io).visit(api, io, &mut |info, api, io| {
        count += 1;
        for condition in &conditions {
            let object = await_one(&info, condition, patience, api, io)?;
            printer.print(&object, "condition met", io)?;
        }
        Ok(())
    });
    match outcome {
        Err(error) if for_delete => error.filter_out(&CmdError::is_not_found).map_or(Ok(()), Err),
        Err(error) => Err(error),
        Ok(()) if count == 0 && !for_delete => Err(message("no matching resources found")),
        Ok(()) => Ok(()),
    }
}

fn resources(line: &Parsed, io: &mut Io<'_>) -> Resources {
    let builder = Builder::for_line(line)
        .all_namespaces(line.bool("all-namespaces"))
        .filenames(line.namespace_given(), &FilenameOptions::of(line), io)
        .local(line.bool("local"));
    let builder = if line.bool("local") {
        builder
    } else {
        builder
            .type_or_name_args(line.bool("all"), &line.args)
            .label_selector(line.str("selector"))
            .field_selector(line.str("field-selector"))
            .latest()
    };
    builder.continue_on_error().flatten().build()
}

/// `--for=create`: looks twice a second until there is something.
fn await_creation(line: &Parsed, patience: Patience, api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let start = api.now();
    loop {
        let mut found = false;
        let outcome = resources(line, io).visit(api, io, &mut |_, _, _| {
            found = true;
            Ok(())
        });
        match outcome {
            Err(error) if !error.is_not_found() => return Err(error),
            Ok(()) if found => return Ok(()),
            _ => {}
        }
        if patience.once || api.wait_for_change(Some(patience.deadline)) != Waited::Changed {
            return Err(message("timed out waiting for the condition"));
        }
        let ticks = api.now().since(start).as_millis().div_ceil(CREATE_INTERVAL.as_millis());
        let next = start + CREATE_INTERVAL * u32::try_from(ticks).unwrap_or(u32::MAX);
        until::pass(api, next.min(patience.deadline));
    }
}

/// Waits until the object is as wanted, and returns it as it was then.
fn await_one(
    info: &Info,
    condition: &Condition,
    patience: Patience,
    api: &mut dyn Api,
    io: &mut Io<'_>,
) -> Result<Value, CmdError> {
    match condition {
        Condition::Created => Ok(info.object.clone()),
        Condition::Deleted => await_deletion(info, patience, api, io),
        other => await_state(info, other, patience, api, io),
    }
}

fn read(info: &Info, api: &mut dyn Api, io: &mut Io<'_>) -> Result<Result<Value, Status>, CmdError> {
    Ok(io.send(api, info.get_request()?).map(|response| response.object))
}

fn not_met(info: &Info) -> CmdError {
    message(format!("condition not met for {}", info.object_name()))
}

fn late(info: &Info) -> CmdError {
    message(format!("timed out waiting for the condition on {}", info.object_name()))
}

/// Lets time run until something changed; fails at the deadline.
fn change(info: &Info, patience: Patience, api: &mut dyn Api) -> Result<(), CmdError> {
    match api.wait_for_change(Some(patience.deadline)) {
        Waited::Changed => Ok(()),
        Waited::Deadline | Waited::Never => Err(late(info)),
    }
}

fn await_deletion(info: &Info, patience: Patience, api: &mut dyn Api, io: &mut Io<'_>) -> Result<Value, CmdError> {
    if !patience.once && api.now() >= patience.deadline {
        return Err(message("client rate limiter Wait returned an error: context deadline exceeded"));
    }
    let first = match read(info, api, io)? {
        Err(status) if status.is_not_found() => return Ok(info.object.clone()),
        other => other?,
    };
    if patience.once {
        return Err(not_met(info));
    }
    loop {
        change(info, patience, api)?;
        match read(info, api, io)? {
            Err(status) if status.is_not_found() => return Ok(first),
            Ok(object) if object["metadata"]["uid"] != first["metadata"]["uid"] => return Ok(first),
            _ => {}
        }
    }
}

fn await_state(
    info: &Info,
    condition: &Condition,
    patience: Patience,
    api: &mut dyn Api,
    io: &mut Io<'_>,
) -> Result<Value, CmdError> {
    if !patience.once && api.now() >= patience.deadline {
        return Err(late(info));
    }
    let mut found = read(info, api, io)?.map(Some)?;
    loop {
        if let Some(object) = found {
            if condition.holds(&object).map_err(message)? {
                return Ok(object);
            }
            if patience.once {
                return Err(not_met(info));
            }
        }
        change(info, patience, api)?;
        // Once it was there, an object that goes is waited for: it may come back.
        found = match read(info, api, io)? {
            Err(status) if status.is_not_found() => None,
            other => Some(other?),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Bench, Fake};

    const READY: &str = "{apiVersion: v1, kind: Pod, metadata: {name: a, uid: u}, status: {phase: Running, \
                         conditions: [{type: Ready, status: 'True'}]}}";
    const PENDING: &str = "{apiVersion: v1, kind: Pod, metadata: {name: b, uid: v}, status: {phase: Pending}}";

    fn pods() -> Bench {
        Bench::new(Fake::with(&[READY, PENDING]))
    }

    #[test]
    fn wrong_command_lines() {
        let check = |line: &str, why: &str| pods().check(line, (1, "", &format!("{why}\n")));
        check("wait pod/a", "error: unrecognized condition: []");
        check("wait pod/a --for=ready", "error: unrecognized condition: \"ready\"");
        check("wait pod/nope --for=condition=Ready", "Error from server (NotFound): pods \"nope\" not found");
        check("wait pods -l x=y --for=condition=Ready", "error: no matching resources found");
        check("wait pod/a --for=jsonpath=", "error: jsonpath expression cannot be empty");
    }

    #[test]
    fn conditions() {
        let mut bench = pods();
        bench.check("wait pod/a --for=condition=Ready", (0, "pod/a condition met\n", ""));
        bench.check("wait pod/a --for=condition=ready=true -o name", (0, "pod/a\n", ""));
        let late = "error: timed out waiting for the condition on pods/b\n";
        bench.check("wait pod/b --for=condition=Ready --timeout=5s", (1, "", late));
        assert_eq!(bench.api.clock.as_secs(), 5);
        bench.check("wait pod/b --for=condition=Ready", (1, "", late));
        assert_eq!(bench.api.clock.as_secs(), 35);
        let once = "error: condition not met for pods/b\n";
        bench.check("wait pod/b --for=condition=Ready --timeout=0", (1, "", once));
        bench.check("wait pods --all --for=condition=Ready --timeout=1s", (1, "pod/a condition met\n", late));
        let ready = READY.replace("name: a, uid: u", "name: b, uid: v");
        bench.api.later = vec![serde_yaml::from_str(&ready).unwrap()];
        bench.check("wait pod/b --for=condition=Ready", (0, "pod/b condition met\n", ""));
    }

    #[test]
    fn a_deadline_is_shared_by_all_objects() {
        let mut bench = pods();
        let late = "timed out waiting for the condition on pods/a\ntimed out waiting for the condition on pods/b\n";
        bench.check("wait pods --all --for=condition=Done --timeout=5s", (1, "", late));
        assert_eq!(bench.api.clock.as_secs(), 5);
    }

    #[test]
    fn json_paths() {
        let mut bench = pods();
        bench.check("wait pod/b --for=jsonpath={.status.phase}=Pending", (0, "pod/b condition met\n", ""));
        bench.check("wait pod/b --for=jsonpath={.status.phase}", (0, "pod/b condition met\n", ""));
        let late = "error: timed out waiting for the condition on pods/b\n";
        bench.check("wait pod/b --for=jsonpath={.status.phase}=Running --timeout=1s", (1, "", late));
        let nested = "error: jsonpath leads to a nested object or list which is not supported\n";
        bench.check("wait pod/b --for=jsonpath={.status}=x", (1, "", nested));
    }

    #[test]
    fn deletion() {
        let mut bench = pods();
        bench.check("wait pod/nope --for=delete", (0, "", ""));
        bench.check("wait pod/a --for=delete --timeout=0", (1, "", "error: condition not met for pods/a\n"));
        let late = "error: timed out waiting for the condition on pods/a\n";
        bench.check("wait pod/a --for=delete --timeout=2s", (1, "", late));
        let again = READY.replace("uid: u", "uid: another");
        bench.api.later = vec![serde_yaml::from_str(&again).unwrap()];
        bench.check("wait pod/a --for=delete", (0, "pod/a condition met\n", ""));
    }

    #[test]
    fn creation() {
        let mut bench = pods();
        bench.check("wait pod/a --for=create", (0, "pod/a condition met\n", ""));
        let late = "error: timed out waiting for the condition\n";
        bench.check("wait pod/c --for=create --timeout=3s", (1, "", late));
        assert_eq!(bench.api.clock.as_secs(), 3);
        let other = READY.replace("name: a", "name: c");
        bench.api.later = vec![serde_yaml::from_str(&other).unwrap()];
        let both = "pod/c condition met\npod/c condition met\n";
        bench.check("wait pod/c --for=condition=Ready --for=create", (0, both, ""));
    }
}
