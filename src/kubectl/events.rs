//! `kubectl events` (upstream `k8s.io/kubectl/pkg/cmd/events`): events in the order of time, unlike `get events`.

use serde_json::{Value, json};

use super::error::{CmdError, message};
use super::flags::{ALL_NAMESPACES, CHUNK_SIZE, Command, Flag, PRINT, Parsed};
use super::get::watch::{follow, snapshot};
use super::io::Io;
use super::print::table::escape_terminal;
use super::print::value::{int, text};
use super::print::{PrintFlags, Printer, TabWriter, age, go, sort};
use crate::apiserver::{Api, Options, Request};
use crate::resource::{Kind, Time};

static COMMAND: Command = Command {
    path: "kubectl events",
    usage: "[(-o|--output=)json|yaml|...] [--for TYPE/NAME] [--watch] [--types=Normal,Warning]",
    about: "Display events.",
    flags: &[ALL_NAMESPACES, CHUNK_SIZE, PRINT, OWN],
    required: &[],
};

static OWN: &[Flag] = &[
    Flag::string("for", "Only events of this object (TYPE/NAME)"),
    Flag::bool("no-headers", "Print no headers"),
    Flag::slice("types", "Only events of these types"),
    Flag::bool("watch", "After listing, watch for more events").short('w'),
];

/// Runs the verb.
pub fn run(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let line = COMMAND.parse(args, io)?;
    let field_selector = about(line.str("for"))?;
    let mut screen = Screen::of(&line, io)?;
    let types = line.list("types");
    if !types.iter().all(|t| t.eq_ignore_ascii_case("Normal") || t.eq_ignore_ascii_case("Warning")) {
        return Err(message("valid --types are Normal or Warning"));
    }
    let wanted = |event: &Value| types.is_empty() || types.iter().any(|t| t.eq_ignore_ascii_case(text(event, "/type")));
    let namespace = Some(line.namespace()).filter(|_| !screen.all_namespaces);
    let options = Options { field_selector, ..Options::default() };
    let request = Request::list(Kind::Event, namespace).with(options);
    let read = |api: &mut dyn Api, io: &mut Io<'_>| -> Result<Value, CmdError> {
        let mut list = io.send(api, request.clone())?.object;
        if let Some(items) = list["items"].as_array_mut() {
            items.retain(wanted);
        }
        Ok(list)
    };
    let list = read(api, io)?;
    if line.bool("watch") {
        let known = snapshot(&list);
        for event in known.values() {
            screen.show(event, api.now(), io);
        }
        return follow(known, api, io, &mut |api, io| Ok(snapshot(&read(api, io)?)), &mut |change, event, now, io| {
            if change != "DELETED" {
                screen.show(event, now, io);
            }
            Ok(())
        });
    }
    let events = list["items"].as_array().cloned().unwrap_or_default();
    if events.is_empty() {
        match namespace {
            Some(namespace) => io.err(format_args!("No events found in {namespace} namespace.\n")),
            None => io.err("No events found.\n"),
        }
        return Ok(());
    }
    let times: Vec<Option<Time>> = events.iter().map(event_time).collect();
    let order = sort::sorted(events.len(), |a, b| times[a] < times[b]);
    let sorted: Vec<Value> = order.into_iter().map(|index| events[index].clone()).collect();
    screen.show_list(&sorted, api.now(), io);
    Ok(())
}

/// The field selector of `--for TYPE/NAME`.
fn about(object: &str) -> Result<Option<String>, CmdError> {
    if object.is_empty() {
        return Ok(None);
    }
    let Some((word, name)) = object.split_once('/') else {
        return Err(message("--for must be in resource/name form"));
    };
    if name.contains('/') {
        return Err(message("arguments in resource/name form may not have more than one slash"));
    }
    let Some(kind) = Kind::parse(word) else {
        let word = word.to_lowercase();
        let (resource, group) = word.split_once('.').unwrap_or((&word, ""));
        return Err(message(format!("no matches for {group}/, Resource={resource}")));
    };
    if name.is_empty() {
        return Ok(None);
    }
    Ok(Some(format!(
        "involvedObject.kind={},involvedObject.apiVersion={},involvedObject.name={name}",
        kind.info().name,
        kind.api_version()
    )))
}

/// The time an event is sorted by.
fn event_time(event: &Value) -> Option<Time> {
    let time = |pointer: &str| Time::parse(text(event, pointer));
    if event["series"].is_object() {
        return time("/series/lastObservedTime");
    }
    time("/lastTimestamp").or_else(|| time("/eventTime"))
}

