//! The forms of `-o`: which one a command line asks for, and printing objects in it
//! (upstream `k8s.io/cli-runtime/pkg/genericclioptions` and `k8s.io/cli-runtime/pkg/printers`).

use serde_json::{Map, Value, json};

use super::custom_columns::CustomColumns;
use super::go;
use super::jsonpath::JsonPath;
use super::tabwriter::TabWriter;
use super::template::Template;
use super::value::text;
use crate::kubectl::error::{CmdError, message};
use crate::kubectl::flags::Parsed;
use crate::kubectl::io::Io;
use crate::resource::yaml::to_yaml;

const JSON_YAML: [&str; 3] = ["json", "yaml", "kyaml"];
const JSON_PATHS: [&str; 3] = ["jsonpath", "jsonpath-as-json", "jsonpath-file"];
const TEMPLATES: [&str; 4] = ["go-template", "go-template-file", "template", "templatefile"];
const CUSTOM_COLUMNS: [&str; 2] = ["custom-columns", "custom-columns-file"];

/// What the flags of [`crate::kubectl::flags::PRINT`] say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct PrintFlags {
    /// `-o`.
    pub output: String,
    /// `--template`.
    pub template: String,
    /// `--allow-missing-template-keys`.
    pub allow_missing_keys: bool,
    /// `--show-managed-fields`.
    pub show_managed_fields: bool,
    /// `--no-headers`.
    pub no_headers: bool,
    /// Whether `-o` was given.
    pub output_given: bool,
}

impl PrintFlags {
    /// Reads them from a command line; flags the command does not have count as not given.
    #[must_use]
    pub fn of(line: &Parsed) -> PrintFlags {
        PrintFlags {
            output: line.str("output").to_string(),
            template: line.str("template").to_string(),
            allow_missing_keys: line.bool("allow-missing-template-keys"),
            show_managed_fields: line.bool("show-managed-fields"),
            no_headers: line.bool("no-headers"),
            output_given: line.changed("output"),
        }
    }

    /// The printer of a command that changes something: without `-o` it prints `KIND/NAME OPERATION`.
    pub fn to_printer(&self, operation: &str, io: &Io<'_>) -> Result<Printer, CmdError> {
        let template_alone = !self.template.is_empty() && !self.output_given;
        let output = if template_alone { "go-template" } else { &self.output };
        if let Some(printer) = self.json_or_yaml(output) {
            return Ok(printer);
        }
        match output.to_lowercase().as_str() {
            "" => return Ok(Printer::new(Form::Name { operation: operation.to_string() })),
            "name" => return Ok(Printer::new(Form::Name { operation: String::new() })),
            _ => {}
        }
        self.templates(output, io)?
            .ok_or_else(|| no_printer(&self.output, &[&JSON_YAML, &["name"], &TEMPLATES, &JSON_PATHS]))
    }

    /// The printer of `kubectl get`; `None` means a table.
    pub fn to_get_printer(&self, io: &Io<'_>) -> Result<Option<Printer>, CmdError> {
        let template_alone = !self.template.is_empty() && self.output.is_empty();
        let output = if template_alone { "go-template" } else { &self.output };
        if let Some(printer) = self.templates(output, io)? {
            return Ok(Some(printer));
        }
        if let Some(printer) = self.json_or_yaml(output) {
            return Ok(Some(printer));
        }
        if output.is_empty() || output == "wide" {
            return Ok(None);
        }
        if let Some(printer) = self.custom_columns(output, io)? {
            return Ok(Some(printer));
        }
        if output.to_lowercase() == "name" {
            return Ok(Some(Printer::new(Form::Name { operation: String::new() })));
        }
        let allowed: [&[&str]; 6] = [&JSON_YAML, &["name"], &TEMPLATES, &JSON_PATHS, &CUSTOM_COLUMNS, &["wide"]];
        Err(no_printer(output, &allowed))
    }

    fn json_or_yaml(&self, output: &str) -> Option<Printer> {
        let form = match output.to_lowercase().as_str() {
            "json" => Form::Json,
            "yaml" => Form::Yaml,
            "kyaml" => Form::Kyaml,
            _ => return None,
        };
        Some(Printer { omit_managed_fields: !self.show_managed_fields, ..Printer::new(form) })
    }

