//! What a container would have written. Its command is run again, from its start to now, in the lab's own shell, on a
//! copy of its disks; a command that is not understood has written what it wrote before that, and the rest is not known.

use std::collections::BTreeMap;
use std::time::Duration;

use super::env::substitute;
use super::inside::{Around, Inside};
use super::shell::{Shell, World};
use super::streams::{Input, Output};
use crate::cluster::disk::{Change, DiskId, Disks};
use crate::cluster::full_disk::FullDisks;
use crate::resource::Time;
use crate::store::Store;

/// How many commands are looked at: a loop without a pause has no end.
const PATIENCE: u32 = 200_000;

/// One line of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// When it was written.
    pub at: Time,
    /// The line, with its newline if it has one.
    pub text: String,
}

/// What a container has written, as far as the lab knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The lines.
    pub lines: Vec<LogLine>,
    /// Why there may be more that the lab does not know.
    pub unknown: Option<String>,
}

/// A copy of the world in which a container's command is run once more, on its own clock.
struct Again<'c> {
    store: &'c Store,
    disks: Disks,
    full: &'c FullDisks,
    now: Time,
    until: Time,
}

impl World for Again<'_> {
    fn around(&self) -> Around<'_> {
        Around { store: self.store, disks: &self.disks, full: self.full, now: self.now }
    }

    fn write(&mut self, id: DiskId, change: Change) {
        self.disks.write(&id, &change, self.now);
    }

    fn pass(&mut self, time: Duration) -> bool {
        self.now = self.now + time;
        self.now <= self.until
    }

    fn patience(&self) -> u32 {
        PATIENCE
    }
}

/// What a run of a container has written from its start until a moment.
#[must_use]
pub fn written(around: Around<'_>, inside: &Inside, until: Time) -> Written {
    let known: BTreeMap<String, String> = inside.env.iter().cloned().collect();
    let words = |key: &str| -> Vec<String> {
        let list = inside.spec[key].as_array().into_iter().flatten().filter_map(|word| word.as_str());
        list.map(|word| substitute(word, &known)).collect()
    };
    let (command, args) = (words("command"), words("args"));
    if command.is_empty() {
        let image = inside.image();
        let what = match args.as_slice() {
            [] => format!("{image} runs the command that its image names, which the lab does not know"),
            args => format!(
                "{image} gives {:?} to the command that its image names, which the lab does not know",
                args.join(" ")
            ),
        };
        return Written { lines: Vec::new(), unknown: Some(what) };
    }
    let Around { store, disks, full, .. } = around;
    let mut world = Again { store, disks: disks.clone(), full, now: inside.started, until };
    let mut out = Output::at(inside.started);
    let mut shell = Shell::new(&mut world, inside.clone());
    shell.exec(&[command, args].concat(), &mut Input::default(), &mut out);
    let (unknown, tired) = (shell.unknown.take(), shell.is_tired() || out.is_full());
    let mut lines: Vec<LogLine> = Vec::new();
    for chunk in out.chunks.into_iter().filter(|chunk| chunk.at <= until && !is_own(&chunk.text)) {
        for text in chunk.text.split_inclusive('\n') {
            match lines.last_mut().filter(|last| !last.text.ends_with('\n')) {
                Some(last) => last.text.push_str(text),
                None => lines.push(LogLine { at: chunk.at, text: text.to_string() }),
            }
        }
    }
    let unknown = match (unknown, tired) {
        (Some(name), _) => {
            Some(format!("its command runs {name}, which is not modelled: what that writes is not known"))
        }
        (None, true) => Some("its command writes without a pause; only the beginning is shown".into()),
        (None, false) => None,
    };
    Written { lines, unknown }
}

/// Whether a text is the lab's own remark, which no container writes.
fn is_own(text: &str) -> bool {
    text.starts_with("sts-lab: ")
}
