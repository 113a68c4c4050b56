//! Whole commands of `kubectl edit` with a scripted editor.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;

use serde_json::json;

use super::super::testing::Fake;
use super::*;
use crate::apiserver::field::FieldError;
use crate::apiserver::{PatchType, Status, Verb};
use crate::resource::Kind;

/// Replaces texts in the file, one set of replacements each time it is opened.
#[derive(Default)]
struct Script {
    edits: VecDeque<Vec<(&'static str, &'static str)>>,
    seen: Vec<String>,
}

impl Editor for Script {
    fn edit(&mut self, path: &Path) -> Result<(), String> {
        let mut text = std::fs::read_to_string(path).unwrap();
        self.seen.push(text.clone());
        let edits = self.edits.pop_front().ok_or("there was a problem with the editor \"script\"")?;
        for (from, to) in edits {
            assert!(from.is_empty() || text.contains(from), "{from} is not in:\n{text}");
            text = if from.is_empty() { to.to_string() } else { text.replace(from, to) };
        }
        std::fs::write(path, text).map_err(|error| error.to_string())
    }
}

const WEB: &str = "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: web, uid: u}, spec: {replicas: 3}}";
const BODY: &str = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: web\n  namespace: default\n  \
                    resourceVersion: \"1\"\n  uid: u\nspec:\n  replicas: 3\n";
const HEAD: &str = "# Please edit the object below. Lines beginning with a '#' will be ignored,\n\
                    # and an empty file will abort the edit. If an error occurs while saving this file will be\n\
                    # reopened with the relevant failures.\n#\n";

struct Desk {
    api: Fake,
    script: Script,
    dir: tempfile::TempDir,
}

impl Desk {
    fn new(edits: &[&[(&'static str, &'static str)]]) -> Desk {
        let script = Script { edits: edits.iter().map(|e| e.to_vec()).collect(), seen: Vec::new() };
        Desk { api: Fake::with(&[WEB]), script, dir: tempfile::tempdir().unwrap() }
    }

    /// Runs the command and checks all it says; `TMP` stands for the folder of temporary files.
    #[track_caller]
    fn check(&mut self, line: &str, expect: (i32, &str, &str)) {
        let (mut input, mut out, mut err) = (std::io::empty(), Vec::new(), Vec::new());
        let tmp = self.dir.path().display().to_string();
        let mut io = Io::new(&mut input, &mut out, &mut err, self.dir.path().to_path_buf());
        io.env = BTreeMap::from([("TMPDIR".to_string(), tmp.clone())]);
        let words: Vec<String> = line.split(' ').map(str::to_string).collect();
        let code = match run_with(&words, &mut self.script, &mut self.api, &mut io) {
            Ok(()) => 0,
            Err(error) => {
                let (text, code) = error.report();
                io.err(text);
                code
            }
        };
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(&tmp, "TMP");
        assert_eq!((code, text(out), text(err)), (expect.0, expect.1.to_string(), expect.2.to_string()), "{line}");
    }

    fn files(&self) -> usize {
        std::fs::read_dir(self.dir.path()).unwrap().count()
    }
}

#[test]
fn a_change_is_patched() {
    let mut desk = Desk::new(&[&[("replicas: 3", "replicas: 5")]]);
    desk.check("sts/web", (0, "statefulset.apps/web edited\n", ""));
    assert_eq!(desk.script.seen, [format!("{HEAD}{BODY}")]);
    let request = desk.api.requests.last().unwrap();
    assert_eq!(request.verb, Verb::Patch(PatchType::Strategic));
    assert_eq!(request.body, json!({"spec": {"replicas": 5}}));
    assert_eq!(request.options.field_manager.as_deref(), Some("kubectl-edit"));
    assert_eq!(desk.files(), 0);
}

#[test]
fn nothing_changed_or_nothing_left() {
    let cancelled = (0, "", "Edit cancelled, no changes made.\n");
    Desk::new(&[&[]]).check("sts web", cancelled);
    Desk::new(&[&[("reopened", "opened again")]]).check("sts web", cancelled);
    let empty = (0, "", "Edit cancelled, saved file was empty.\n");
    Desk::new(&[&[("", "# nothing\n")]]).check("sts web --validate=false", empty);
    let mut desk = Desk::new(&[&[("", "")], &[("", "")]]);
    let stored = "error: statefulsets.apps \"web\" is invalid\n\
                  A copy of your changes has been stored to \"TMP/kubectl-edit-2.yaml\"\n\
                  error: Edit cancelled, no valid changes were saved.\n";
    desk.check("sts web", (1, "", stored));
    let why = "# statefulsets.apps \"web\" was not valid:\n\
               # * <nil>: Invalid value: \"The edited file failed validation\": invalid object to validate\n#\n";
    assert_eq!(desk.script.seen[1], format!("{HEAD}{why}"));
}

