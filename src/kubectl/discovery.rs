//! `kubectl api-resources` and `kubectl api-versions`: what discovery says of the kinds the lab serves
//! (`k8s.io/kubectl/pkg/cmd/apiresources`). Kinds the lab does not have are not listed.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::error::{CmdError, message, usage};
use super::flags::{Command, Flag};
use super::io::Io;
use super::print::go;
use super::print::tabwriter::TabWriter;
use crate::apiserver::Api;
use crate::resource::Kind;
use crate::resource::kind::{ALL, KindInfo};
use crate::resource::yaml::to_yaml;

static RESOURCES: Command = Command {
    path: "kubectl api-resources",
    usage: "[flags]",
    about: "Print the supported API resources on the server.\n\nExamples:\n  \
            # Print the supported API resources\n  kubectl api-resources\n\n  \
            # Print the supported API resources with more information\n  kubectl api-resources -o wide\n\n  \
            # Print the supported API resources sorted by a column\n  kubectl api-resources --sort-by=name\n\n  \
            # Print the supported non-namespaced resources\n  kubectl api-resources --namespaced=false\n\n  \
            # Print the supported API resources with a specific APIGroup\n  kubectl api-resources --api-group=apps",
    flags: &[&[
        Flag::string("api-group", "Limit to resources in the specified API group"),
        Flag::bool("namespaced", "If false, non-namespaced resources, else namespaced ones").default("true"),
        Flag::slice("verbs", "Limit to resources that support the specified verbs"),
        Flag::string("sort-by", "Sort by this field: name or kind"),
        Flag::bool("cached", "Use the cached list of resources (accepted)"),
        Flag::slice("categories", "Limit to resources that belong to the specified categories"),
        Flag::bool("no-headers", "Don't print headers"),
        Flag::bool("show-managed-fields", "Keep managedFields in JSON or YAML output"),
        Flag::string("output", "Output format: json, yaml, kyaml, name, wide").short('o'),
    ]],
    required: &[],
};

static VERSIONS: Command = Command {
    path: "kubectl api-versions",
    usage: "[flags]",
    about: "Print the supported API versions on the server, in the form of \"group/version\".\n\nExamples:\n  \
            # Print the supported API versions\n  kubectl api-versions",
    flags: &[],
    required: &[],
};

/// The verbs of a resource, in discovery's order.
fn verbs(info: &KindInfo) -> Vec<&'static str> {
    let all = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
    // A Namespace is never deleted together with others.
    all.into_iter().filter(|verb| info.kind != Kind::Namespace || *verb != "deletecollection").collect()
}

fn categories(info: &KindInfo) -> &'static [&'static str] {
    if info.in_all { &["all"] } else { &[] }
}

/// `kubectl api-resources`.
pub fn resources(args: &[String], _: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let line = RESOURCES.parse(args, io)?;
    if !line.args.is_empty() {
        return Err(usage(RESOURCES.path, &format!("unexpected arguments: [{}]", line.args.join(" "))));
    }
    let output = line.str("output");
    if !matches!(output, "" | "wide" | "name" | "json" | "yaml" | "kyaml") {
        return Err(message(format!(
            "unable to match a printer suitable for the output format {}, allowed formats are: json,kyaml,name,wide,yaml",
            go::quote(output)
        )));
    }
    if !matches!(line.str("sort-by"), "" | "name" | "kind") {
        return Err(message("--sort-by accepts only name or kind"));
    }
    let has_all = |has: &[&str], wanted: &[String]| wanted.iter().all(|word| has.contains(&word.as_str()));
    let mut rows: Vec<&KindInfo> = (ALL.iter())
        .filter(|info| !line.changed("api-group") || info.group == line.str("api-group"))
        .filter(|info| !line.changed("namespaced") || info.namespaced == line.bool("namespaced"))
        .filter(|info| has_all(&verbs(info), line.list("verbs")))
        .filter(|info| has_all(categories(info), line.list("categories")))
        .collect();
    rows.sort_by_key(|info| match line.str("sort-by") {
        "name" => (info.plural, ""),
        "kind" => (info.name, info.plural),
        _ => (info.group, info.plural),
    });
    match output {
        "name" => rows.iter().for_each(|info| io.out(info.kind.resource() + "\n")),
        "json" => io.out(go::json_indent(&list(&rows)) + "\n"),
        "yaml" => io.out(to_yaml(&list(&rows))),
        "kyaml" => return Err(message("this lab does not model \"kubectl api-resources -o kyaml\" yet")),
        _ => io.out(table(&rows, output == "wide", line.bool("no-headers"))),
    }
    Ok(())
}

