//! `get --watch`: the table, then a row for each change. A real watch never ends; this one ends when nothing more will
//! happen by itself, or when nothing it shows has changed for [`PATIENCE`].

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::options::Options;
use super::{builder, table};
use crate::apiserver::api::Waited;
use crate::apiserver::{Api, Request};
use crate::kubectl::error::{CmdError, message};
use crate::kubectl::io::Io;
use crate::kubectl::print::value::text;
use crate::kubectl::print::{Printer, TabWriter, TableOptions, TablePrinter, columns, sort};
use crate::kubectl::resource::Info;
use crate::resource::{Kind, Time};

/// How long virtual time runs on without a change to show.
const PATIENCE: Duration = Duration::from_secs(600);
/// How long virtual time runs at all.
const LIMIT: Duration = Duration::from_secs(3600);

pub(super) fn watch(options: &Options, api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let resources = builder(options, io).single_resource_type().build();
    resources.check()?;
    let (infos, outcome) = resources.infos(api, io);
    if let Err(error) = outcome {
        return if error.is_not_found() && options.ignore_not_found { Ok(()) } else { Err(error) };
    }
    let Some(info) = infos.first() else {
        return Err(message(
            "watch is only supported on individual resources and resource collections - 0 resources were found",
        ));
    };
    let kind = info.kind()?;
    let mut screen = Screen::new(options, kind, io)?;
    if !options.watch_only {
        for info in &infos {
            screen.show_first(options, info, api.now())?;
        }
        screen.flush(io);
    }
    if infos.len() > 1 {
        return Err(message("you may only watch a single resource or type of resource at a time"));
    }
    let target = Target { kind, info, options };
    let known = snapshot(&info.object);
    follow(known, api, io, &mut |api, io| target.read(api, io), &mut |event, object, now, io| {
        screen.show(event, object, now)?;
        screen.flush(io);
        Ok(())
    })
}

/// Reads what is watched.
type Read<'r> = dyn FnMut(&mut dyn Api, &mut Io<'_>) -> Result<Snapshot, CmdError> + 'r;
/// Shows one change: `ADDED`, `MODIFIED` or `DELETED`, and the object.
type Show<'s> = dyn FnMut(&str, &Value, Time, &mut Io<'_>) -> Result<(), CmdError> + 's;

/// Lets time run and shows what changes, from what is `known` on.
pub(in crate::kubectl) fn follow(
    mut known: Snapshot,
    api: &mut dyn Api,
    io: &mut Io<'_>,
    read: &mut Read<'_>,
    show: &mut Show<'_>,
) -> Result<(), CmdError> {
    let start = api.now();
    let mut deadline = start + PATIENCE;
    while api.wait_for_change(Some(deadline)) == Waited::Changed && api.now().since(start) < LIMIT {
        let current = read(api, io)?;
        let changes = changes(&known, &current);
        if !changes.is_empty() {
            deadline = api.now() + PATIENCE;
        }
        for (event, object) in changes {
            show(event, object, api.now(), io)?;
        }
        known = current;
    }
    Ok(())
}

/// Objects by namespace and name.
pub(in crate::kubectl) type Snapshot = BTreeMap<(String, String), Value>;

/// The objects of an answer of the server.
pub(in crate::kubectl) fn snapshot(answer: &Value) -> Snapshot {
    let objects = answer["items"].as_array().map_or(std::slice::from_ref(answer), Vec::as_slice);
    let key = |o: &Value| (text(o, "/metadata/namespace").to_string(), text(o, "/metadata/name").to_string());
    objects.iter().filter(|o| o.is_object()).map(|o| (key(o), o.clone())).collect()
}

/// What is watched: one object, or the objects of a kind that were selected.
struct Target<'a> {
    kind: Kind,
    info: &'a Info,
    options: &'a Options,
}

