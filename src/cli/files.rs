//! The files of a command: `apply web.yaml` and `apply mysql` mean `apply -f …`, and what was read is kept, so that a
//! fault in it can be shown.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};

use super::desk::Desk;
use crate::kubectl::create::is_generator;
use crate::manifest::{self, Document, Problem, Source, shipped};

/// The verbs whose arguments can be files.
const TAKES_FILES: &[&str] = &["apply", "create", "replace", "delete", "diff"];
/// The verbs whose first word can be nothing else.
const NAMES_ONLY_FILES: &[&str] = &["apply", "replace", "diff"];
/// Words of `apply` that are verbs of their own.
const OWN_VERBS: &[&str] = &["view-last-applied", "set-last-applied", "edit-last-applied"];
/// Endings of manifests.
const ENDINGS: &[&str] = &[".yaml", ".yml", ".json"];

/// The files of a command.
#[derive(Debug, Default)]
pub struct Files {
    /// kubectl's arguments.
    pub args: Vec<String>,
    /// What standard input is for kubectl, if it was read already or is a shipped manifest.
    pub stdin: Option<Vec<u8>>,
    names: Vec<String>,
    recursive: bool,
}

/// What the files hold: documents, then why the rest could not be read.
pub type Read_ = (Vec<Document>, Vec<Problem>);

/// What comes through a pipe, if kubectl is going to read it: the lab is not held while somebody else, who may need it
/// too, is still writing.
pub fn piped(desk: &Desk<'_>, args: &[String]) -> anyhow::Result<Option<Vec<u8>>> {
    let own = args.split(|arg| arg == "--").next().unwrap_or_default();
    let reads = |arg: &String| {
        matches!(arg.as_str(), "-" | "-i" | "-it" | "-ti" | "--stdin" | "--stdin=true" | "-f-" | "--filename=-")
    };
    if desk.room.terminals()[0] || !own.iter().any(reads) {
        return Ok(None);
    }
    let mut text = Vec::new();
    desk.stdin().read_to_end(&mut text).context("standard input cannot be read")?;
    Ok(Some(text))
}

impl Files {
    /// Reads a verb's arguments.
    pub fn of(verb: &str, args: &[String], dir: &Path, stdin: &mut dyn Read) -> anyhow::Result<Files> {
        let mut files = Files::default();
        let mut shipped: Vec<&str> = Vec::new();
        let given = args.iter().any(|arg| is_filename(arg));
        let generates =
            verb == "create" && args.iter().find(|arg| !arg.starts_with('-')).is_some_and(|w| is_generator(w));
        let takes = TAKES_FILES.contains(&verb) && !given && !generates;
        let mut words = args.iter();
        while let Some(arg) = words.next() {
            let value = match arg.as_str() {
                "-f" | "--filename" => words.next().cloned(),
                _ => arg.strip_prefix("--filename=").or_else(|| arg.strip_prefix("-f")).map(ToString::to_string),
            };
            files.recursive |= matches!(arg.as_str(), "-R" | "--recursive");
            if let Some(value) = value {
                let value = value.trim_start_matches('=').to_string();
                files.names.extend(value.split(',').map(ToString::to_string));
                files.args.extend(["-f".into(), value]);
            } else if takes && is_file(arg, dir, verb) {
                files.names.push(arg.clone());
                files.args.extend(["-f".into(), arg.clone()]);
            } else if let Some(found) = shipped::find(arg).filter(|_| takes && (verb != "delete" || is_alone(args))) {
                shipped.push(found.text);
            } else if takes && NAMES_ONLY_FILES.contains(&verb) && is_first_word(args, arg) {
                let near = manifest::did_you_mean(arg, shipped::ALL.iter().map(|shipped| shipped.name));
                let near = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
                bail!("there is no file {arg}, and no manifest of this name comes with sts-lab{near}");
            } else {
                files.args.push(arg.clone());
            }
        }
        if !shipped.is_empty() {
            files.stdin = Some(shipped.join("\n---\n").into_bytes());
            files.names.push("-".into());
            files.args.extend(["-f".into(), "-".into()]);
        } else if files.names.iter().any(|name| name == "-") {
            let mut text = Vec::new();
            stdin.read_to_end(&mut text).context("standard input cannot be read")?;
            files.stdin = Some(text);
        }
        Ok(files)
    }

