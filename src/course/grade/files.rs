//! Commands that name a file, an editor or standard input: the journal has only the requests they sent. Those are held
//! against the words, and against the files that the exercise ships, as far as that can be known: a student may have
//! changed a file, so that only which objects it has is compared, and told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::apiserver::request::{Request, Subresource, Verb};
use crate::course::content::File;
use crate::manifest::{Source, parse};
use crate::resource::Kind;

/// Flags that name files of objects.
const FILES: [&str; 2] = ["-f", "--filename"];

/// The objects of each file that an exercise ships.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shipped(BTreeMap<String, BTreeSet<(Kind, String)>>);

impl Shipped {
    /// The objects of these files.
    #[must_use]
    pub fn of(files: &BTreeMap<String, File>) -> Shipped {
        let objects = |(name, file): (&String, &File)| {
            let (documents, _) = parse(Arc::new(Source::new(name.as_str(), file.text()?)));
            let object = |value: &serde_json::Value| {
                Some((Kind::parse(value["kind"].as_str()?)?, value["metadata"]["name"].as_str()?.to_string()))
            };
            Some((name.clone(), documents.iter().filter_map(|document| object(&document.value)).collect()))
        };
        Shipped(files.iter().filter_map(objects).collect())
    }

    /// What is to be said of a request if the words name only files of the exercise, and none of them has its object.
    pub(super) fn remark(&self, args: &[String], request: &Request) -> Option<String> {
        let named = files(args);
        let known: Vec<_> = named.iter().filter_map(|name| self.0.get(name)).collect();
        let object = (request.kind, name_of(request)?.to_string());
        if named.is_empty() || known.len() < named.len() || known.iter().any(|objects| objects.contains(&object)) {
            return None;
        }
        let (kind, name) = object;
        Some(format!("{} as the exercise has it has no {kind} {name}: the student's file is another", named.join(", ")))
    }
}

/// The files of objects that words name; a folder, an address or standard input is under a name that no file has.
fn files(args: &[String]) -> Vec<String> {
    let (mut files, mut args) = (Vec::new(), args.iter().take_while(|arg| *arg != "--"));
    while let Some(arg) = args.next() {
        let attached = |flag: &&str| arg.strip_prefix(*flag).map(|rest| rest.strip_prefix('=').unwrap_or(rest));
        let Some(value) = FILES.iter().find_map(attached) else { continue };
        let value = if value.is_empty() { args.next().map_or("", String::as_str) } else { value };
        files.extend(value.split(',').map(|name| name.trim_start_matches("./").to_string()));
    }
    files
}

fn name_of(request: &Request) -> Option<&str> {
    request.name.as_deref().or_else(|| request.body["metadata"]["name"].as_str())
}

/// Whether a verb with a file can have sent a request.
pub(super) fn can_send(verb: &str, args: &[String], request: &Request) -> bool {
    let has = |flag: &str| {
        let given = |arg: &String| arg.strip_prefix(flag).is_some_and(|rest| rest.is_empty() || rest.starts_with('='));
        args.iter().any(|arg| given(arg) && !arg.ends_with("=false"))
    };
    let part_fits = match request.subresource {
        None => true,
        Some(Subresource::Scale) => verb == "scale" || has("--subresource"),
        Some(_) => has("--subresource"),
    };
    let change = matches!(request.verb, Verb::Patch(_)) || request.verb == Verb::Update;
    let delete = request.verb == Verb::Delete;
    let fits = match verb {
        "apply" => !delete || has("--prune") || has("--force"),
        "replace" => !delete || has("--force"),
        "run" => !delete || has("--rm"),
        "create" | "expose" => request.verb == Verb::Create,
        "delete" => delete,
        "edit" | "scale" | "set" | "label" | "annotate" | "rollout" | "patch" => change,
        "diff" => request.options.dry_run,
        _ => false,
    };
    fits && part_fits && (!files(args).is_empty() || names(verb, args, request))
}

/// Whether words without a file of objects name what a request is about, where they have to.
fn names(verb: &str, args: &[String], request: &Request) -> bool {
    let has_to = matches!(verb, "create" | "expose" | "run" | "patch" | "scale");
    let name = name_of(request).unwrap_or_default();
    !has_to || args.iter().any(|arg| arg.split(['/', '=', ',']).any(|word| word == name))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_string).collect()
    }

    #[test]
    fn files_are_found_in_words() {
        let check = |line: &str, expect: &[&str]| assert_eq!(files(&words(line)), expect, "{line}");
        check("apply -f ./set.yaml --filename=a.yaml,b.yaml", &["set.yaml", "a.yaml", "b.yaml"]);
        check("apply -fset.yaml -f -", &["set.yaml", "-"]);
        check("exec web-0 -- tail -f x", &[]);
        check("patch sts web --patch-file p.yaml", &[]);
    }

    #[test]
    fn the_words_say_what_a_request_can_be() {
        let set = || json!({"kind": "StatefulSet", "metadata": {"name": "web"}});
        let create = Request::create(Kind::StatefulSet, "default", set());
        let delete = Request { verb: Verb::Delete, name: Some("web-0".into()), body: Value::Null, ..create.clone() };
        let check = |line: &str, request: &Request, expect: bool| {
            let args = words(line);
            assert_eq!(can_send(&args[0].clone(), &args, request), expect, "{line}");
        };
        check("apply -f x.yaml", &create, true);
        check("apply -f x.yaml", &delete, false);
        check("apply -f x.yaml --prune -l app=web", &delete, true);
        check("replace -f x.yaml --force=false", &delete, false);
        check("delete -f x.yaml", &delete, true);
        check("delete -f x.yaml", &create, false);
        check("create configmap conf --from-file x", &create, false);
        check("create configmap web --from-file x", &create, true);
    }

    #[test]
    fn objects_that_the_shipped_file_does_not_have_are_told() {
        let text = "kind: StatefulSet\nmetadata: {name: web}\n---\nkind: Service\nmetadata: {name: web}\n";
        let shipped = Shipped::of(&BTreeMap::from([("set.yaml".to_string(), File::Text(text.into()))]));
        let request = |kind: Kind| Request::create(kind, "default", json!({"metadata": {"name": "web"}}));
        let told = |line: &str, kind: Kind| shipped.remark(&words(line), &request(kind));
        assert_eq!(told("apply -f set.yaml", Kind::Service), None);
        let expect = "set.yaml as the exercise has it has no ConfigMap web: the student's file is another";
        assert_eq!(told("apply -f ./set.yaml", Kind::ConfigMap).as_deref(), Some(expect));
        assert_eq!(told("apply -f set.yaml -f own.yaml", Kind::ConfigMap), None, "who knows what is in own.yaml");
        assert_eq!(told("apply -f -", Kind::ConfigMap), None);
    }
}