impl Target<'_> {
    fn read(&self, api: &mut dyn Api, io: &mut Io<'_>) -> Result<Snapshot, CmdError> {
        let is_list = self.info.object["items"].is_array();
        let mut request = if is_list {
            let namespace = Some(self.options.namespace.as_str()).filter(|_| !self.options.all_namespaces);
            Request::list(self.kind, namespace)
        } else {
            self.info.get_request()?
        };
        if is_list {
            let given = |text: &String| Some(text.trim().to_string()).filter(|t| !t.is_empty());
            request.options.label_selector = given(&self.options.label_selector);
            request.options.field_selector = given(&self.options.field_selector);
        }
        match io.send(api, request) {
            Ok(response) => Ok(snapshot(&response.object)),
            Err(status) if status.is_not_found() => Ok(Snapshot::new()),
            Err(status) => Err(status.into()),
        }
    }
}

/// What happened between two snapshots, in the order of the writes as far as the objects tell.
fn changes<'a>(before: &'a Snapshot, after: &'a Snapshot) -> Vec<(&'static str, &'a Value)> {
    let mut all = Vec::new();
    for (key, old) in before {
        let same = after.get(key).is_some_and(|new| uid(new) == uid(old));
        if !same {
            all.push(("DELETED", old));
        }
    }
    for (key, new) in after {
        match before.get(key).filter(|old| uid(old) == uid(new)) {
            None => all.push(("ADDED", new)),
            Some(old) if version(old) != version(new) => all.push(("MODIFIED", new)),
            Some(_) => {}
        }
    }
    all.sort_by_key(|(_, object)| version(object));
    all
}

fn uid(object: &Value) -> &str {
    text(object, "/metadata/uid")
}

fn version(object: &Value) -> u64 {
    text(object, "/metadata/resourceVersion").parse().unwrap_or(0)
}

enum Form {
    Table(Box<TablePrinter>),
    Other(Box<Printer>),
}

/// Where rows appear, columns staying in place from one change to the next.
struct Screen {
    kind: Kind,
    form: Form,
    writer: TabWriter,
    events: bool,
}

impl Screen {
    fn new(options: &Options, kind: Kind, io: &Io<'_>) -> Result<Screen, CmdError> {
        let form = match options.print.to_get_printer(io)? {
            Some(printer) => Form::Other(Box::new(printer)),
            None => Form::Table(Box::new(TablePrinter::new(TableOptions {
                with_namespace: options.all_namespaces,
                ..options.table.clone()
            }))),
        };
        Ok(Screen { kind, form, writer: TabWriter::for_tables(), events: options.watch_events })
    }

    /// The objects there are when the watch begins, in the order of `--sort-by`.
    fn show_first(&mut self, options: &Options, info: &Info, now: Time) -> Result<(), CmdError> {
        let table = table::plain_table(info, self.kind, now);
        let objects: Vec<&Value> = table.rows.iter().map(|row| row.object).collect();
        let order = if options.sort_by.is_empty() || objects.len() < 2 {
            (0..objects.len()).collect()
        } else {
            let unable = |why| message(format!("unable to output the provided object: {why}"));
            sort::order(objects.iter().copied(), &options.sort_by).map_err(unable)?
        };
        order.into_iter().try_for_each(|index| self.show("ADDED", objects[index], now))
    }

    fn show(&mut self, event: &str, object: &Value, now: Time) -> Result<(), CmdError> {
        let event = Some(event).filter(|_| self.events);
        match (&mut self.form, event) {
            (Form::Table(printer), event) => {
                printer.print(&columns::table(self.kind, [object], now), event, &mut self.writer);
                Ok(())
            }
            (Form::Other(printer), event) => {
                let mut text = String::new();
                let result = match event {
                    Some(event) => printer.print_event(event, object, &mut text),
                    None => printer.print_raw(object, &mut text),
                };
                self.writer.write(&text);
                result
            }
        }
    }

    fn flush(&mut self, io: &mut Io<'_>) {
        let text = self.writer.flush();
        io.out(text);
    }
}
