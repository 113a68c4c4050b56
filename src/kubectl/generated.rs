//! Objects that a verb makes from its flags (`create KIND`, `run`, `expose`): giving them the shape Go's types would
//! have, sending and printing them. What an object is made of is for the verb to say.

use serde_json::Value;

use super::create::Writing;
use super::error::{CmdError, message, usage};
use super::flags::Parsed;
use super::io::Io;
use super::last_applied;
use super::printer::{DryRun, Printer, field_validation};
use super::resource::kind_of_object;
use super::typed_json;
use crate::apiserver::decode::normalize;
use crate::apiserver::patch::strategic;
use crate::apiserver::{Api, Request};
use crate::resource::Kind;

/// How a verb's objects are sent and printed.
pub struct Making<'l> {
    line: &'l Parsed,
    writing: Writing,
    printer: Printer,
}

impl<'l> Making<'l> {
    /// What the flags of a command line say.
    pub fn of(line: &'l Parsed, api: &dyn Api, io: &mut Io<'_>) -> Result<Making<'l>, CmdError> {
        let dry_run = DryRun::of(line, api, io)?;
        let printer = Printer::of(line, io)?.dry_run(dry_run);
        let field_manager = line.str("field-manager").to_string();
        // Verbs without `--validate` leave it to the server, which only warns; what they make is valid in this sense.
        let field_validation = field_validation(line).unwrap_or_default();
        Ok(Making { line, writing: Writing { dry_run, field_manager, field_validation }, printer })
    }

    /// Whether the server is not asked.
    #[must_use]
    pub fn is_client_dry_run(&self) -> bool {
        self.writing.dry_run == DryRun::Client
    }

    /// Creates an object, unless it is a dry run of the client, and returns it as it is then. An object of a
    /// namespaced kind has the namespace of `-n` only if that was given.
    pub fn create(&self, kind: Kind, mut object: Value, api: &mut dyn Api, io: &mut Io<'_>) -> Result<Value, CmdError> {
        if kind.info().namespaced && self.line.namespace_given() {
            object["metadata"]["namespace"] = self.line.namespace().into();
        }
        let mut object = normalize(kind, typed(kind, object));
        if self.line.bool("save-config") {
            let text = typed_json::compact(kind, &object) + "\n";
            last_applied::set(&mut object, text);
        }
        if self.is_client_dry_run() {
            return Ok(object);
        }
        let request = Request::create(kind, self.line.namespace(), object).with(self.writing.options());
        Ok(io.send(api, request)?.object)
    }

    /// Prints an object, of which `operation` was done (`created`).
    pub fn print(&mut self, object: &Value, operation: &str, io: &mut Io<'_>) -> Result<(), CmdError> {
        if self.line.str("output").eq_ignore_ascii_case("json")
            && let Ok(kind) = kind_of_object(object)
        {
            io.out(typed_json::indented(kind, object) + "\n");
            return Ok(());
        }
        self.printer.print(object, operation, io)
    }

    /// Creates and prints an object; a refusal of the server is told as `error: failed to create WHAT: ...`, as it
    /// stands if `what` is empty.
    pub fn make(
        &mut self,
        kind: Kind,
        object: Value,
        what: &str,
        api: &mut dyn Api,
        io: &mut Io<'_>,
    ) -> Result<(), CmdError> {
        let created = self.create(kind, object, api, io).map_err(|error| match what {
            "" => error,
            what => message(format!("failed to create {what} {error}")),
        })?;
        self.print(&created, "created", io)
    }
}

/// The object with its `apiVersion` and `kind`.
fn typed(kind: Kind, mut object: Value) -> Value {
    object["apiVersion"] = kind.api_version().into();
    object["kind"] = kind.info().name.into();
    object
}

/// The one NAME of a command line, what follows `--` aside (`NameFromCommandArgs`).
pub fn name(line: &Parsed) -> Result<&str, CmdError> {
    let count = line.before_dash.unwrap_or(line.args.len());
    match line.args.first() {
        Some(name) if count == 1 => Ok(name),
        _ => Err(usage(line.command().path, &format!("exactly one NAME is required, got {count}"))),
    }
}

/// `a=b,c=d` as labels, with upstream's words for what is none.
pub fn labels(text: &str) -> Result<Value, CmdError> {
    let mut labels = serde_json::Map::new();
    for pair in text.split(',') {
        match pair.split('=').collect::<Vec<_>>().as_slice() {
            ["", _] => return Err(message("unexpected empty label key")),
            [key, value] => labels.insert((*key).to_string(), (*value).into()),
            _ => return Err(message(format!("unexpected label spec: {pair}"))),
        };
    }
    Ok(labels.into())
}

/// A number or a name, as Go's `intstr.Parse` reads it.
#[must_use]
pub fn int_or_string(text: &str) -> Value {
    text.parse::<i32>().map_or_else(|_| text.into(), Value::from)
}

/// A number as Go's `strconv.Atoi` reads it, with its words for what is none.
pub fn atoi(text: &str) -> Result<i64, CmdError> {
    text.parse::<i64>().map_err(|error| {
        let why = match error.kind() {
            std::num::IntErrorKind::PosOverflow | std::num::IntErrorKind::NegOverflow => "value out of range",
            _ => "invalid syntax",
        };
        message(format!("strconv.Atoi: parsing {}: {why}", super::print::go::quote(text)))
    })
}

/// `--overrides` and `--override-type`.
pub const OVERRIDES: [super::flags::Flag; 2] = [
    super::flags::Flag::string("overrides", "An inline JSON override for the generated object"),
    super::flags::Flag::string("override-type", "How to override the generated object: json, merge, or strategic")
        .default("merge"),
];

/// The object with what `--overrides` says (`k8s.io/kubectl/pkg/cmd/util/override_options.go`).
pub fn overridden(line: &Parsed, kind: Kind, object: Value) -> Result<Value, CmdError> {
    let text = line.str("overrides");
    if text.is_empty() {
        return Ok(object);
    }
    let mut object = normalize(kind, typed(kind, object));
    let invalid = |_| message("Invalid JSON Patch");
    match line.str("override-type") {
        "json" => {
            let patch: json_patch::Patch = serde_json::from_str(text).map_err(|why| message(why.to_string()))?;
            json_patch::patch(&mut object, &patch).map_err(|why| message(why.to_string()))?;
        }
        "merge" | "" => {
            let patch: Value = serde_json::from_str(text).map_err(invalid)?;
            json_patch::merge(&mut object, &patch);
        }
        "strategic" => {
            let patch: Value = serde_json::from_str(text).map_err(invalid)?;
            object = strategic(kind, &object, &patch).map_err(|why| message(why.to_string()))?;
        }
        other => return Err(message(format!("invalid override type: {other}"))),
    }
    Ok(normalize(kind, object))
}
