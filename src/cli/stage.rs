//! The command line as a program that lines can call: `kubectl …` and `sts-lab …` carried out in this process, with what
//! they print captured. `course` gets it as its [`Stages`].

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::desk::{Labs, Printed, Room};
use super::open::home;
use crate::course::content::{LabSpec, Start};
use crate::course::stage::{Program, Ran, Scene, Stage, Stages};
use crate::lab::{Header, JournalError, Lab};

/// Makes stages of this process.
pub struct InProcess;

impl Stages for InProcess {
    fn fresh(&self, start: &Start) -> Result<Box<dyn Stage>, String> {
        let lab = Lab::held(&header(&start.lab)?, Vec::new());
        let folder = tempfile::tempdir().map_err(|error| format!("no folder for the files: {error}"))?;
        let dir = folder.path().to_path_buf();
        let mut scene =
            Scene::new(Typist { lab: Some(lab), dir, named: None, env: Some(alone()), _folder: Some(folder) });
        scene.set_up(start)?;
        Ok(Box::new(scene))
    }

    fn on_disk(&self, lab: Option<&str>) -> Result<Box<dyn Stage>, String> {
        let room = Room::of_process().map_err(|error| format!("the working directory is not there: {error}"))?;
        let named = lab.map(str::to_string).or_else(|| room.var("STS_LAB")?.into_string().ok());
        let named = named.filter(|name| !name.is_empty());
        let mut typist = Typist { lab: None, dir: room.dir, named, env: None, _folder: None };
        typist.refresh()?;
        Ok(Box::new(Scene::new(typist)))
    }

    fn kept(&self, lab: &str, files: &Path, anew: Option<&Start>) -> Result<Box<dyn Stage>, String> {
        std::fs::create_dir_all(files).map_err(|error| format!("no folder {}: {error}", files.display()))?;
        let mut typist = Typist { lab: None, dir: files.into(), named: Some(lab.into()), env: None, _folder: None };
        let Some(start) = anew else {
            typist.refresh()?;
            return Ok(Box::new(Scene::new(typist)));
        };
        let room = Room::of_process().map_err(|error| format!("the working directory is not there: {error}"))?;
        let dir = home(&room).resolve(Some(lab));
        let told = |error: JournalError| format!("{:#}", anyhow::Error::new(error));
        if dir.exists() {
            crate::lab::remove(&dir, || {}).map_err(told)?;
        }
        crate::lab::make(&dir, &header(&start.lab)?, &[]).map_err(told)?;
        typist.refresh()?;
        let mut scene = Scene::new(typist);
        scene.set_up(start)?;
        Ok(Box::new(scene))
    }
}

/// Copies a folder of files; one that cannot be read is left out.
fn copy_files(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)?.flatten() {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy_files(&path, &target)?;
        } else {
            std::fs::copy(&path, &target)?;
        }
    }
    Ok(())
}

/// How a stage's lab begins.
fn header(of: &LabSpec) -> Result<Header, String> {
    let kubelet = of.kubelet.as_deref().map(str::parse).transpose()?;
    super::lab::header(Path::new("/"), None, of.profile.as_deref(), of.nodes, None, kubelet)
        .map_err(|error| format!("{error:#}"))
}

/// The environment of lines that run in a lab of their own: nothing of the person's.
fn alone() -> BTreeMap<String, String> {
    [("TERM", "dumb"), ("HOME", "/")].map(|(name, value)| (name.to_string(), value.to_string())).into()
}

/// Carries out command lines one after another.
struct Typist {
    /// There between commands.
    lab: Option<Lab>,
    dir: PathBuf,
    /// What `--lab` would name.
    named: Option<String>,
    /// The environment, if it is not the process's.
    env: Option<BTreeMap<String, String>>,
    /// The folder of the files, if it is the stage's own.
    _folder: Option<tempfile::TempDir>,
}

/// A typist has its lab between commands.
const THERE: &str = "the lab is there between commands";

impl Typist {
    /// Carries out something in a room, and takes the lab back from it.
    fn room<T>(&mut self, stdin: &str, act: impl FnOnce(&Room) -> T) -> (T, Printed) {
        let lab = self.lab.take().into();
        let labs = if self.env.is_some() { Labs::Held(lab) } else { Labs::Open(lab) };
        let room = Room::kept(stdin.as_bytes().to_vec(), self.dir.clone(), self.env.clone(), labs);
        let done = act(&room);
        let (printed, lab) = room.leave();
        self.lab = lab;
        (done, printed)
    }
}

impl Program for Typist {
    fn call(&mut self, words: &[String], stdin: &str) -> Ran {
        let mut args: Vec<std::ffi::OsString> = vec!["sts-lab".into()];
        if let Some(named) = &self.named {
            args.extend(["--lab".into(), named.into()]);
        }
        let own = usize::from(words.first().is_some_and(|word| word == "sts-lab"));
        args.extend(words[own..].iter().map(Into::into));
        let (code, printed) = self.room(stdin, |room| super::line(args, room));
        // The command may have been about another lab, or have put another one to use.
        if let Err(why) = self.refresh() {
            return Ran::refused(1, &format!("error: {why}\n"));
        }
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ran { code: code.into(), stdout: text(printed.stdout), stderr: text(printed.stderr), text: text(printed.both) }
    }

    fn pass(&mut self, time: Duration) {
        let Some(lab) = &mut self.lab else { return };
        let words = ["settle", "--for", &time.as_secs_f64().to_string()].map(str::to_string);
        let mut session = lab.session(&words);
        session.run_for(time);
        let (words, inputs) = session.finish();
        // A lab in memory is always kept; one on disk says so when its next command cannot be.
        let _ = lab.commit(words, inputs);
    }

    fn lab(&self) -> &Lab {
        self.lab.as_ref().expect(THERE)
    }

    fn refresh(&mut self) -> Result<(), String> {
        if self.env.is_some() {
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

    fn put(&mut self, file: &str, text: &str) {
        let path = self.dir.join(file);
        if let Some(parent) = path.parent() {
            let _ = std::fs::create_dir_all(parent);
        }
        let _ = std::fs::write(path, text);
    }

    fn file(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.dir.join(name)).ok()
    }

    /// A folder of the stage's own is copied too; one in which a person works is not.
    fn copy(&self) -> Result<Typist, String> {
        let lab = Some(self.lab().copy());
        let (named, env) = (None, Some(self.env.clone().unwrap_or_else(alone)));
        if self._folder.is_none() {
            return Ok(Typist { lab, dir: self.dir.clone(), named, env, _folder: None });
        }
        let none = |error| format!("no folder for the files: {error}");
        let folder = tempfile::tempdir().map_err(none)?;
        copy_files(&self.dir, folder.path()).map_err(none)?;
        Ok(Typist { lab, dir: folder.path().to_path_buf(), named, env, _folder: Some(folder) })
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
}
