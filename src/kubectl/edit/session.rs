//! One session of editing: the file is opened again until the server takes what was edited, or nothing is changed any
//! more.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::super::error::{CmdError, message};
use super::super::flags::Parsed;
use super::super::io::Io;
use super::super::print::go;
use super::super::printer::Printer;
use super::super::resource::{Builder, Info, faults};
use super::super::{last_applied, record};
use super::editor::{Editor, new_file};
use super::header::{Reason, header};
use super::text::{has_lines, meaning, without_comments};
use crate::apiserver::patch::two_way_strategic;
use crate::apiserver::{Api, FieldValidation, Options, PatchType, Request, Status, Subresource};
use crate::manifest::yaml_to_json;
use crate::resource::yaml::to_yaml;

/// The form of the file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// With the comment at its top.
    Yaml,
    /// Without.
    Json,
}

impl Form {
    /// The form that `-o` asks for.
    pub fn of(output: &str) -> Result<Form, CmdError> {
        match output.to_lowercase().as_str() {
            "" | "yaml" => Ok(Form::Yaml),
            "json" => Ok(Form::Json),
            _ => Err(message(format!(
                "unable to match a printer suitable for the output format {}, allowed formats are: json,kyaml,yaml",
                go::quote(output)
            ))),
        }
    }
}

/// What is edited, and how.
pub struct Session<'a> {
    /// The command line.
    pub line: &'a Parsed,
    /// The form of the file.
    pub form: Form,
    /// `--validate`.
    pub validation: FieldValidation,
    /// `--subresource`.
    pub subresource: Option<Subresource>,
    /// The objects as they were read.
    pub infos: Vec<Info>,
    /// Prints each edited object.
    pub printer: Printer,
}

/// What became of the last version of the file.
#[derive(Default)]
struct Results {
    reasons: Vec<Reason>,
    retryable: usize,
    not_found: usize,
    invalid: usize,
    file: Option<PathBuf>,
}

/// Whether the file must be edited again.
enum Next {
    Done,
    Again,
}

