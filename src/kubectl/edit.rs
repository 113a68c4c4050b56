//! `kubectl edit`: an editor on the objects as YAML, and what was changed as a patch
//! (`k8s.io/kubectl/pkg/cmd/edit`, `k8s.io/kubectl/pkg/cmd/util/editor/editoptions.go`).

mod editor;
mod header;
mod session;
mod text;

use super::error::{CmdError, message};
use super::flags::{Command, FILENAME, Flag, PRINT, RECORD, SAVE_CONFIG, SUBRESOURCE, VALIDATE, field_manager};
use super::io::Io;
use super::printer::{Printer, field_validation};
use super::resource::{Builder, FilenameOptions, subresource};
use crate::apiserver::Api;
pub use editor::Editor;
use editor::Program;
use session::{Form, Session};

static COMMAND: Command = Command {
    path: "kubectl edit",
    usage: "(RESOURCE/NAME | -f FILENAME)",
    about: "Edit a resource from the default editor.",
    flags: &[
        RECORD,
        PRINT,
        FILENAME,
        VALIDATE,
        &[
            Flag::bool("output-patch", "Output the patch if the resource is edited"),
            Flag::bool("windows-line-endings", "Write the file with the line endings of Windows"),
            field_manager("kubectl-edit"),
        ],
        SAVE_CONFIG,
        SUBRESOURCE,
    ],
    required: &[],
};

/// Runs the verb with the editor that the environment names.
pub fn run(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let mut editor = Program::of(&io.env);
    run_with(args, &mut editor, api, io)
}

/// Runs the verb with this editor.
pub fn run_with(args: &[String], editor: &mut dyn Editor, api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let line = COMMAND.parse(args, io)?;
    let part = subresource(&line)?;
    let resources = Builder::for_line(&line)
        .type_or_name_args(true, &line.args)
        .latest()
        .filenames(line.namespace_given(), &FilenameOptions::of(&line), io)
        .subresource(part)
        .continue_on_error()
        .flatten()
        .build();
    resources.check()?;
    let validation = field_validation(&line)?;
    let (infos, outcome) = resources.infos(api, io);
    outcome?;
    if infos.is_empty() {
        return Err(message("edit cancelled, no objects found"));
    }
    let form = Form::of(line.str("output"))?;
    let printer = Printer::of(&line, io)?;
    Session { line: &line, form, validation, subresource: part, infos, printer }.run(editor, api, io)
}

#[cfg(test)]
mod tests;