    /// The format and its argument, written `FORMAT=ARGUMENT` or apart; `None` if it is none of `formats`.
    fn argument<'a>(&'a self, output: &'a str, formats: &[&'a str]) -> Option<(&'a str, &'a str)> {
        let (format, argument) = if self.template.is_empty() {
            output.split_once('=').unwrap_or((output, ""))
        } else {
            (output, &*self.template)
        };
        formats.contains(&format).then_some((format, argument))
    }

    fn templates(&self, output: &str, io: &Io<'_>) -> Result<Option<Printer>, CmdError> {
        let all = [JSON_PATHS.as_slice(), TEMPLATES.as_slice()].concat();
        let Some((format, argument)) = self.argument(output, &all) else { return Ok(None) };
        if argument.is_empty() {
            return Err(message("template format specified but no template given"));
        }
        let from_file = format.ends_with("file");
        let source = if from_file {
            read(io, argument).map_err(|why| message(format!("error reading --template {argument}, {why}")))?
        } else {
            argument.to_string()
        };
        let form = if format.starts_with("jsonpath") {
            let path =
                JsonPath::parse(&source).map_err(|why| message(format!("error parsing jsonpath {source}, {why}")))?;
            let path = path.allow_missing_keys(self.allow_missing_keys);
            let path = if format == "jsonpath-as-json" { path.as_json() } else { path };
            Form::JsonPath { source, path: Box::new(path) }
        } else {
            let template = Template::parse("output", &source)
                .map_err(|why| message(format!("error parsing template {source}, {why}")))?;
            let template = template.allow_missing_keys(self.allow_missing_keys);
            Form::Template { source, template: Box::new(template) }
        };
        Ok(Some(Printer::new(form)))
    }

    fn custom_columns(&self, output: &str, io: &Io<'_>) -> Result<Option<Printer>, CmdError> {
        let Some((format, argument)) = self.argument(output, &CUSTOM_COLUMNS) else { return Ok(None) };
        if argument.is_empty() {
            return Err(message("custom-columns format specified but no custom columns given"));
        }
        let columns = if format == "custom-columns-file" {
            let text =
                read(io, argument).map_err(|why| message(format!("error reading template {argument}, {why}\n")))?;
            CustomColumns::from_template(&text)
        } else {
            CustomColumns::from_spec(argument, self.no_headers)
        };
        Ok(Some(Printer::new(Form::Columns(columns.map_err(message)?))))
    }
}

/// Reads a file; the failure is Go's text.
fn read(io: &Io<'_>, path: &str) -> Result<String, String> {
    use std::io::ErrorKind;
    match std::fs::read(io.path(path)) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) => Err(match error.kind() {
            ErrorKind::NotFound => format!("open {path}: no such file or directory"),
            ErrorKind::PermissionDenied => format!("open {path}: permission denied"),
            ErrorKind::IsADirectory => format!("read {path}: is a directory"),
            _ => format!("open {path}: {error}"),
        }),
    }
}

fn no_printer(output: &str, allowed: &[&[&str]]) -> CmdError {
    let mut allowed = allowed.concat();
    allowed.sort_unstable();
    message(format!(
        "unable to match a printer suitable for the output format {}, allowed formats are: {}",
        go::quote(output),
        allowed.join(",")
    ))
}

#[derive(Clone, Debug)]
enum Form {
    Json,
    Yaml,
    Kyaml,
    Name { operation: String },
    JsonPath { source: String, path: Box<JsonPath> },
    Template { source: String, template: Box<Template> },
    Columns(CustomColumns),
}

/// Prints objects, one after another, in one form.
#[derive(Clone, Debug)]
pub struct Printer {
    form: Form,
    omit_managed_fields: bool,
    printed: usize,
}

impl Printer {
    fn new(form: Form) -> Printer {
        Printer { form, omit_managed_fields: false, printed: 0 }
    }

    /// `KIND.GROUP/NAME OPERATION`: what commands print of an object they changed.
    #[must_use]
    pub fn operation(operation: &str) -> Printer {
        Printer::new(Form::Name { operation: operation.to_string() })
    }

    /// Adds an object or list to `out`. What was added before a failure is to be shown as well.
    pub fn print(&mut self, object: &Value, out: &mut String) -> Result<(), CmdError> {
        let mut raw = String::new();
        let result = self.print_raw(object, &mut raw);
        if matches!(self.form, Form::Columns(_)) {
            let mut writer = TabWriter::for_tables();
            writer.write(&raw);
            raw = writer.flush();
        }
        out.push_str(&raw);
        result
    }

