//! The editor: a program of the person's choice that changes a file (`k8s.io/kubectl/pkg/cmd/util/editor/editor.go`).

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::super::print::go::quote;

/// Something that changes a file.
pub trait Editor {
    /// Changes the file; the error is upstream's text.
    fn edit(&mut self, path: &Path) -> Result<(), String>;
}

/// A program that is given the file as its last argument.
#[derive(Debug, PartialEq, Eq)]
pub struct Program {
    words: Vec<String>,
    /// Whether the last word is a command line for a shell.
    shell: bool,
}

impl Program {
    /// `$KUBE_EDITOR`, else `$EDITOR`, else `vi`. A command line with quotes is left to the shell.
    pub fn of(env: &BTreeMap<String, String>) -> Program {
        let set = |key: &str| env.get(key).filter(|value| !value.is_empty()).map(String::as_str);
        let editor = set("KUBE_EDITOR").or_else(|| set("EDITOR")).unwrap_or("vi");
        if editor.contains(' ') && editor.contains(['"', '\'', '\\']) {
            let shell = set("SHELL").unwrap_or("/bin/bash");
            let words = [shell, "-c", editor].map(str::to_string).to_vec();
            return Program { words, shell: true };
        }
        Program { words: editor.split(' ').map(str::to_string).collect(), shell: false }
    }
}

impl Editor for Program {
    fn edit(&mut self, path: &Path) -> Result<(), String> {
        let mut words = self.words.clone();
        match words.last_mut() {
            Some(last) if self.shell => *last = format!("{last} {}", quote(&path.display().to_string())),
            _ => words.push(path.display().to_string()),
        }
        let shown = self.words.join(" ");
        match Command::new(&words[0]).args(&words[1..]).status() {
            Ok(status) if status.success() => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(format!("unable to launch the editor {shown:?}"))
            }
            _ => Err(format!("there was a problem with the editor {shown:?}")),
        }
    }
}

/// Writes a new file into the folder for temporary files, that of `$TMPDIR`.
pub fn new_file(env: &BTreeMap<String, String>, extension: &str, text: &str) -> Result<PathBuf, String> {
    let folder = PathBuf::from(env.get("TMPDIR").filter(|dir| !dir.is_empty()).map_or("/tmp", String::as_str));
    for number in 1..=u32::MAX {
        let path = folder.join(format!("kubectl-edit-{number}{extension}"));
        let wrong = |error: &io::Error| format!("open {}: {error}", path.display());
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut file) => {
                file.write_all(text.as_bytes()).map_err(|error| wrong(&error))?;
                return Ok(path);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(wrong(&error)),
        }
    }
    Err("no name is left for a temporary file".to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_program() {
        let check = |env: &[(&str, &str)], words: &[&str], shell: bool| {
            let env = env.iter().map(|(k, v)| ((*k).to_string(), (*v).to_string())).collect();
            let words = words.iter().map(|w| (*w).to_string()).collect();
            assert_eq!(Program::of(&env), Program { words, shell });
        };
        check(&[], &["vi"], false);
        check(&[("EDITOR", "nano"), ("KUBE_EDITOR", "")], &["nano"], false);
        check(&[("EDITOR", "nano"), ("KUBE_EDITOR", "code --wait")], &["code", "--wait"], false);
        check(&[("EDITOR", "sed -i 's/a/b/'")], &["/bin/bash", "-c", "sed -i 's/a/b/'"], true);
        check(&[("EDITOR", "a 'b'"), ("SHELL", "/bin/sh")], &["/bin/sh", "-c", "a 'b'"], true);
    }

    #[test]
    fn a_program_changes_a_file_or_fails() {
        let dir = tempfile::tempdir().unwrap();
        let env = |editor: &str| {
            BTreeMap::from([
                ("TMPDIR".to_string(), dir.path().display().to_string()),
                ("EDITOR".to_string(), editor.to_string()),
                ("SHELL".to_string(), "/bin/sh".to_string()),
            ])
        };
        let path = new_file(&env(""), ".yaml", "old\n").unwrap();
        let other = new_file(&env(""), ".yaml", "old\n").unwrap();
        assert_ne!(path, other);
        Program::of(&env("printf 'new\\n' >")).edit(&path).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new\n");
        let failed = Program::of(&env("false")).edit(&path);
        assert_eq!(failed, Err("there was a problem with the editor \"false\"".to_string()));
        let missing = Program::of(&env("/no/such/editor")).edit(&path);
        assert_eq!(missing, Err("unable to launch the editor \"/no/such/editor\"".to_string()));
    }
}
