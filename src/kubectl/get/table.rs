//! `get` as tables: one for each kind, with an empty line between.

use serde_json::{Value, json};

use super::options::Options;
use crate::apiserver::{Api, Subresource};
use crate::kubectl::error::{CmdError, message};
use crate::kubectl::io::Io;
use crate::kubectl::print::sort::{self, SortError};
use crate::kubectl::print::{TabWriter, Table, TableOptions, TablePrinter, columns};
use crate::kubectl::resource::{Info, Resources};
use crate::resource::{Kind, Time};

pub(super) fn print(
    options: &Options,
    resources: &Resources,
    api: &mut dyn Api,
    io: &mut Io<'_>,
) -> Result<(), CmdError> {
    let (infos, outcome) = resources.infos(api, io);
    let errors: Vec<CmdError> = options.ignoring_not_found(outcome).err().into_iter().collect();
    let now = api.now();
    let with_kind = infos.windows(2).any(|pair| pair[0].mapping != pair[1].mapping);
    let mut out = Sections::default();
    let mut printer: Option<(Kind, TablePrinter)> = None;
    let mut writer = TabWriter::for_tables();
    let mut all_namespaced = !options.all_namespaces;
    for index in info_order(options, &infos, now)? {
        let info = &infos[index];
        let kind = info.kind()?;
        all_namespaced &= info.namespaced();
        let printer = match &mut printer {
            Some((last, printer)) if *last == kind => printer,
            slot => {
                out.add(io, &writer.flush());
                writer.forget_widths();
                out.separate(slot.is_some() && !options.table.no_headers);
                let table_options = TableOptions {
                    with_namespace: options.all_namespaces && kind.info().namespaced,
                    with_kind: with_kind || options.table.with_kind,
                    ..options.table.clone()
                };
                &mut slot.insert((kind, TablePrinter::new(table_options))).1
            }
        };
        match table(options, info, kind, now) {
            Ok(table) => printer.print(&table, None, &mut writer),
            // A table without the field is not printed, and nothing is said of it.
            Err(SortError::Field(_)) => {}
            Err(SortError::Unsortable(why)) => return Err(message(why)),
        }
    }
    out.add(io, &writer.flush());
    if !out.written && !options.ignore_not_found && errors.is_empty() {
        if all_namespaced {
            io.err(format_args!("No resources found in {} namespace.\n", options.namespace));
        } else {
            io.err("No resources found\n");
        }
    }
    CmdError::aggregate(errors)
}

/// The order of the tables. With `--sort-by` and several tables upstream looks for the field in the tables themselves,
/// not in their rows, and so nearly always fails.
fn info_order(options: &Options, infos: &[Info], now: Time) -> Result<Vec<usize>, CmdError> {
    if options.sort_by.is_empty() || infos.len() < 2 {
        return Ok((0..infos.len()).collect());
    }
    let tables: Vec<Value> = infos.iter().map(|info| table_object(options, info, now)).collect();
    sort::order(&tables, &options.sort_by).map_err(|why| message(why.to_string()))
}

/// The `Table` object the server answers with.
fn table_object(options: &Options, info: &Info, now: Time) -> Value {
    if !options.server_print {
        return info.object.clone();
    }
    let Some(kind) = info.mapping else { return Value::Null };
    let table = plain_table(info, kind, now);
    let rows: Vec<Value> = table.rows.iter().map(|row| json!({"cells": row.cells, "object": row.object})).collect();
    let names: Vec<Value> = table.columns.iter().map(|column| json!({"name": column.name})).collect();
    json!({
        "apiVersion": "meta.k8s.io/v1", "kind": "Table",
        "metadata": {"resourceVersion": info.object["metadata"]["resourceVersion"]},
        "columnDefinitions": names, "rows": rows,
    })
}

/// The table of one answer of the server: of a list, or of one object.
pub(super) fn plain_table(info: &Info, kind: Kind, now: Time) -> Table<'_> {
    let objects = match info.object["items"].as_array() {
        Some(items) => items.as_slice(),
        None => std::slice::from_ref(&info.object),
    };
    if info.subresource == Some(Subresource::Scale) {
        columns::scale_table(kind, objects, now)
    } else {
        columns::table(kind, objects, now)
    }
}

fn table<'a>(options: &Options, info: &'a Info, kind: Kind, now: Time) -> Result<Table<'a>, SortError> {
    let table = plain_table(info, kind, now);
    let mut table = if options.server_print { table } else { columns::client_side(table, now) };
    if !options.sort_by.is_empty() && table.rows.len() > 1 {
        let order = sort::order(table.rows.iter().map(|row| row.object), &options.sort_by)?;
        table.rows = order.into_iter().map(|index| table.rows[index].clone()).collect();
    }
    Ok(table)
}

/// Standard output in sections with an empty line between those that say something.
#[derive(Default)]
struct Sections {
    written: bool,
    separate: bool,
}

impl Sections {
    fn separate(&mut self, separate: bool) {
        self.separate |= separate && self.written;
    }

    fn add(&mut self, io: &mut Io<'_>, text: &str) {
        if text.is_empty() {
            return;
        }
        if std::mem::take(&mut self.separate) {
            io.out("\n");
        }
        self.written = true;
        io.out(text);
    }
}