impl Session<'_> {
    /// Edits until there is nothing left to do.
    pub fn run(mut self, editor: &mut dyn Editor, api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
        let (mut results, mut edited, mut failed) = (Results::default(), String::new(), false);
        let original = self.original();
        loop {
            let head = if self.form == Form::Yaml { header(&results.reasons) } else { String::new() };
            let body = if failed { without_comments(&edited) } else { original.clone() };
            let (path, now) = match self.open(&(head + &body), editor, io) {
                Ok(opened) => opened,
                Err(why) => return Err(preserved(message(why), results.file.as_ref(), io)),
            };
            let before = std::mem::replace(&mut edited, now);
            if failed && meaning(&before) == meaning(&edited) {
                let why = message("Edit cancelled, no valid changes were saved.");
                return Err(preserved(why, Some(&path), io));
            }
            if let Some(old) = results.file.take() {
                remove(&old);
            }
            if let Err(why) = self.validated(&edited) {
                results = Results { file: Some(path), ..Results::default() };
                io.err(results.add_invalid(&self.infos[0], vec![why]) + "\n");
                failed = true;
                continue;
            }
            if meaning(&original) == meaning(&edited) {
                remove(&path);
                io.err("Edit cancelled, no changes made.\n");
                return Ok(());
            }
            if !has_lines(&edited) {
                remove(&path);
                io.err("Edit cancelled, saved file was empty.\n");
                return Ok(());
            }
            results = Results { file: Some(path), ..Results::default() };
            match self.apply(&edited, &mut results, api, io)? {
                Next::Done => return Ok(()),
                Next::Again => failed = !results.reasons.is_empty(),
            }
        }
    }

    /// The objects as the file has them at first.
    fn original(&self) -> String {
        let mut objects: Vec<Value> = self.infos.iter().map(|info| without_managed_fields(&info.object)).collect();
        let object = match objects.len() {
            1 => objects.remove(0),
            _ => json!({"apiVersion": "v1", "kind": "List", "metadata": {}, "items": objects}),
        };
        match self.form {
            Form::Yaml => to_yaml(&object),
            Form::Json => go::json_indent(&object) + "\n",
        }
    }

    /// Has a new file of this text edited.
    fn open(&self, text: &str, editor: &mut dyn Editor, io: &Io<'_>) -> Result<(PathBuf, String), String> {
        let crlf = self.line.bool("windows-line-endings");
        let text = if crlf { text.replace('\n', "\r\n") } else { text.to_string() };
        let extension = if self.form == Form::Json { ".json" } else { ".yaml" };
        let path = new_file(&io.env, extension, &text)?;
        editor.edit(&path)?;
        let bytes = std::fs::read(&path).map_err(|error| format!("open {}: {error}", path.display()))?;
        Ok((path, String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// The client's own check; the server does the rest.
    fn validated(&self, edited: &str) -> Result<(), String> {
        if self.validation == FieldValidation::Ignore {
            return Ok(());
        }
        let why = match meaning(edited) {
            Ok(object) => faults(&object),
            Err(text) => yaml_to_json(&text).err(),
        };
        why.map_or(Ok(()), |why| Err(format!("<nil>: Invalid value: \"The edited file failed validation\": {why}")))
    }

    /// Reads what was edited, and patches the objects with it.
    fn apply(
        &mut self,
        edited: &str,
        results: &mut Results,
        api: &mut dyn Api,
        io: &mut Io<'_>,
    ) -> Result<Next, CmdError> {
        let (infos, outcome) = Builder::new("")
            .text("edited-file", edited)
            .subresource(self.subresource)
            .continue_on_error()
            .flatten()
            .build()
            .infos(api, io);
        if let Err(why) = outcome {
            let head = format!("The edited file had a syntax error: {why}");
            results.reasons.push(Reason { head, other: Vec::new() });
            return Ok(Next::Again);
        }
        let file = results.file.clone();
        let mut outcome = self.prepared(infos);
        if let Ok(infos) = &mut outcome {
            // Upstream goes on after a failure, and reports what the last object led to.
            let last = infos.iter().map(|info| self.patch(info, results, api, io)).last();
            if let Some(Err(why)) = last {
                outcome = Err(why);
            }
        }
        if let Err(why) = outcome {
            return Err(preserved(why, file.as_ref(), io));
        }
        let shown = file.as_ref().map_or(String::new(), |file| file.display().to_string());
        if results.retryable > 0 {
            io.err(format_args!("You can run `kubectl replace -f {shown}` to try this update again.\n"));
            return Err(CmdError::Exit(1));
        }
        if results.not_found > 0 {
            io.err(format_args!("The edits you made on deleted resources have been saved to {shown:?}\n"));
            return Err(CmdError::Exit(1));
        }
        if results.invalid > 0 {
            return Ok(Next::Again);
        }
        if let Some(file) = file {
            remove(&file);
        }
        Ok(Next::Done)
    }

    /// The edited objects with what the file does not show, in the namespace of the command.
    fn prepared(&self, mut infos: Vec<Info>) -> Result<Vec<Info>, CmdError> {
        let managed: BTreeMap<String, Value> = self
            .infos
            .iter()
            .filter_map(|info| Some((uid(&info.object), info.object["metadata"].get("managedFields")?.clone())))
            .collect();
        let namespace = self.line.namespace();
        for info in &mut infos {
            if let Some(fields) = managed.get(&uid(&info.object)) {
                info.object["metadata"]["managedFields"] = fields.clone();
            }
            if info.namespaced() && info.namespace.is_empty() {
                info.namespace = namespace.to_string();
                info.object["metadata"]["namespace"] = namespace.into();
            }
            if info.namespaced() && info.namespace != namespace {
                return Err(message(format!(
                    "the namespace from the provided object {:?} does not match the namespace {namespace:?}. You must \
                     pass '--namespace={}' to perform this operation.",
                    info.namespace, info.namespace
                )));
            }
            if self.line.bool("save-config") {
                last_applied::create_or_update(true, &mut info.object);
            }
            record::record(self.line, &mut info.object);
        }
        Ok(infos)
    }

    fn patch(
        &mut self,
        info: &Info,
        results: &mut Results,
        api: &mut dyn Api,
        io: &mut Io<'_>,
    ) -> Result<(), CmdError> {
        let wanted = uid(&info.object);
        let Some(original) = self.infos.iter().find(|original| uid(&original.object) == wanted) else {
            let object = go::syntax(&info.object);
            return Err(message(format!("no original object found for &unstructured.Unstructured{{Object:{object}}}")));
        };
        if original.object == info.object {
            return self.printer.print(&info.object, "skipped", io);
        }
        let kind = info.kind()?;
        let patch = two_way_strategic(kind, &original.object, &info.object).map_err(|why| message(why.to_string()))?;
        let identity = ["/apiVersion", "/kind", "/metadata/name", "/managedFields"];
        if identity.iter().any(|pointer| patch.pointer(pointer).is_some()) {
            return Err(message("At least one of apiVersion, kind and name was changed"));
        }
        if self.line.bool("output-patch") {
            io.out(format_args!("Patch: {}\n", go::json(&patch)));
        }
        let options = Options {
            field_manager: Some(self.line.str("field-manager").to_string()),
            field_validation: Some(self.validation),
            ..Options::default()
        };
        let request = Request::patch(kind, &info.namespace, &info.name, PatchType::Strategic, patch).with(options);
        let request = match self.subresource {
            Some(part) => request.subresource(part),
            None => request,
        };
        match io.send(api, request) {
            Ok(response) => self.printer.print(&response.object, "edited", io),
            Err(status) => {
                io.err(results.add(&status, info) + "\n");
                Ok(())
            }
        }
    }
}

impl Results {
    /// Notes a refusal, and says it in one line.
    fn add(&mut self, status: &Status, info: &Info) -> String {
        let what = described(info);
        match status.reason {
            "Invalid" => {
                let causes = status.causes.iter().map(|c| format!("{}: {}", c.field, c.body())).collect();
                self.add_invalid(info, causes)
            }
            "NotFound" => {
                self.not_found += 1;
                format!("error: {what} could not be found on the server")
            }
            _ => {
                self.retryable += 1;
                format!("error: {what} could not be patched: {status}")
            }
        }
    }

    fn add_invalid(&mut self, info: &Info, causes: Vec<String>) -> String {
        self.invalid += 1;
        let what = described(info);
        self.reasons.push(Reason { head: format!("{what} was not valid"), other: causes });
        format!("error: {what} is invalid")
    }
}

/// `statefulsets.apps "web"`.
fn described(info: &Info) -> String {
    let resource = info.mapping.map_or(String::new(), crate::resource::Kind::resource);
    format!("{resource} {:?}", info.name)
}

fn uid(object: &Value) -> String {
    object["metadata"]["uid"].as_str().unwrap_or_default().to_string()
}

fn without_managed_fields(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    object
}

/// A file that cannot be removed stays where temporary files are removed anyway.
fn remove(path: &std::path::Path) {
    let _ = std::fs::remove_file(path);
}

/// Says where the edited file is, if it still is, on the way out.
fn preserved(error: CmdError, file: Option<&PathBuf>, io: &mut Io<'_>) -> CmdError {
    if let Some(file) = file.filter(|file| file.exists()) {
        io.err(format_args!("A copy of your changes has been stored to {:?}\n", file.display().to_string()));
    }
    error
}
