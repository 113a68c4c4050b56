//! `kubectl set selector`: changes what a Service selects (`set_selector.go`).

use serde_json::Value;

use super::super::error::{CmdError, message};
use super::super::flags::{Command, DRY_RUN, FILENAME, Flag, PRINT, Parsed, RECORD, field_manager};
use super::super::io::Io;
use super::super::printer::{DryRun, Printer};
use super::super::record;
use super::super::resource::{Builder, FilenameOptions, Info};
use super::super::selector::label_selector;
use super::{kind_of, only_files};
use crate::apiserver::patch::two_way_strategic;
use crate::apiserver::{Api, Options, PatchType, Request};
use crate::resource::Kind;

static COMMAND: Command = Command {
    path: "kubectl set selector",
    usage: "(-f FILENAME | TYPE NAME) EXPRESSIONS [--resource-version=version] [flags]",
    about: "Set the selector on a resource. The new selector will overwrite the old one; only Services have one that can\n\
            be set.\n\nExamples:\n  # Set the labels and selector before creating a service\n  \
            kubectl create service clusterip my-svc --clusterip=\"None\" -o yaml --dry-run=client | \
            kubectl set selector --local -f - 'environment=qa' -o yaml | kubectl create -f -",
    flags: &[
        PRINT,
        RECORD,
        FILENAME,
        DRY_RUN,
        &[
            Flag::bool("all", "Select all resources, in the namespace of the specified types"),
            Flag::bool("local", "Do not contact the API server: change the content of the files"),
            Flag::string("resource-version", "Only if this is the current resource version of the object"),
            field_manager("kubectl-set"),
        ],
    ],
    required: &[],
};

/// Runs the verb.
pub fn run(args: &[String], api: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let line = COMMAND.parse(args, io)?;
    let dry_run = DryRun::of(&line, api, io)?;
    let parsed = match line.args.split_last() {
        Some((text, objects)) => Some((label_selector(text)?, objects)),
        None => None,
    };
    let mut printer = Printer::of(&line, io)?.dry_run(dry_run);
    let Some((selector, objects)) = parsed else {
        return Err(message("one selector is required"));
    };
    let local = line.bool("local");
    let mut builder = Builder::for_line(&line)
        .local(local)
        .continue_on_error()
        .filenames(line.namespace_given(), &FilenameOptions::of(&line), io)
        .flatten();
    if local {
        only_files(objects)?;
    } else {
        builder = builder.type_or_name_args(line.bool("all"), objects).latest();
    }
    builder.build().visit(api, io, &mut |info, api, io| {
        let after = changed(&line, &info, &selector)?;
        if local || dry_run == DryRun::Client {
            return printer.print(&after, "selector updated", io);
        }
        let patch = two_way_strategic(info.kind()?, &info.object, &after).map_err(|why| message(why.to_string()))?;
        let options = Options {
            dry_run: dry_run.is_server(),
            field_manager: Some(line.str("field-manager").to_string()),
            ..Options::default()
        };
        let request = Request::patch(info.kind()?, &info.namespace, &info.name, PatchType::Strategic, patch);
        let patched = io.send(api, request.with(options))?.object;
        printer.print(&patched, "selector updated", io)
    })
}

/// The object with another selector.
fn changed(line: &Parsed, info: &Info, selector: &Value) -> Result<Value, CmdError> {
    if kind_of(info)? != Kind::Service {
        return Err(message("setting a selector is only supported for Services"));
    }
    if let Some(expressions) = selector["matchExpressions"].as_array() {
        let word = |value: &Value| value.as_str().unwrap_or_default().to_string();
        let shown: Vec<String> = (expressions.iter())
            .map(|e| {
                let values: Vec<String> = e["values"].as_array().into_iter().flatten().map(word).collect();
                format!("{{{} {} [{}]}}", word(&e["key"]), word(&e["operator"]), values.join(" "))
            })
            .collect();
        return Err(message(format!("match expression [{}] not supported on this object", shown.join(" "))));
    }
    let mut after = info.object.clone();
    if !line.str("resource-version").is_empty() {
        after["metadata"]["resourceVersion"] = line.str("resource-version").into();
    }
    after["spec"]["selector"] = selector["matchLabels"].clone();
    record::record(line, &mut after);
    Ok(after)
}

#[cfg(test)]
mod tests {
    use crate::kubectl::testing::{Bench, Fake};

    const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata:\n  name: s\nspec:\n  selector:\n    a: b\n";
    const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n";

    #[test]
    fn a_service_selects_others() {
        let mut bench = Bench::new(Fake::with(&[SERVICE, POD])).file("s.yaml", SERVICE);
        bench.check("set selector svc s c=d", (0, "service/s selector updated\n", ""));
        assert_eq!(bench.api.requests.last().unwrap().body["spec"]["selector"]["c"], "d");
        let yaml = "apiVersion: v1\nkind: Service\nmetadata:\n  name: s\nspec:\n  selector:\n    x: \"1\"\n";
        bench.check("set selector --local -f s.yaml x=1 -o yaml", (0, yaml, ""));
        let only = "error: setting a selector is only supported for Services\n";
        bench.check("set selector pod p c=d", (1, "", only));
        bench.check("set selector", (1, "", "error: one selector is required\n"));
        let expression = "error: match expression [{c In [d e]}] not supported on this object\n";
        let words = ["set", "selector", "svc", "s", "c in (d, e)"].map(String::from);
        bench.check_words(&words, (1, "", expression));
    }
}