    /// As [`Printer::print`], for a caller that lays out columns itself: cells are separated by tabs.
    pub fn print_raw(&mut self, object: &Value, out: &mut String) -> Result<(), CmdError> {
        self.printed += 1;
        let pruned;
        let object = if self.omit_managed_fields && has_managed_fields(object) {
            pruned = without_managed_fields(object);
            &pruned
        } else {
            object
        };
        match &mut self.form {
            Form::Json => {
                check_identity(object)?;
                out.push_str(&go::json_indent(object));
                out.push('\n');
            }
            Form::Yaml => {
                if self.printed > 1 {
                    out.push_str("---\n");
                }
                check_identity(object)?;
                out.push_str(&to_yaml(object));
            }
            Form::Kyaml => {
                check_identity(object)?;
                out.push_str(&super::kyaml::to_kyaml(object));
            }
            Form::Name { operation } => print_names(object, operation, out)?,
            Form::JsonPath { source, path } => match path.execute(object) {
                Ok(text) => out.push_str(&text),
                Err(why) => return Err(message(jsonpath_failure(source, &why, object))),
            },
            Form::Template { source, template } => {
                if let Err(why) = template.execute(object, out) {
                    out.push_str(&template_failure(source, &why, object));
                    return Err(message(format!("error executing template {}: {why}", go::quote(source))));
                }
            }
            Form::Columns(columns) => columns.print(object, out).map_err(message)?,
        }
        Ok(())
    }

    /// Adds a watched change: `event` is `ADDED`, `MODIFIED` or `DELETED`.
    pub fn print_event(&mut self, event: &str, object: &Value, out: &mut String) -> Result<(), CmdError> {
        match self.form {
            Form::Json => {
                out.extend(["{\"type\":", &go::quote(event), ",\"object\":", &go::json(object), "}\n"]);
                Ok(())
            }
            Form::Name { .. } => self.print_raw(object, out),
            Form::Yaml => {
                self.printed += 1;
                if self.printed > 1 {
                    out.push_str("---\n");
                }
                out.push_str(&to_yaml(&json!({"type": event, "object": object})));
                Ok(())
            }
            _ => self.print_raw(&json!({"type": event, "object": object}), out),
        }
    }
}

fn check_identity(object: &Value) -> Result<(), CmdError> {
    if text(object, "/kind").is_empty() && text(object, "/apiVersion").is_empty() {
        let why = "missing apiVersion or kind; try GetObjectKind().SetGroupVersionKind() if you know the type";
        return Err(message(why));
    }
    Ok(())
}

fn has_managed_fields(object: &Value) -> bool {
    let items = object.get("items").and_then(Value::as_array).map_or(std::slice::from_ref(object), Vec::as_slice);
    items.iter().any(|o| o.pointer("/metadata/managedFields").is_some())
}

fn without_managed_fields(object: &Value) -> Value {
    let mut object = object.clone();
    let prune = |object: &mut Value| {
        if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.remove("managedFields");
        }
    };
    match object.get_mut("items").and_then(Value::as_array_mut) {
        Some(items) => items.iter_mut().for_each(prune),
        None => prune(&mut object),
    }
    object
}

fn print_names(object: &Value, operation: &str, out: &mut String) -> Result<(), CmdError> {
    if let Some(items) = object.get("items").and_then(Value::as_array) {
        return items.iter().try_for_each(|item| print_names(item, operation, out));
    }
    check_identity(object)?;
    let kind = text(object, "/kind").to_lowercase();
    let group = text(object, "/apiVersion").split_once('/').map_or(String::new(), |(group, _)| format!(".{group}"));
    let name = match text(object, "/metadata/name") {
        "" => "<unknown>",
        name => name,
    };
    let blank = if operation.is_empty() { "" } else { " " };
    out.extend([&kind, &*group, "/", name, blank, operation, "\n"]);
    Ok(())
}

fn jsonpath_failure(source: &str, why: &str, object: &Value) -> String {
    format!(
        "error executing jsonpath {}: Error executing template: {why}. Printing more information for debugging the \
         template:\n\ttemplate was:\n\t\t{source}\n\tobject given to jsonpath engine was:\n\t\t{}\n\n\n",
        go::quote(source),
        go::syntax(object)
    )
}

fn template_failure(source: &str, why: &str, object: &Value) -> String {
    format!(
        "Error executing template: {why}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t\
         {source}\n\traw data was:\n\t\t{}\n\n\tobject given to template engine was:\n\t\t{}\n\n",
        go::json(object),
        go::display(object)
    )
}

/// `items` as one `v1` `List`, as `kubectl get` hands it to the printers.
#[must_use]
pub fn list_of(items: Vec<Value>) -> Value {
    let mut list = Map::new();
    list.insert("apiVersion".into(), "v1".into());
    list.insert("kind".into(), "List".into());
    list.insert("metadata".into(), json!({"resourceVersion": ""}));
    list.insert("items".into(), items.into());
    Value::Object(list)
}

#[cfg(test)]
mod tests;
