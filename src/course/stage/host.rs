//! The place in which the shell of a stage stands: its files are the working directory's, and the programs it has beside
//! the shell's own are `kubectl` and `sts-lab`. What is not here is refused in words that say what to do.

use std::time::Duration;

use super::Program;
use crate::cluster::disk::{Change, DiskId};
use crate::container::{Around, Files, Input, Output, Outside, World};

/// How many commands a line may run.
const PATIENCE: u32 = 20_000;
/// For how long a line may let time pass: a day.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// A program as the shell sees it.
pub(super) struct Host<'p, P> {
    program: &'p mut P,
    verbs: &'p [String],
    left: Duration,
}

impl<'p, P: Program> Host<'p, P> {
    pub(super) fn new(program: &'p mut P, verbs: &'p [String]) -> Host<'p, P> {
        Host { program, verbs, left: LONGEST }
    }
}

impl<P: Program> World for Host<'_, P> {
    fn around(&self) -> Around<'_> {
        Around::of(&self.program.lab().cluster)
    }

    fn write(&mut self, _: DiskId, _: Change) {}

    fn pass(&mut self, time: Duration) -> bool {
        let lived = time.min(self.left);
        self.left -= lived;
        self.program.pass(lived);
        lived == time
    }

    fn patience(&self) -> u32 {
        PATIENCE
    }

    fn files(&self) -> Option<&dyn Files> {
        Some(self.program.files())
    }

    fn files_mut(&mut self) -> Option<&mut dyn Files> {
        Some(self.program.files_mut())
    }

    fn call(&mut self, call: &Outside<'_>, input: &mut Input<'_>, out: &mut Output) -> Option<i32> {
        let name = call.words.first()?.as_str();
        if self.verbs.iter().any(|verb| verb == name) {
            let words: Vec<String> = std::iter::once("sts-lab".to_string()).chain(call.words.iter().cloned()).collect();
            return self.call(&Outside { words: &words, ..*call }, input, out);
        }
        if !matches!(name, "kubectl" | "sts-lab") {
            out.error(refusal(name, call.words));
            return Some(127);
        }
        let stdin = if wants_input(call.words) { input.all() } else { String::new() };
        Some(self.program.call(call, &stdin, out))
    }
}

/// Whether a command reads standard input: as in a shell, it takes all of it.
fn wants_input(words: &[String]) -> bool {
    let own = words.iter().take_while(|word| *word != "--");
    own.into_iter().any(|word| {
        matches!(word.as_str(), "-" | "-f-" | "-f=-" | "--filename=-" | "--stdin" | "--stdin=true")
            || matches!(word.as_str(), "-i" | "-it" | "-ti")
    })
}

/// What is said of a program that is not here.
fn refusal(name: &str, words: &[String]) -> String {
    let what = match name.rsplit('/').next().unwrap_or(name) {
        "minikube" | "kind" | "k3d" | "eksctl" | "gcloud" | "az" | "aws" => {
            "it makes or manages a cluster, and the lab is one already. `sts-lab lab new NAME --profile aws|gcp|azure|minikube` makes another"
        }
        "helm" => "the lab runs manifests: `helm template CHART` elsewhere, then `sts-lab apply -f FILE`",
        "curl" | "wget" | "ping" | "nc" | "dig" | "nslookup" | "host" => {
            "nothing leaves this machine. From inside a Pod it works: `kubectl exec POD -- COMMAND`"
        }
        "docker" | "podman" | "crictl" => {
            "no container really runs here. `kubectl exec POD -- COMMAND` looks inside a Pod"
        }
        "vi" | "vim" | "nano" | "emacs" => "edit the file with your own editor, in another terminal",
        "git" | "sudo" | "apt" | "apt-get" | "brew" | "yum" => "nothing is fetched or installed here",
        "ssh" => "the nodes are a model: `sts-lab fault node NAME --down` breaks one",
        _ => "",
    };
    let shown = words.first().map_or(name, String::as_str);
    let what = if what.is_empty() { "`help` lists the programs that are" } else { what };
    format!("sts-lab: {shown} is not here: {what}\n")
}