#[test]
fn what_the_server_refuses_is_edited_again() {
    let mut desk = Desk::new(&[&[("replicas: 3", "replicas: -1")], &[("replicas: -1", "replicas: 3")]]);
    let cause = FieldError::invalid("spec.replicas", -1, "must be greater than or equal to 0");
    desk.api.refusals.insert(("patch".into(), "web".into()), Status::invalid(Kind::StatefulSet, "web", vec![cause]));
    let said = "error: statefulsets.apps \"web\" is invalid\nEdit cancelled, no changes made.\n";
    desk.check("sts web", (0, "", said));
    let why = "# statefulsets.apps \"web\" was not valid:\n\
               # * spec.replicas: Invalid value: -1: must be greater than or equal to 0\n#\n";
    assert_eq!(desk.script.seen[1], format!("{HEAD}{why}{}", BODY.replace("replicas: 3", "replicas: -1")));
    assert_eq!(desk.files(), 0);
}

#[test]
fn other_refusals_keep_the_file() {
    let edit: &[&[(&str, &str)]] = &[&[("replicas: 3", "replicas: 5")]];
    let mut desk = Desk::new(edit);
    let conflict = Status::conflict(Kind::StatefulSet, "web", "changed");
    desk.api.refusals.insert(("patch".into(), "web".into()), conflict);
    let said = "error: statefulsets.apps \"web\" could not be patched: Operation cannot be fulfilled on \
                statefulsets.apps \"web\": changed\n\
                You can run `kubectl replace -f TMP/kubectl-edit-1.yaml` to try this update again.\n";
    desk.check("sts web", (1, "", said));
    assert_eq!(desk.files(), 1);
    let mut desk = Desk::new(edit);
    desk.api.refusals.insert(("patch".into(), "web".into()), Status::not_found(Kind::StatefulSet, "web"));
    let said = "error: statefulsets.apps \"web\" could not be found on the server\n\
                The edits you made on deleted resources have been saved to \"TMP/kubectl-edit-1.yaml\"\n";
    desk.check("sts web", (1, "", said));
}

#[test]
fn names_cannot_be_edited() {
    let mut desk = Desk::new(&[&[("name: web", "name: other")]]);
    let said = "A copy of your changes has been stored to \"TMP/kubectl-edit-1.yaml\"\n\
                error: At least one of apiVersion, kind and name was changed\n";
    desk.check("sts web", (1, "", said));
    let mut desk = Desk::new(&[&[("namespace: default", "namespace: other")]]);
    let said = "A copy of your changes has been stored to \"TMP/kubectl-edit-1.yaml\"\n\
                error: the namespace from the provided object \"other\" does not match the namespace \
                \"default\". You must pass '--namespace=other' to perform this operation.\n";
    desk.check("sts web", (1, "", said));
}

#[test]
fn broken_yaml_is_opened_again_with_the_reason() {
    let mut desk =
        Desk::new(&[&[("spec:\n", "spec: [\n")], &[("spec: [\n", "spec:\n"), ("replicas: 3", "replicas: 4")]]);
    let said = "error: statefulsets.apps \"web\" is invalid\n";
    desk.check("sts web", (0, "statefulset.apps/web edited\n", said));
    assert!(
        desk.script.seen[1].contains("# * <nil>: Invalid value: \"The edited file failed validation\": yaml: line ")
    );
}

#[test]
fn an_editor_that_fails() {
    let why = "error: there was a problem with the editor \"script\"\n";
    Desk::new(&[]).check("sts web", (1, "", why));
    let missing = "Error from server (NotFound): statefulsets.apps \"nope\" not found\n";
    Desk::new(&[]).check("sts nope", (1, "", missing));
    Desk::new(&[]).check("pods", (1, "", "error: edit cancelled, no objects found\n"));
}

#[test]
fn json_and_the_patch() {
    let mut desk = Desk::new(&[&[("\"replicas\": 3", "\"replicas\": 4")]]);
    let said = "Patch: {\"spec\":{\"replicas\":4}}\nstatefulset.apps/web edited\n";
    let line = "sts web --output-patch";
    let mut yaml = Desk::new(&[&[("replicas: 3", "replicas: 4")]]);
    yaml.check(line, (0, said, ""));
    let out = "{\n    \"apiVersion\": \"apps/v1\",\n    \"kind\": \"StatefulSet\",\n    \"metadata\": \
               {\n        \"name\": \"web\",\n        \"namespace\": \"default\",\n        \"resourceVersion\": \
               \"2\",\n        \"uid\": \"u\"\n    },\n    \"spec\": {\n        \"replicas\": 4\n    }\n}\n";
    desk.check("sts web -o json", (0, out, ""));
    assert!(desk.script.seen[0].starts_with("{\n"));
}

#[test]
fn several_objects_are_one_list() {
    let mut desk = Desk::new(&[&[("replicas: 3", "replicas: 4")]]);
    desk.api = Fake::with(&[WEB, "{apiVersion: v1, kind: Pod, metadata: {name: p, uid: p}}"]);
    desk.check("sts/web pod/p", (0, "statefulset.apps/web edited\npod/p skipped\n", ""));
    assert!(desk.script.seen[0].contains("kind: List\nmetadata: {}\n"));
}
