//! `kubectl delete`, and the deletion that `replace --force` shares with it: delete each object, print it, then wait
//! until all of them are gone (`k8s.io/kubectl/pkg/cmd/delete` and `.../wait/delete.go`).

use jiff::SignedDuration;
use serde_json::Value;

use super::error::{CmdError, message};
use super::flags::{ALL_NAMESPACES, Command, DRY_RUN, FIELD_SELECTOR, FILENAME, Flag, Parsed, SELECTOR, parse_bool};
use super::io::Io;
use super::printer::DryRun;
use super::resource::{Builder, FilenameOptions, Info, Resources};
use super::until;
use crate::apiserver::{Api, Options, Propagation, Request};
use crate::resource::Kind;

/// The flags of deletion that apply and replace have too.
pub static DELETION: &[Flag] = &[
    Flag::string("cascade", "background, foreground, or orphan").default("background").no_opt("background"),
    Flag::bool("force", "Remove at once, without waiting for the Pod to end"),
    Flag::int("grace-period", "Seconds a Pod has to end; its own if negative").default("-1"),
    Flag::duration("timeout", "How long to wait; zero: as long as it takes"),
    Flag::bool("wait", "Wait until the objects are gone"),
];

static COMMAND: Command = Command {
    path: "kubectl delete",
    usage: "([-f FILENAME] | TYPE [(NAME | -l label | --all)]) [flags]",
    about: "Delete resources by file names, stdin, resources and names, or by resources and label selector.",
    flags: &[
        FILENAME,
        &[
            Flag::string("cascade", "background, foreground, or orphan").default("background").no_opt("background"),
            Flag::bool("force", "Remove at once, without waiting for the Pod to end"),
            Flag::int("grace-period", "Seconds a Pod has to end; its own if negative").default("-1"),
            Flag::duration("timeout", "How long to wait; zero: as long as it takes"),
            Flag::bool("wait", "Wait until the objects are gone").default("true"),
            Flag::bool("all", "All objects of the types, in the namespace"),
            Flag::bool("ignore-not-found", "A missing object is no error; the default with --all"),
            Flag::bool("interactive", "Ask before deleting").short('i'),
            Flag::bool("now", "The same as --grace-period=1"),
            Flag::string("output", "name: print only TYPE/NAME").short('o'),
            Flag::string("raw", "URI to DELETE (not modelled by the lab)"),
        ],
        SELECTOR,
        FIELD_SELECTOR,
        ALL_NAMESPACES,
        DRY_RUN,
    ],
    required: &[],
};

/// How objects are deleted.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools)] // each is one of kubectl's switches
pub struct Deletion {
    /// What becomes of dependents.
    pub cascade: Propagation,
    /// Seconds a Pod has to end; its own if negative.
    pub grace_period: i64,
    /// Whether the object goes without waiting for its Pod to end.
    pub force: bool,
    /// Whether a missing object is no failure.
    pub ignore_not_found: bool,
    /// Whether to wait until the objects are gone.
    pub wait: bool,
    /// For how long, zero: for ever.
    pub timeout: SignedDuration,
    /// How far deletion goes.
    pub dry_run: DryRun,
    /// Whether only `TYPE/NAME` is printed.
    pub names_only: bool,
    /// Whether to warn of cluster-scoped objects, since a namespace was named.
    pub warn_cluster_scope: bool,
}

impl Deletion {
    /// What the flags of [`DELETION`] say.
    pub fn of(line: &Parsed, io: &mut Io<'_>) -> Result<Deletion, CmdError> {
        Ok(Deletion {
            cascade: cascade(line.str("cascade"), io)?,
            grace_period: line.int("grace-period"),
            force: line.bool("force"),
            ignore_not_found: line.bool("ignore-not-found"),
            wait: line.bool("wait"),
            timeout: line.duration("timeout"),
            dry_run: DryRun::None,
            names_only: line.str("output") == "name",
            warn_cluster_scope: false,
        })
    }

