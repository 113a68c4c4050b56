//! What verbs that change something have in common: `--dry-run`, `--validate`, and printing the object they changed,
//! as `KIND/NAME OPERATION` or in the form of `-o`.

use serde_json::{Value, json};

use super::error::{CmdError, message};
use super::flags::{Parsed, parse_bool};
use super::io::Io;
use super::print::go;
use crate::apiserver::{Api, FieldValidation};
use crate::resource::yaml::to_yaml;

/// How far a change goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DryRun {
    /// It is made.
    #[default]
    None,
    /// The server is not asked to change anything.
    Client,
    /// The server does everything but store it.
    Server,
}

impl DryRun {
    /// What `--dry-run` says; deprecated spellings are logged (`GetDryRunStrategy`).
    pub fn of(line: &Parsed, api: &dyn Api, io: &mut Io<'_>) -> Result<DryRun, CmdError> {
        let text = line.str("dry-run");
        let mut replaced = |place: &str, what: &str, by: &str| {
            let text = format!("--dry-run{what} is deprecated{by}.");
            io.log_warning(api.now(), place, &text);
        };
        if let Ok(on) = parse_bool(text) {
            let (place, word, strategy) =
                if on { ("733", "client", DryRun::Client) } else { ("736", "none", DryRun::None) };
            let by = format!(" (boolean value) and can be replaced with --dry-run={word}");
            replaced(&format!("helpers.go:{place}"), &format!("={text}"), &by);
            return Ok(strategy);
        }
        match text {
            "none" => Ok(DryRun::None),
            "client" => Ok(DryRun::Client),
            "server" => Ok(DryRun::Server),
            "unchanged" => {
                replaced("helpers.go:719", "", " and can be replaced with --dry-run=client");
                Ok(DryRun::Client)
            }
            _ => Err(message(format!("Invalid dry-run value ({text}). Must be \"none\", \"server\", or \"client\"."))),
        }
    }

    /// Whether requests carry `dryRun=All`.
    #[must_use]
    pub fn is_server(self) -> bool {
        self == DryRun::Server
    }

    /// What is put behind the operation that is printed.
    #[must_use]
    pub fn suffix(self) -> &'static str {
        match self {
            DryRun::None => "",
            DryRun::Client => " (dry run)",
            DryRun::Server => " (server dry run)",
        }
    }
}

/// What `--validate` says.
pub fn field_validation(line: &Parsed) -> Result<FieldValidation, CmdError> {
    let text = line.str("validate");
    match (text, parse_bool(text)) {
        ("strict", _) | (_, Ok(true)) => Ok(FieldValidation::Strict),
        ("warn", _) => Ok(FieldValidation::Warn),
        ("ignore", _) | (_, Ok(false)) => Ok(FieldValidation::Ignore),
        _ => Err(message(format!(
            "invalid - validate option {}; must be one of: strict (or true), warn, ignore (or false)",
            go::quote(text)
        ))),
    }
}

/// Prints the objects a verb has changed.
#[derive(Debug)]
pub struct Printer {
    form: Form,
    dry_run: DryRun,
    printed: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// `statefulset.apps/web created`
    Operation,
    /// `statefulset.apps/web`
    Name,
    Json,
    Yaml,
}

impl Printer {
    /// The printer that the flags of [`super::flags::PRINT`] ask for.
    pub fn of(line: &Parsed, _io: &Io<'_>) -> Result<Printer, CmdError> {
        let output = line.str("output");
        let form = match output.to_lowercase().as_str() {
            "" => Form::Operation,
            "name" => Form::Name,
            "json" => Form::Json,
            "yaml" => Form::Yaml,
            _ => {
                return Err(message(format!(
                    "unable to match a printer suitable for the output format {output:?}, allowed formats are: \
                     go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,\
                     templatefile,yaml"
                )));
            }
        };
        Ok(Printer { form, dry_run: DryRun::None, printed: 0 })
    }

    /// The same printer, which says so if nothing is changed in fact.
    #[must_use]
    pub fn dry_run(self, dry_run: DryRun) -> Printer {
        Printer { dry_run, ..self }
    }

    /// Whether it prints names and operations, not whole objects.
    #[must_use]
    pub fn prints_names(&self) -> bool {
        matches!(self.form, Form::Operation | Form::Name)
    }

    /// Prints one object, of which `operation` was done (`created`).
    pub fn print(&mut self, object: &Value, operation: &str, io: &mut Io<'_>) -> Result<(), CmdError> {
        self.printed += 1;
        match self.form {
            Form::Operation if operation.is_empty() => io.out(format_args!("{}\n", printed_name(object))),
            Form::Operation => {
                io.out(format_args!("{} {operation}{}\n", printed_name(object), self.dry_run.suffix()));
            }
            Form::Name => io.out(format_args!("{}\n", printed_name(object))),
            Form::Json => io.out(go::json_indent(object) + "\n"),
            Form::Yaml => {
                if self.printed > 1 {
                    io.out("---\n");
                }
                io.out(to_yaml(object));
            }
        }
        Ok(())
    }

    /// Prints objects as one list.
    pub fn print_list(&mut self, objects: Vec<Value>, io: &mut Io<'_>) -> Result<(), CmdError> {
        if self.form == Form::Json {
            io.out(json_list(objects));
            return Ok(());
        }
        self.print(&json!({"apiVersion": "v1", "kind": "List", "metadata": {}, "items": objects}), "", io)
    }
}

/// A list as upstream's own type has it: in JSON its members are in the order of that type.
fn json_list(objects: Vec<Value>) -> String {
    let items = go::json_indent(&Value::Array(objects)).replace('\n', "\n    ");
    format!(
        "{{\n    \"kind\": \"List\",\n    \"apiVersion\": \"v1\",\n    \"metadata\": {{}},\n    \"items\": {items}\n}}\n"
    )
}

/// `statefulset.apps/web`, from what the object says it is.
fn printed_name(object: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    let kind = text(&object["kind"]).to_lowercase();
    let group = text(&object["apiVersion"]).split_once('/').map_or(String::new(), |(group, _)| format!(".{group}"));
    let name = text(&object["metadata"]["name"]);
    format!("{kind}{group}/{}", if name.is_empty() { "<unknown>" } else { &name })
}