    /// Reads the files, for those who show what is wrong with them.
    pub fn read(&self, dir: &Path) -> Read_ {
        let mut stdin = self.stdin.as_deref().unwrap_or_default();
        let sources = match manifest::collect(&self.names, self.recursive, dir, &mut stdin) {
            Ok(sources) => sources,
            Err(problems) => return (Vec::new(), problems),
        };
        let (mut documents, mut problems) = (Vec::new(), Vec::new());
        for source in sources {
            match source.map(|source: Source| manifest::parse(Arc::new(source))) {
                Ok((found, problem)) => {
                    documents.extend(found);
                    problems.extend(problem);
                }
                Err(problem) => problems.push(problem),
            }
        }
        (documents, problems)
    }
}

fn is_filename(arg: &str) -> bool {
    arg == "-k"
        || arg.starts_with("-f")
        || arg == "--filename"
        || arg.starts_with("--filename=")
        || arg.starts_with("--kustomize")
}

fn is_file(arg: &str, dir: &Path, verb: &str) -> bool {
    if arg.starts_with('-') {
        return false;
    }
    let path = dir.join(arg);
    let named = ENDINGS.iter().any(|ending| arg.ends_with(ending));
    (named && (path.exists() || shipped::find(arg).is_none())) || (path.is_dir() && verb != "delete")
}

/// Whether a word is the first that is no flag, and no verb of its own.
fn is_first_word(args: &[String], arg: &str) -> bool {
    !OWN_VERBS.contains(&arg) && args.iter().all(|other| other == arg || other.starts_with('-') || other.contains('='))
}

/// Whether there is one word besides flags: `delete mysql` can mean nothing else than the manifest.
fn is_alone(args: &[String]) -> bool {
    args.iter().filter(|arg| !arg.starts_with('-')).count() == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(verb: &str, line: &str, expect: &str, stdin: bool) {
        let args: Vec<String> = line.split(' ').map(ToString::to_string).collect();
        let files = Files::of(verb, &args, Path::new("/nowhere"), &mut std::io::empty()).unwrap();
        assert_eq!((files.args.join(" ").as_str(), files.stdin.is_some()), (expect, stdin), "{verb} {line}");
    }

    #[test]
    fn files_by_name() {
        check("apply", "web.yml", "-f web.yml", false);
        check("apply", "a.yaml b.json --dry-run=server", "-f a.yaml -f b.json --dry-run=server", false);
        check("apply", "-f a.yaml", "-f a.yaml", false);
        check("create", "deployment mysql --image=x", "deployment mysql --image=x", false);
        check("apply", "--filename=a.yaml", "-f a.yaml", false);
        check("delete", "sts web", "sts web", false);
        check("delete", "pod/web-0", "pod/web-0", false);
        check("apply", "-f -", "-f -", true);
        check("apply", "view-last-applied sts/web", "view-last-applied sts/web", false);
    }

    #[test]
    fn neither_a_file_nor_a_shipped_manifest() {
        let wrong = Files::of("apply", &["mysqll".to_string()], Path::new("/nowhere"), &mut std::io::empty());
        assert!(wrong.unwrap_err().to_string().ends_with("did you mean mysql?"));
    }

    #[test]
    fn shipped_manifests_by_name() {
        check("apply", "mysql", "-f -", true);
        check("delete", "web", "-f -", true);
        check("get", "web", "web", false);
        check("delete", "sts mysql", "sts mysql", false);
    }
}