fn table(rows: &[&KindInfo], wide: bool, no_headers: bool) -> String {
    let columns = if wide { 7 } else { 5 };
    let mut writer = TabWriter::for_tables();
    if !no_headers {
        writer.line_of(&["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND", "VERBS", "CATEGORIES"][..columns]);
    }
    for info in rows {
        let cells = [
            info.plural.to_string(),
            info.short.join(","),
            info.kind.api_version(),
            info.namespaced.to_string(),
            info.name.to_string(),
            verbs(info).join(","),
            categories(info).join(","),
        ];
        writer.line_of(&cells[..columns]);
    }
    writer.flush()
}

/// The resources as `v1` `APIResourceList`.
fn list(rows: &[&KindInfo]) -> Value {
    let resource = |info: &&KindInfo| {
        let mut resource = json!({
            "name": info.plural, "singularName": info.singular, "namespaced": info.namespaced,
            "version": info.version, "kind": info.name, "verbs": verbs(info),
        });
        let mut set = |key: &str, value: Value, empty: bool| {
            if !empty {
                resource[key] = value;
            }
        };
        set("group", info.group.into(), info.group.is_empty());
        set("shortNames", json!(info.short), info.short.is_empty());
        set("categories", json!(categories(info)), categories(info).is_empty());
        resource
    };
    let resources: Vec<Value> = rows.iter().map(resource).collect();
    json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "", "resources": resources})
}

/// `kubectl api-versions`.
pub fn versions(args: &[String], _: &mut dyn Api, io: &mut Io<'_>) -> Result<(), CmdError> {
    let line = VERSIONS.parse(args, io)?;
    if !line.args.is_empty() {
        return Err(usage(VERSIONS.path, &format!("unexpected arguments: [{}]", line.args.join(" "))));
    }
    let versions: BTreeSet<String> = ALL.iter().map(|info| info.kind.api_version()).collect();
    for version in versions {
        io.out(version + "\n");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn resources_of_a_group() {
        let table = "NAME                  SHORTNAMES   APIVERSION   NAMESPACED   KIND\n\
                     controllerrevisions                apps/v1      true         ControllerRevision\n\
                     daemonsets            ds           apps/v1      true         DaemonSet\n\
                     deployments           deploy       apps/v1      true         Deployment\n\
                     replicasets           rs           apps/v1      true         ReplicaSet\n\
                     statefulsets          sts          apps/v1      true         StatefulSet\n";
        check("api-resources --api-group=apps", (0, table, ""));
        let names = "csidrivers.storage.k8s.io\ncsinodes.storage.k8s.io\nstorageclasses.storage.k8s.io\n\
                     volumeattachments.storage.k8s.io\n";
        check("api-resources --api-group=storage.k8s.io -o name", (0, names, ""));
        let wide = "ns   v1    false   Namespace   create,delete,get,list,patch,update,watch   \n";
        let line = "api-resources --namespaced=false -o wide --no-headers --verbs=get --api-group=";
        let mut out = Vec::new();
        let words: Vec<String> = line.split(' ').map(str::to_string).collect();
        super::super::testing::Bench::default().run(&words, &mut out, &mut Vec::new());
        let text = String::from_utf8(out).unwrap();
        let row = text.lines().next().unwrap();
        assert_eq!(row.split_whitespace().collect::<Vec<_>>()[1..], wide.split_whitespace().collect::<Vec<_>>());
        assert!(text.contains("nodes") && !text.contains("pods "), "{text}");
    }

    #[test]
    fn sorting_and_categories() {
        let names = "daemonsets.apps\ndeployments.apps\npods\nreplicasets.apps\nservices\nstatefulsets.apps\n";
        check("api-resources --categories=all --sort-by=name -o name", (0, names, ""));
        check("api-resources --verbs=fly", (0, "NAME   SHORTNAMES   APIVERSION   NAMESPACED   KIND\n", ""));
        check("api-resources --sort-by=age", (1, "", "error: --sort-by accepts only name or kind\n"));
        let unexpected = "error: unexpected arguments: [a b]\nSee 'kubectl api-resources -h' for help and examples\n";
        check("api-resources a b", (1, "", unexpected));
        let format = "error: unable to match a printer suitable for the output format \"x\", allowed formats are: \
                      json,kyaml,name,wide,yaml\n";
        check("api-resources -o x", (1, "", format));
    }

    #[test]
    fn versions_of_the_server() {
        let versions = "apps/v1\ndiscovery.k8s.io/v1\nnetworking.k8s.io/v1\npolicy/v1\nscheduling.k8s.io/v1\n\
                        storage.k8s.io/v1\nv1\n";
        check("api-versions", (0, versions, ""));
        let unexpected = "error: unexpected arguments: [x]\nSee 'kubectl api-versions -h' for help and examples\n";
        check("api-versions x", (1, "", unexpected));
    }
}