    /// Deletes the objects, then waits for them if it should.
    pub fn run(&self, resources: &Resources, api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
        let mut deleted = Vec::new();
        let mut warn_cluster_scope = self.warn_cluster_scope;
        let result = resources.visit(api, io, &mut |info, api, io| {
            let kind = info.kind()?;
            if warn_cluster_scope && !kind.info().namespaced {
                io.err("Warning: deleting cluster-scoped resources, not scoped to the provided namespace\n");
                warn_cluster_scope = false;
            }
            deleted.push((info.clone(), None));
            if self.dry_run == DryRun::Client {
                self.print(kind, &info, io);
                return Ok(());
            }
            let answer = self.delete(kind, &info, api, io)?;
            self.print(kind, &info, io);
            if let Some(last) = deleted.last_mut() {
                last.1 = uid_of(&answer);
            }
            Ok(())
        });
        if let Err(error) = result {
            let ignored = |e: &CmdError| self.ignore_not_found && e.is_not_found();
            error.filter_out(&ignored).map_or(Ok(()), Err)?;
        }
        if deleted.is_empty() {
            io.out("No resources found\n");
            return Ok(());
        }
        if self.wait && self.dry_run == DryRun::None { self.await_all(&deleted, api, io) } else { Ok(()) }
    }

    /// Sends one deletion.
    pub fn delete(&self, kind: Kind, info: &Info, api: &mut dyn Api, io: &mut Io<'_>) -> Result<Value, CmdError> {
        info.get_request().map_err(|e| e.with_source("deleting", &info.source))?;
        let request = Request::delete(kind, &info.namespace, &info.name).with(Options {
            dry_run: self.dry_run.is_server(),
            propagation: Some(self.cascade),
            grace_period_seconds: Some(self.grace_period).filter(|s| *s >= 0),
            ..Options::default()
        });
        let answer = io.send(api, request);
        answer.map(|a| a.object).map_err(|status| CmdError::from(status).with_source("deleting", &info.source))
    }

    fn print(&self, kind: Kind, info: &Info, io: &mut Io<'_>) {
        let kind_text = kind_text(kind);
        if self.names_only {
            return io.out(format_args!("{kind_text}/{}\n", info.name));
        }
        let operation = if self.grace_period == 0 { "force deleted" } else { "deleted" };
        let place = if info.namespaced() { format!(" from {} namespace", info.namespace) } else { String::new() };
        let suffix = self.dry_run.suffix();
        io.out(format_args!("{kind_text} \"{}\" {operation}{place}{suffix}\n", info.name));
    }

    fn await_all(
        &self,
        deleted: &[(Info, Option<String>)],
        api: &mut dyn Api,
        io: &mut Io<'_>,
    ) -> Result<(), CmdError> {
        let deadline = (!self.timeout.is_zero()).then(|| {
            let ahead = std::time::Duration::try_from(self.timeout).unwrap_or_default();
            api.now() + ahead
        });
        for (info, uid) in deleted {
            while is_there(info, uid.as_deref(), api, io)? {
                until::change(api, deadline, || {
                    message(format!("timed out waiting for the condition on {}", info.object_name()))
                })?;
            }
        }
        Ok(())
    }
}

/// Whether the object that was deleted still exists; another one of its name does not count.
fn is_there(info: &Info, uid: Option<&str>, api: &mut dyn Api, io: &mut Io<'_>) -> Result<bool, CmdError> {
    match io.send(api, info.get_request()?) {
        Ok(response) => {
            let present = response.object["metadata"]["uid"].as_str();
            Ok(uid.is_none_or(|uid| present == Some(uid)))
        }
        Err(status) if status.is_not_found() => Ok(false),
        Err(status) => Err(status.into()),
    }
}

fn uid_of(answer: &Value) -> Option<String> {
    let place = if answer["kind"] == "Status" { "/details/uid" } else { "/metadata/uid" };
    answer.pointer(place).and_then(Value::as_str).map(str::to_string)
}

/// `statefulset.apps`, from the kind as upstream lowers it.
fn kind_text(kind: Kind) -> String {
    let info = kind.info();
    let name = info.name.to_lowercase();
    if info.group.is_empty() { name } else { format!("{name}.{}", info.group) }
}

