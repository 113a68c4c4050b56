//! The command line as a program that lines can call: `kubectl …` and `sts-lab …` carried out in this process, with what
//! they print captured. `course` gets it as its [`Stages`].

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::desk::{Labs, Printed, Room};
use super::folder::Folder;
use super::open::home;
use crate::container::{Files, Output, Outside, State};
use crate::course::content::{LabSpec, Start};
use crate::course::stage::{Program, Scene, Stage, Stages};
use crate::lab::{Header, JournalError, Lab};

/// Makes stages of this process.
pub struct InProcess;

impl Stages for InProcess {
    fn fresh(&self, start: &Start) -> Result<Box<dyn Stage>, String> {
        Ok(Box::new(fresh(start)?))
    }

    fn on_disk(&self, lab: Option<&str>) -> Result<Box<dyn Stage>, String> {
        Ok(Box::new(on_disk(lab)?))
    }

    fn kept(&self, lab: &str, files: &Path, anew: Option<&Start>) -> Result<Box<dyn Stage>, String> {
        Ok(Box::new(kept(lab, files, anew)?))
    }

    fn of(&self, lab: Lab) -> Result<Box<dyn Stage>, String> {
        Ok(Box::new(on(lab)?))
    }
}

/// A stage on a new lab in memory.
pub fn fresh(start: &Start) -> Result<Scene<Typist>, String> {
    let mut scene = on(Lab::held(&header(&start.lab)?, Vec::new()))?;
    scene.set_up(start)?;
    Ok(scene)
}

/// A stage on a lab in memory, without files.
fn on(lab: Lab) -> Result<Scene<Typist>, String> {
    let files = Folder::own().map_err(|error| format!("no folder for the files: {error}"))?;
    let variables: BTreeMap<String, String> =
        [("TERM", "dumb"), ("HOME", "/")].map(|(name, value)| (name.to_string(), value.to_string())).into();
    Ok(Scene::new(Typist { lab: Some(lab), files, named: None }, state("/".into(), variables)))
}

/// A stage on a new lab in memory, in the folder and the environment of this process.
pub fn scratch(lab: &LabSpec) -> Result<Scene<Typist>, String> {
    let room = Room::of_process().map_err(|error| format!("the working directory is not there: {error}"))?;
    let directory = room.dir.to_string_lossy().into_owned();
    let typist = Typist {
        lab: Some(Lab::held(&header(lab)?, Vec::new())),
        files: Folder::system(room.dir.clone()),
        named: None,
    };
    Ok(Scene::new(typist, state(directory, room.env())))
}

/// A stage on a lab on disk, in the folder and the environment of this process.
pub fn on_disk(lab: Option<&str>) -> Result<Scene<Typist>, String> {
    let room = Room::of_process().map_err(|error| format!("the working directory is not there: {error}"))?;
    let named = lab.map(str::to_string).or_else(|| room.var("STS_LAB")?.into_string().ok());
    let directory = room.dir.to_string_lossy().into_owned();
    let mut typist =
        Typist { lab: None, named: named.filter(|name| !name.is_empty()), files: Folder::system(room.dir.clone()) };
    typist.refresh()?;
    Ok(Scene::new(typist, state(directory, room.env())))
}

/// A stage on a lab on disk with a folder of its own. With a start it begins anew.
pub fn kept(lab: &str, files: &Path, anew: Option<&Start>) -> Result<Scene<Typist>, String> {
    let unusable = |error| format!("no folder {}: {error}", files.display());
    std::fs::create_dir_all(files).map_err(unusable)?;
    let folder = files.canonicalize().map_err(unusable)?;
    let room = Room::of_process().map_err(|error| format!("the working directory is not there: {error}"))?;
    let directory = folder.to_string_lossy().into_owned();
    let mut typist = Typist { lab: None, files: Folder::system(folder), named: Some(lab.into()) };
    if let Some(start) = anew {
        let dir = home(&room).resolve(Some(lab));
        let told = |error: JournalError| format!("{:#}", anyhow::Error::new(error));
        if dir.exists() {
            crate::lab::remove(&dir, || {}).map_err(told)?;
        }
        crate::lab::make(&dir, &header(&start.lab)?, &[]).map_err(told)?;
    }
    typist.refresh()?;
    let mut scene = Scene::new(typist, state(directory, room.env()));
    if let Some(start) = anew {
        scene.set_up(start)?;
    }
    Ok(scene)
}

