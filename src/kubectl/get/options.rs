//! The command line of `get`: its flags, and which of them may go together.

use crate::apiserver::{Status, Subresource};
use crate::kubectl::error::{CmdError, message, usage};
use crate::kubectl::flags::{
    ALL_NAMESPACES, CHUNK_SIZE, Command, FIELD_SELECTOR, FILENAME, Flag, PRINT, Parsed, SELECTOR, SUBRESOURCE,
};
use crate::kubectl::io::Io;
use crate::kubectl::print::{PrintFlags, TableOptions};
use crate::kubectl::resource::FilenameOptions;

pub(super) static COMMAND: Command = Command {
    path: "kubectl get",
    usage: "[(-o|--output=)json|yaml|name|wide|...] (TYPE[.VERSION][.GROUP] [NAME | -l label] | \
            TYPE[.VERSION][.GROUP]/NAME ...) [flags]",
    about: "Display one or many resources.",
    flags: &[FILENAME, ALL_NAMESPACES, CHUNK_SIZE, FIELD_SELECTOR, SELECTOR, SUBRESOURCE, PRINT, OWN],
    required: &[],
};

static OWN: &[Flag] = &[
    Flag::bool("ignore-not-found", "Treat \"not found\" as a successful retrieval"),
    Flag::slice("label-columns", "Labels to show as columns").short('L'),
    Flag::bool("no-headers", "Print no headers"),
    Flag::bool("output-watch-events", "Output watch events when --watch or --watch-only is used"),
    Flag::string("raw", "Raw URI to request from the server (not modelled by the lab)"),
    Flag::bool("server-print", "Have the server return the table").default("true"),
    Flag::bool("show-kind", "List the resource type of the objects"),
    Flag::bool("show-labels", "Show all labels as the last column"),
    Flag::string("sort-by", "Sort by this field, a JSONPath expression"),
    Flag::bool("watch", "After listing, watch for changes").short('w'),
    Flag::bool("watch-only", "Watch for changes without listing first"),
];

/// What one `get` command says.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(super) struct Options {
    pub args: Vec<String>,
    pub namespace: String,
    pub explicit_namespace: bool,
    pub all_namespaces: bool,
    pub filenames: FilenameOptions,
    pub label_selector: String,
    pub field_selector: String,
    pub subresource: Option<Subresource>,
    pub sort_by: String,
    pub raw: String,
    pub watch: bool,
    pub watch_only: bool,
    pub watch_events: bool,
    pub ignore_not_found: bool,
    pub print: PrintFlags,
    pub table: TableOptions,
    /// Whether the server makes the tables, not the client.
    pub server_print: bool,
    subresource_word: String,
}

impl Options {
    /// Reads a command line and checks it.
    pub(super) fn of(line: &Parsed, io: &mut Io<'_>) -> Result<Options, CmdError> {
        let print = PrintFlags::of(line);
        let all_namespaces = line.bool("all-namespaces");
        let subresource_word = line.str("subresource").to_string();
        let options = Options {
            args: line.args.clone(),
            namespace: line.namespace().to_string(),
            explicit_namespace: line.namespace_given() && !all_namespaces,
            all_namespaces,
            filenames: FilenameOptions::of(line),
            label_selector: line.str("selector").to_string(),
            field_selector: line.str("field-selector").to_string(),
            subresource: subresource(&subresource_word),
            sort_by: line.str("sort-by").to_string(),
            raw: line.str("raw").to_string(),
            watch: line.bool("watch"),
            watch_only: line.bool("watch-only"),
            watch_events: line.bool("output-watch-events"),
            ignore_not_found: line.bool("ignore-not-found"),
            table: TableOptions {
                no_headers: print.no_headers,
                wide: print.output == "wide",
                with_namespace: false,
                with_kind: line.bool("show-kind"),
                column_labels: line.list("label-columns").to_vec(),
                show_labels: line.bool("show-labels"),
            },
            print,
            server_print: line.bool("server-print"),
            subresource_word,
        };
        options.complete(io)?;
        options.validate()?;
        Ok(options)
    }

    fn complete(&self, io: &mut Io<'_>) -> Result<(), CmdError> {
        if !self.raw.is_empty() {
            return if self.args.is_empty() {
                Ok(())
            } else {
                Err(message("arguments may not be passed when --raw is specified"))
            };
        }
        if self.watch {
            if !self.sort_by.is_empty() {
                io.err("warning: --watch requested, --sort-by will be ignored for watch events received\n");
            }
        } else if self.watch_only {
            if !self.sort_by.is_empty() {
                io.err("warning: --watch-only requested, --sort-by will be ignored\n");
            }
        } else if self.args.is_empty() && self.filenames.is_empty() {
            io.err(
                "You must specify the type of resource to get. Use \"kubectl api-resources\" for a complete list of \
                 supported resources.\n\n",
            );
            return Err(usage(
                COMMAND.path,
                "Required resource not specified.\nUse \"kubectl explain <resource>\" for a detailed description of \
                 that resource (e.g. kubectl explain pods).",
            ));
        }
        Ok(())
    }

    fn validate(&self) -> Result<(), CmdError> {
        let output = &self.print.output;
        if !self.raw.is_empty() {
            if self.watch || self.watch_only || !self.label_selector.is_empty() {
                return Err(message(
                    "--raw may not be specified with other flags that filter the server request or alter the output",
                ));
            }
            if !output.is_empty() {
                return Err(message("--raw and --output are mutually exclusive"));
            }
        }
        if self.table.show_labels && !matches!(output.as_str(), "" | "wide") {
            return Err(message(format!("--show-labels option cannot be used with {output} printer")));
        }
        if self.watch_events && !self.watch && !self.watch_only {
            return Err(message("--output-watch-events option can only be used with --watch or --watch-only"));
        }
        Ok(())
    }

    /// Whether a table is asked for.
    pub(super) fn is_human_readable(&self) -> bool {
        (self.print.output.is_empty() && self.print.template.is_empty()) || self.print.output == "wide"
    }

    /// Refuses subresources that no object has, as the server would.
    pub(super) fn check_subresource(&self) -> Result<(), CmdError> {
        match self.subresource_word.as_str() {
            "" | "status" | "scale" => Ok(()),
            _ => Err(Status::new(404, "NotFound", "the server could not find the requested resource").into()),
        }
    }

    /// Without the failures that `--ignore-not-found` forgives.
    pub(super) fn ignoring_not_found(&self, outcome: Result<(), CmdError>) -> Result<(), CmdError> {
        match outcome {
            Err(error) if self.ignore_not_found => error.filter_out(&CmdError::is_not_found).map_or(Ok(()), Err),
            other => other,
        }
    }
}

/// An unknown word stands for some subresource, until [`Options::check_subresource`] refuses it.
fn subresource(word: &str) -> Option<Subresource> {
    match word {
        "" => None,
        "scale" => Some(Subresource::Scale),
        _ => Some(Subresource::Status),
    }
}