/// Where events are printed: a table, or a form of `-o`. What a printer fails at is left out without a word, as
/// upstream.
struct Screen {
    printer: Option<Printer>,
    output: String,
    writer: TabWriter,
    all_namespaces: bool,
    headers: bool,
}

impl Screen {
    fn of(line: &Parsed, io: &Io<'_>) -> Result<Screen, CmdError> {
        let output = line.str("output").to_lowercase();
        let printer = if output.is_empty() { None } else { Some(PrintFlags::of(line).to_printer("events", io)?) };
        Ok(Screen {
            printer,
            output,
            writer: TabWriter::for_tables(),
            all_namespaces: line.bool("all-namespaces"),
            headers: !line.bool("no-headers"),
        })
    }

    fn show(&mut self, event: &Value, now: Time, io: &mut Io<'_>) {
        if self.printer.is_some() {
            self.print(event);
        } else {
            self.row(event, now);
        }
        io.out(self.writer.flush());
    }

    fn show_list(&mut self, events: &[Value], now: Time, io: &mut Io<'_>) {
        if self.printer.is_none() {
            for event in events {
                self.row(event, now);
            }
        } else if self.output != "name" {
            // Upstream refuses names of a list, and drops the refusal.
            self.print(&json!({"apiVersion": "v1", "kind": "EventList", "metadata": {}, "items": events}));
        }
        io.out(self.writer.flush());
    }

    fn print(&mut self, object: &Value) {
        if self.output == "json" {
            self.writer.write(&(typed_json(object) + "\n"));
        } else if let Some(printer) = &mut self.printer {
            let mut text = String::new();
            let _ = printer.print_raw(object, &mut text);
            self.writer.write(&text);
        }
    }

    fn row(&mut self, event: &Value, now: Time) {
        if std::mem::take(&mut self.headers) {
            let namespace = if self.all_namespaces { "NAMESPACE\t" } else { "" };
            self.writer.write(&format!("{namespace}LAST SEEN\tTYPE\tREASON\tOBJECT\tMESSAGE\n"));
        }
        let shown = |pointer: &str| escape_terminal(text(event, pointer));
        if self.all_namespaces {
            self.writer.write(&format!("{}\t", text(event, "/metadata/namespace")));
        }
        self.writer.write(&format!(
            "{}\t{}\t{}\t{}/{}\t{}\n",
            interval(event, now),
            shown("/type"),
            shown("/reason"),
            shown("/involvedObject/kind"),
            shown("/involvedObject/name"),
            escape_terminal(text(event, "/message").trim()),
        ));
    }
}

/// `5s`, or `5s (x3 over 1m)` of an event that was repeated.
fn interval(event: &Value, now: Time) -> String {
    let time = |pointer: &str| event.pointer(pointer).and_then(Value::as_str);
    let first = age(now, time("/eventTime").or_else(|| time("/firstTimestamp")));
    let (last, count) = if event["series"].is_object() {
        (time("/series/lastObservedTime"), int(event, "/series/count"))
    } else if int(event, "/count") > 1 {
        (time("/lastTimestamp"), int(event, "/count"))
    } else {
        return first;
    };
    format!("{} (x{count} over {first})", age(now, last))
}

/// `-o json` prints Go structs here, whose fields are not sorted by name.
fn typed_json(object: &Value) -> String {
    go::json_indent_by(object, &|parent, key| {
        let fields: &[&str] = match parent {
            "metadata" => &[
                "name",
                "generateName",
                "namespace",
                "selfLink",
                "uid",
                "resourceVersion",
                "generation",
                "creationTimestamp",
                "deletionTimestamp",
                "deletionGracePeriodSeconds",
                "labels",
                "annotations",
                "ownerReferences",
                "finalizers",
            ],
            "involvedObject" | "related" => {
                &["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"]
            }
            "source" => &["component", "host"],
            "series" => &["count", "lastObservedTime"],
            "" | "items" => &[
                "kind",
                "apiVersion",
                "metadata",
                "items",
                "involvedObject",
                "reason",
                "message",
                "source",
                "firstTimestamp",
                "lastTimestamp",
                "count",
                "type",
                "eventTime",
                "series",
                "action",
                "related",
                "reportingComponent",
                "reportingInstance",
            ],
            _ => &[],
        };
        fields.iter().position(|field| *field == key).unwrap_or(fields.len())
    })
}

#[cfg(test)]
mod tests;