fn state(directory: String, variables: BTreeMap<String, String>) -> State {
    State { directory, status: 0, exported: variables.keys().cloned().collect(), variables }
}

/// How a stage's lab begins.
fn header(of: &LabSpec) -> Result<Header, String> {
    let kubelet = of.kubelet.as_deref().map(str::parse).transpose()?;
    super::lab::header(Path::new("/"), None, of.profile.as_deref(), of.nodes, None, kubelet)
        .map_err(|error| format!("{error:#}"))
}

/// Carries out command lines one after another.
pub struct Typist {
    /// There between commands.
    lab: Option<Lab>,
    files: Folder,
    /// What `--lab` would name.
    named: Option<String>,
}

/// A typist has its lab between commands.
const THERE: &str = "the lab is there between commands";

impl Typist {
    fn is_held(&self) -> bool {
        self.lab.as_ref().is_some_and(Lab::is_held)
    }

    /// Carries out a call in a room, and takes the lab back from it. `process` lets it have the process's own streams.
    pub fn carry_out(&mut self, call: &Outside<'_>, stdin: &str, process: bool) -> (u8, Printed) {
        let mut args: Vec<std::ffi::OsString> = vec!["sts-lab".into()];
        if let Some(named) = &self.named {
            args.extend(["--lab".into(), named.into()]);
        }
        let own = usize::from(call.words.first().is_some_and(|word| word == "sts-lab"));
        args.extend(call.words[own..].iter().map(Into::into));
        let held = self.is_held();
        let lab = self.lab.take().into();
        let labs = if held { Labs::Held(lab) } else { Labs::Open(lab) };
        let (dir, env) = (self.files.place(call.directory), Some(call.env.clone()));
        let room = if process {
            Room::at_terminal(dir, env, labs)
        } else {
            Room::kept(stdin.as_bytes().to_vec(), dir, env, labs)
        };
        let code = super::line(args, &room);
        let (printed, lab) = room.leave();
        self.lab = lab;
        (code, printed)
    }
}

impl Program for Typist {
    fn call(&mut self, call: &Outside<'_>, stdin: &str, out: &mut Output) -> i32 {
        let (code, printed) = self.carry_out(call, stdin, false);
        out.now = self.lab.as_ref().map_or(out.now, |lab| lab.cluster.now);
        for (error, bytes) in printed {
            let text = String::from_utf8_lossy(&bytes);
            if error { out.error(text) } else { out.print(text) }
        }
        // The command may have been about another lab, or have put another one to use.
        match self.refresh() {
            Ok(()) => code.into(),
            Err(why) => {
                out.error(format!("error: {why}\n"));
                1
            }
        }
    }

    fn pass(&mut self, time: Duration) {
        let Some(lab) = &mut self.lab else { return };
        let words = ["settle", "--for", &time.as_secs_f64().to_string()].map(str::to_string);
        if !lab.lock_again(|| {}).unwrap_or(false) {
            // It is another lab by now; the next command opens it.
            return;
        }
        let mut session = lab.session(&words);
        session.run_for(time);
        let (words, inputs) = session.finish();
        // A lab in memory is always kept; one on disk says so when its next command cannot be.
        let _ = lab.commit(words, inputs);
        lab.unlock();
    }

    fn lab(&self) -> &Lab {
        self.lab.as_ref().expect(THERE)
    }

    fn refresh(&mut self) -> Result<(), String> {
        if self.is_held() {
            return Ok(());
        }
        let room = Room::of_process().map_err(|error| error.to_string())?;
        let dir = home(&room).resolve(self.named.as_deref());
        if self.lab.as_ref().is_some_and(|lab| lab.dir() == dir && lab.is_current().unwrap_or(false)) {
            return Ok(());
        }
        let mut lab = Lab::open(&dir, || {}).map_err(|error| format!("{:#}", anyhow::Error::new(error)))?;
        lab.unlock();
        self.lab = Some(lab);
        Ok(())
    }

    fn files(&self) -> &dyn Files {
        &self.files
    }

    fn files_mut(&mut self) -> &mut dyn Files {
        &mut self.files
    }

