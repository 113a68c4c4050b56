//! `kubectl get` (upstream `k8s.io/kubectl/pkg/cmd/get/get.go`): which objects, in which form, and what is said when
//! there are none.

mod options;
mod raw;
mod table;
pub(in crate::kubectl) mod watch;

use serde_json::Value;

use super::error::{CmdError, message};
use super::io::Io;
use super::print::output::list_of;
use super::print::sort;
use super::resource::{Builder, Resources};
use crate::apiserver::Api;
use options::{COMMAND, Options};

/// Runs the verb.
pub fn run(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let line = COMMAND.parse(args, io)?;
    let options = Options::of(&line, io)?;
    if !options.raw.is_empty() {
        return raw::get(&options.raw);
    }
    if options.watch || options.watch_only {
        return watch::watch(&options, api, io);
    }
    let human = options.is_human_readable();
    let mut builder = builder(&options, io).subresource(options.subresource).continue_on_error();
    if !human {
        builder = builder.flatten();
    }
    let resources = builder.build();
    resources.check()?;
    options.check_subresource()?;
    if human { table::print(&options, &resources, api, io) } else { print_generic(&options, &resources, api, io) }
}

/// What the arguments and flags ask for; the order of the calls is upstream's.
fn builder(options: &Options, io: &mut Io<'_>) -> Builder {
    Builder::new(&options.namespace)
        .default_namespace()
        .all_namespaces(options.all_namespaces)
        .filenames(options.explicit_namespace, &options.filenames, io)
        .label_selector(&options.label_selector)
        .field_selector(&options.field_selector)
        .type_or_name_args(true, &options.args)
        .latest()
}

/// The objects in one of the forms of `-o`: one object as itself, several as a list.
fn print_generic(options: &Options, resources: &Resources, api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let (infos, outcome) = resources.infos(api, io);
    let outcome = options.ignoring_not_found(outcome);
    let single = resources.single_item_implied;
    if single {
        outcome.clone()?;
    }
    let mut errors = Vec::new();
    errors.extend(outcome.err().into_iter().flat_map(leaves));
    if infos.is_empty() && options.ignore_not_found {
        return CmdError::aggregate_or_one(errors);
    }
    let Some(mut printer) = options.print.to_get_printer(io)? else {
        return Err(message("a table was asked for where there is none"));
    };
    let mut objects: Vec<Value> = infos.into_iter().map(|info| info.object).collect();
    let one = if single && objects.len() == 1 { objects.pop() } else { None };
    let object = match one {
        Some(object) => object,
        None => list_of(sorted(objects, &options.sort_by, &mut errors)?),
    };
    let mut text = String::new();
    errors.extend(printer.print(&object, &mut text).err());
    io.out(text);
    CmdError::aggregate_or_one(errors)
}

/// The objects in the order of `--sort-by`; if they cannot be sorted, that ends the command.
fn sorted(objects: Vec<Value>, field: &str, errors: &mut Vec<CmdError>) -> Result<Vec<Value>, CmdError> {
    if field.is_empty() || objects.is_empty() {
        return Ok(objects);
    }
    match sort::order(&objects, field) {
        Ok(order) => Ok(order.into_iter().map(|index| objects[index].clone()).collect()),
        Err(why) => {
            errors.push(message(why.to_string()));
            CmdError::aggregate_or_one(std::mem::take(errors)).map(|()| Vec::new())
        }
    }
}

/// The failures inside of aggregates, one by one.
fn leaves(error: CmdError) -> Vec<CmdError> {
    match error {
        CmdError::Many(errors) => errors.into_iter().flat_map(leaves).collect(),
        one => vec![one],
    }
}

#[cfg(test)]
mod tests;
