//! What verbs that change something have in common: `--dry-run`, `--validate`, and printing the object they changed,
//! as `KIND/NAME OPERATION` or in the form of `-o`.

use serde_json::{Value, json};

use super::error::{CmdError, message};
use super::flags::{Parsed, parse_bool};
use super::io::Io;
use super::print::go;
use super::print::output::{self, PrintFlags};
use crate::apiserver::{Api, FieldValidation};

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
}

#[derive(Debug)]
enum Form {
    /// `statefulset.apps/web created`
    Operation,
    /// `statefulset.apps/web`
    Name,
    /// Whole objects, or what a template takes from them.
    Object { printer: output::Printer, json: bool },
}

impl Printer {
    /// The printer that the flags of [`super::flags::PRINT`] ask for.
    pub fn of(line: &Parsed, io: &Io<'_>) -> Result<Printer, CmdError> {
        let word = line.str("output").to_lowercase();
        let form = match word.as_str() {
            "" if line.str("template").is_empty() => Form::Operation,
            "name" => Form::Name,
            word => Form::Object { printer: PrintFlags::of(line).to_printer("", io)?, json: word == "json" },
        };
        Ok(Printer { form, dry_run: DryRun::None })
    }

    /// The printer of a verb that only says what it did.
    #[must_use]
    pub fn of_operation() -> Printer {
        Printer { form: Form::Operation, dry_run: DryRun::None }
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
        let mut text = String::new();
        let result = match &mut self.form {
            Form::Operation if !operation.is_empty() => {
                let operation = format!("{operation}{}", self.dry_run.suffix());
                output::Printer::operation(&operation).print(object, &mut text)
            }
            Form::Operation | Form::Name => output::Printer::operation("").print(object, &mut text),
            Form::Object { printer, .. } => printer.print(object, &mut text),
        };
        io.out(text);
        result
    }

    /// Prints objects as one list.
    pub fn print_list(&mut self, objects: Vec<Value>, io: &mut Io<'_>) -> Result<(), CmdError> {
        if matches!(self.form, Form::Object { json: true, .. }) {
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