    fn copy(&self) -> Result<Typist, String> {
        let files = self.files.copy().map_err(|error| format!("no folder for the files: {error}"))?;
        Ok(Typist { lab: Some(self.lab().copy()), files, named: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::content::{File, Line};
    use crate::resource::Kind;

    fn start(setup: &[&str]) -> Start {
        let files = [("web.yaml".to_string(), File::Manifest("web".into()))].into();
        Start { files, setup: setup.iter().map(|line| Line((*line).to_string())).collect(), ..Start::default() }
    }

    #[test]
    fn lines_run_in_a_lab_in_memory() {
        let mut stage = InProcess.fresh(&start(&["kubectl apply -f web.yaml"])).expect("it starts");
        assert_eq!(stage.cluster().api.store.count(Kind::Pod), 3);
        assert!(stage.typed().is_empty());
        let mark = stage.mark();
        let ran = stage.run("kubectl scale sts web --replicas=1");
        assert_eq!((ran.code, ran.stdout.as_str()), (0, "statefulset.apps/web scaled\n"));
        assert_eq!(stage.cluster().api.store.count(Kind::Pod), 1);
        assert!(stage.mark() > mark);
        assert!(stage.run("sts-lab status").stdout.contains("web-0"));
        assert!(stage.run("sts-lab order web").stdout.contains("web-0"));
        assert!(stage.run("sts-lab rewind").stdout.contains("kubectl scale"));
        assert_eq!(stage.cluster().api.store.count(Kind::Pod), 3);
        let wrong = stage.run("kubectl get pod nope");
        assert_eq!((wrong.code, wrong.text.as_str()), (1, "Error from server (NotFound): pods \"nope\" not found\n"));
        assert_eq!(stage.run("! kubectl get pod nope").code, 0);
        assert_eq!(stage.run("sts-lab frobnicate").code, 2);
        assert!(stage.run("sts-lab lab list").stderr.contains("a lab of their own"));
        assert!(stage.run("sts-lab --lab x status").stderr.contains("a lab of their own"));
    }

    #[test]
    fn what_is_done_on_a_copy_changes_nothing() {
        let stage = InProcess.fresh(&start(&["kubectl apply -f web.yaml"])).expect("it starts");
        let mut copy = stage.copy().expect("it is copied");
        copy.put("web.yaml", "gone");
        assert_eq!(copy.run("kubectl delete sts web").code, 0);
        assert_eq!((copy.cluster().api.store.count(Kind::Pod), stage.cluster().api.store.count(Kind::Pod)), (0, 3));
        assert!(stage.file("web.yaml").is_some_and(|text| text.len() > 100));
        assert_eq!(stage.mark().line, 0);
    }

    #[test]
    fn a_setup_that_fails_says_which_line() {
        let wrong = InProcess.fresh(&start(&["kubectl get pod nope"])).err().expect("refused");
        assert!(wrong.contains("`kubectl get pod nope`") && wrong.contains("NotFound"), "{wrong}");
    }

    #[test]
    fn a_shell_is_around_the_lines() {
        let mut stage = InProcess.fresh(&start(&[])).expect("it starts");
        let mut check = |line: &str, text: &str| assert_eq!(stage.run(line).text, text, "{line}");
        check("kubectl apply -f web.yaml | tail -n 1", "statefulset.apps/web created\n");
        check("kubectl get pods -o name | wc -l", "3\n");
        check("for i in 0 1; do kubectl get pod web-$i -o name; done", "pod/web-0\npod/web-1\n");
        check("N=$(kubectl get sts web -o jsonpath='{.spec.replicas}')", "");
        check("echo $((N + 1)) > n; cat n", "4\n");
        check("kubectl get pod web-9 2>/dev/null || echo none", "none\n");
        check(
            "cat <<EOF | kubectl apply -f -\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nEOF",
            "configmap/a created\n",
        );
        check("sed -n 2,2p web.yaml | wc -l", "1\n");
        check(
            "while ! kubectl get cm b; do sleep 60; kubectl create cm b; done 2>/dev/null | tail -1",
            "b      0      2s\n",
        );
        assert!(stage.run("minikube start").stderr.contains("the lab is one already"));
        assert_eq!(stage.run("if false; then").code, 2);
        assert_eq!(stage.file("n").as_deref(), Some("4\n"));
        stage.put("deep/er/x.yaml", "kind: List\napiVersion: v1\nitems: []\n");
        assert_eq!(stage.run("ls deep/er").text, "x.yaml\n");
        let start = stage.cluster().now;
        stage.run("sleep 30");
        assert_eq!(stage.cluster().now.since(start), Duration::from_secs(30));
    }
}
