//! `kubectl apply`: each object is created, or patched by what differs between it, what was applied last, and what is
//! there; with `--server-side` the server does it (`k8s.io/kubectl/pkg/cmd/apply`).

mod one;
mod patcher;
mod prune;
pub mod server_side;
mod set_last_applied;
mod view_last_applied;

use std::collections::BTreeSet;

use serde_json::Value;

use super::create::Writing;
use super::delete::{DELETION, Deletion};
use super::error::{CmdError, message, usage};
use super::flags::{
    Command, DRY_RUN, FILENAME, Flag, PRINT, Parsed, RECORD, SELECTOR, SUBRESOURCE, VALIDATE, field_manager,
};
use super::io::Io;
use super::printer::{DryRun, Printer, field_validation};
use super::resource::{Builder, FilenameOptions, Info};
use super::verbs::first_word;
use crate::apiserver::{Api, FieldValidation};

static COMMAND: Command = Command {
    path: "kubectl apply",
    usage: "-f FILENAME [flags]",
    about: "Apply a configuration to a resource by file name or stdin.",
    flags: &[
        FILENAME,
        DELETION,
        RECORD,
        PRINT,
        VALIDATE,
        DRY_RUN,
        SELECTOR,
        SUBRESOURCE,
        &[
            field_manager("kubectl-client-side-apply"),
            Flag::bool("server-side", "Apply on the server, field by field"),
            Flag::bool("force-conflicts", "With --server-side, win conflicts"),
            Flag::bool("overwrite", "Let the file win over changes made elsewhere").default("true"),
            Flag::bool("openapi-patch", "Compute patches with the server's schema").default("true"),
            Flag::bool("prune", "Delete objects applied before that are in no file now"),
            Flag::array("prune-allowlist", "Prune objects of this GROUP/VERSION/KIND only"),
            Flag::bool("all", "With --prune, of all labels"),
        ],
    ],
    required: &[],
};

/// What one run of the command knows.
struct Apply<'l> {
    line: &'l Parsed,
    writing: Writing,
    deletion: Deletion,
    /// The uids of the objects applied, which are not pruned.
    visited: BTreeSet<String>,
    namespaces: BTreeSet<String>,
}

/// Runs the verb.
pub fn run(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    if let Some((at, word)) = first_word(args, &COMMAND) {
        let rest = || [&args[..at], &args[at + 1..]].concat();
        match word {
            "view-last-applied" => return view_last_applied::run(&rest(), api, io),
            "set-last-applied" => return set_last_applied::run(&rest(), api, io),
            "edit-last-applied" => {
                return Err(message("this lab does not model \"kubectl apply edit-last-applied\" yet"));
            }
            _ => {}
        }
    }
    let line = COMMAND.parse(args, io)?;
    if !line.args.is_empty() {
        return Err(usage(COMMAND.path, &format!("Unexpected args: [{}]", line.args.join(" "))));
    }
    let dry_run = DryRun::of(&line, api, io)?;
    let deletion = Deletion { dry_run, ..Deletion::of(&line, io)? };
    let files = FilenameOptions::of(&line);
    files.require()?;
    let field_validation = field_validation(&line)?;
    let pruned_kinds = if line.bool("prune") { prune::kinds(line.list("prune-allowlist"))? } else { Vec::new() };
    validate(&line, dry_run)?;
    let writing = Writing { dry_run, field_manager: server_side::field_manager(&line), field_validation };
    let mut apply = Apply { line: &line, writing, deletion, visited: BTreeSet::new(), namespaces: BTreeSet::new() };
    let infos = apply.objects(&files, api, io)?;
    apply.print_objects(infos, io)?;
    if line.bool("prune") { prune::all(&apply, &pruned_kinds, api, io) } else { Ok(()) }
}

/// Combinations of flags that make no sense, in upstream's order.
fn validate(line: &Parsed, dry_run: DryRun) -> Result<(), CmdError> {
    let on = |flag: &str| line.bool(flag);
    let selector = !line.str("selector").is_empty();
    let wrong = if on("force-conflicts") && !on("server-side") {
        "--force-conflicts only works with --server-side"
    } else if dry_run == DryRun::Client && on("server-side") {
        "--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)"
    } else if on("server-side") && on("force") {
        "--force cannot be used with --server-side"
    } else if dry_run == DryRun::Server && on("force") {
        "--dry-run=server cannot be used with --force"
    } else if on("all") && selector {
        "cannot set --all and --selector at the same time"
    } else if on("prune") && on("force") {
        "--force cannot be used with --prune"
    } else if on("prune") && !on("all") && !selector {
        "all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. \
         If you did not mean to prune all resources, specify a label selector"
    } else if on("prune") && on("server-side") {
        "--prune is in alpha and doesn't currently work on objects created by server-side apply"
    } else if !line.str("subresource").is_empty() && !on("server-side") {
        "--subresource can only be specified for --server-side"
    } else {
        return Ok(());
    };
    Err(message(wrong))
}

impl Apply<'_> {
    /// Applies every object of the files, and returns them as they are afterwards.
    fn objects(&mut self, files: &FilenameOptions, api: &mut dyn Api, io: &mut Io<'_>) -> Result<Vec<Info>, CmdError> {
        if self.line.namespace_given() {
            self.namespaces.insert(self.line.namespace().to_string());
        }
        let resources = Builder::for_line(self.line)
            .schema(self.writing.field_validation != FieldValidation::Ignore)
            .continue_on_error()
            .filenames(self.line.namespace_given(), files, io)
            .label_selector(self.line.str("selector"))
            .flatten()
            .build();
        let (mut infos, outcome) = resources.infos(api, io);
        let mut errors: Vec<CmdError> = outcome.err().into_iter().collect();
        if infos.is_empty() && errors.is_empty() {
            return Err(message("no objects passed to apply"));
        }
        for info in &mut infos {
            errors.extend(self.object(info, api, io).err());
        }
        CmdError::aggregate_or_one(errors)?;
        Ok(infos)
    }

    /// Prints what was done with an object, unless whole objects are printed in the end.
    fn done(&self, info: &Info, operation: &str, io: &mut Io<'_>) -> Result<(), CmdError> {
        if self.prints_objects() {
            return Ok(());
        }
        self.printer(io)?.print(&info.object, operation, io)
    }

    fn printer(&self, io: &Io<'_>) -> Result<Printer, CmdError> {
        Ok(Printer::of(self.line, io)?.dry_run(self.writing.dry_run))
    }

    /// Whether `-o` asks for more than names.
    fn prints_objects(&self) -> bool {
        !matches!(self.line.str("output"), "" | "name")
    }

    fn print_objects(&self, infos: Vec<Info>, io: &mut Io<'_>) -> Result<(), CmdError> {
        if !self.prints_objects() {
            return Ok(());
        }
        let mut printer = self.printer(io)?;
        let mut objects: Vec<Value> = infos.into_iter().map(|info| info.object).collect();
        match objects.as_mut_slice() {
            [one] => printer.print(one, "", io),
            _ => printer.print_list(objects, io),
        }
    }
}

#[cfg(test)]
mod tests;
