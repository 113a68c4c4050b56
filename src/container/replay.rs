//! One command of a container, run again on a copy of its disks: it sees what others wrote when its own clock comes there,
//! and what it writes is noted with the time.

use std::time::Duration;

use super::inside::{Around, Inside};
use super::shell::{Shell, World};
use super::streams::{Input, Output};
use crate::cluster::disk::{Change, DiskId, Disks, Wrote};
use crate::resource::Time;

/// How many commands are looked at: a loop without a pause has no end.
const PATIENCE: u32 = 200_000;
/// How much it may write altogether.
const MOST: u64 = 64 << 20;
/// How long one that has come to its end is believed to have taken.
const LONGEST: Duration = Duration::from_secs(3600);
/// Programs that the lab does not have and that come to an end. Another one that a container runs in the foreground is
/// taken for its server: what follows it does not happen.
const INSTALLERS: &[&str] = &["apk", "apt", "apt-get", "dnf", "git", "microdnf", "npm", "pip", "pip3", "yum"];

/// What is run.
pub(super) struct Play<'p> {
    pub(super) inside: &'p Inside,
    pub(super) words: &'p [String],
    /// Its end, or now.
    pub(super) until: Time,
    /// Whether it came to its end by itself: whatever it waited for, it did all it was to do.
    pub(super) complete: bool,
    /// Whether it is an init container, which has no server to run.
    pub(super) init: bool,
    /// Its place among those who write at the same moment.
    pub(super) order: usize,
    /// What others write, with their places, in the order of time.
    pub(super) seen: &'p [(usize, &'p Wrote)],
}

/// What it did.
pub(super) struct Played {
    pub(super) wrote: Vec<Wrote>,
    pub(super) out: Output,
    /// The first program it ran that the lab does not have.
    pub(super) unknown: Option<String>,
    /// Whether it did too much to be followed to its end.
    pub(super) tired: bool,
}

/// The world of a command that is run again, on its own clock.
struct Again<'p, 'c> {
    play: &'p Play<'p>,
    around: Around<'c>,
    disks: Disks,
    now: Time,
    slept: Duration,
    seen: usize,
    wrote: Vec<Wrote>,
    bytes: u64,
}

impl Play<'_> {
    /// Runs it.
    pub(super) fn run(&self, around: Around<'_>) -> Played {
        let (now, disks) = (self.inside.started, around.disks.blank());
        let (slept, wrote) = (Duration::ZERO, Vec::new());
        let mut world = Again { play: self, around, disks, now, slept, seen: 0, wrote, bytes: 0 };
        world.see();
        let mut out = Output::at(now);
        let mut shell = Shell::new(&mut world, self.inside.clone());
        shell.exec(self.words, &mut Input::default(), &mut out);
        let (unknown, tired) = (shell.unknown.take(), shell.is_tired() || out.is_full());
        Played { wrote: world.wrote, out, unknown, tired }
    }
}

impl Again<'_, '_> {
    /// Takes note of what others have written until now.
    fn see(&mut self) {
        while let Some((order, wrote)) = self.play.seen.get(self.seen) {
            if (wrote.at, *order) >= (self.now, self.play.order) {
                return;
            }
            self.disks.put(&wrote.disk, &wrote.change, wrote.at);
            self.seen += 1;
        }
    }
}

impl World for Again<'_, '_> {
    fn around(&self) -> Around<'_> {
        Around { disks: &self.disks, now: self.now, again: true, ..self.around }
    }

    fn write(&mut self, disk: DiskId, change: Change) {
        self.bytes += change.size();
        self.disks.put(&disk, &change, self.now);
        self.wrote.push(Wrote { at: self.now, disk, change });
    }

    fn pass(&mut self, time: Duration) -> bool {
        self.slept = self.slept.saturating_add(time);
        self.now = self.now + time;
        if self.play.complete {
            self.now = self.now.min(self.play.until);
        }
        self.see();
        if self.play.complete { self.slept <= LONGEST } else { self.now <= self.play.until }
    }

    fn patience(&self) -> u32 {
        if self.bytes > MOST { 0 } else { PATIENCE }
    }

    fn gives_up(&self, program: &str) -> bool {
        !self.play.init && !INSTALLERS.contains(&program.rsplit('/').next().unwrap_or(program))
    }
}