fn cascade(text: &str, io: &mut Io<'_>) -> Result<Propagation, CmdError> {
    match text {
        "orphan" => return Ok(Propagation::Orphan),
        "foreground" => return Ok(Propagation::Foreground),
        "background" => return Ok(Propagation::Background),
        _ => {}
    }
    let Ok(on) = parse_bool(text) else {
        return Err(message(format!(
            "invalid cascade value ({text}). Must be \"background\", \"foreground\", or \"orphan\""
        )));
    };
    let (word, meant) = if on { ("background", Propagation::Background) } else { ("orphan", Propagation::Orphan) };
    io.err(format_args!(
        "warning: --cascade={text} is deprecated (boolean value) and can be replaced with --cascade={word}.\n"
    ));
    Ok(meant)
}

/// Runs the verb.
pub fn run(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let line = COMMAND.parse(args, io)?;
    let mut deletion = Deletion::of(&line, io)?;
    let by_selection = line.bool("all") || !line.str("selector").is_empty() || !line.str("field-selector").is_empty();
    if by_selection && !line.changed("ignore-not-found") {
        deletion.ignore_not_found = true;
    }
    deletion.warn_cluster_scope = line.namespace_given() && !line.bool("all-namespaces");
    if line.bool("now") {
        if deletion.grace_period != -1 {
            return Err(message("--now and --grace-period cannot be specified together"));
        }
        deletion.grace_period = 1;
    }
    if deletion.grace_period == 0 && !deletion.force {
        deletion.grace_period = 1;
    }
    if deletion.force && deletion.grace_period < 0 {
        deletion.grace_period = 0;
    }
    deletion.dry_run = DryRun::of(&line, api, io)?;
    if !line.str("raw").is_empty() {
        return Err(message("this lab does not model --raw yet"));
    }
    let resources = resources(&line, io);
    resources.check()?;
    validate(&line, &deletion, io)?;
    if line.bool("interactive") && !confirmed(&resources, api, io)? {
        return Ok(());
    }
    deletion.run(&resources, api, io)
}

fn resources(line: &Parsed, io: &mut Io<'_>) -> Resources {
    Builder::for_line(line)
        .continue_on_error()
        .filenames(line.namespace_given(), &FilenameOptions::of(line), io)
        .label_selector(line.str("selector"))
        .field_selector(line.str("field-selector"))
        .select_all(line.bool("all"))
        .all_namespaces(line.bool("all-namespaces"))
        .type_or_name_args(false, &line.args)
        .require_object(false)
        .flatten()
        .build()
}

fn validate(line: &Parsed, deletion: &Deletion, io: &mut Io<'_>) -> Result<(), CmdError> {
    let output = line.str("output");
    if !matches!(output, "" | "name") {
        return Err(message(format!("unexpected -o output mode: {output}. We only support '-o name'")));
    }
    for flag in ["selector", "field-selector"] {
        if line.bool("all") && !line.str(flag).is_empty() {
            return Err(message(format!("cannot set --all and --{flag} at the same time")));
        }
    }
    if deletion.force && deletion.grace_period > 0 {
        return Err(message("--force and --grace-period greater than 0 cannot be specified together"));
    }
    if deletion.force {
        io.err(
            "Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. \
             The resource may continue to run on the cluster indefinitely.\n",
        );
    }
    Ok(())
}

/// `-i`: lists what would be deleted and reads the answer from standard input.
fn confirmed(resources: &Resources, api: &mut dyn Api, io: &mut Io<'_>) -> Result<bool, CmdError> {
    let (infos, outcome) = resources.infos(api, io);
    outcome?;
    if infos.is_empty() {
        io.out("No resources found\n");
        return Ok(false);
    }
    io.out(format_args!("You are about to delete the following {} resource(s):\n", infos.len()));
    for info in &infos {
        io.out(format_args!("{}/{}\n", kind_text(info.kind()?), info.name));
    }
    io.out("Do you want to continue? (y/N): ");
    let mut answer = String::new();
    let mut byte = [0];
    while io.stdin.read(&mut byte).is_ok_and(|n| n == 1) && byte[0] != b'\n' {
        answer.push(char::from(byte[0]));
    }
    if answer.trim().eq_ignore_ascii_case("y") {
        return Ok(true);
    }
    io.out("deletion is cancelled\n");
    Ok(false)
}

#[cfg(test)]
mod tests;
