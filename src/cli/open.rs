//! Opening the lab that a command line names, and keeping what the command did.

use std::cell::RefCell;
use std::ops::{Deref, DerefMut};

use anyhow::{Context as _, bail};

use super::desk::{Desk, Labs, Room};
use crate::lab::place::Home;
use crate::lab::{Lab, Session};

/// How a command ends: its exit code, or an error that the caller prints.
pub type Outcome = anyhow::Result<u8>;

/// Where the labs are.
pub fn home(room: &Room) -> Home {
    Home::from_env(|name| room.var(name).map(Into::into))
}

/// The notice that a lab does not come out as it did.
pub fn diverged(entry: usize) -> String {
    format!(
        "notice: from its input {} on, this lab does not come out as it did when it was made: this sts-lab decides \
         something differently\n",
        entry + 1
    )
}

/// A lab while a command works on it.
pub struct Opened<'r> {
    /// There until it is dropped.
    lab: Option<Lab>,
    /// Where it goes afterwards.
    back: Option<&'r RefCell<Option<Lab>>>,
}

/// Nobody takes the lab out before it is dropped.
const THERE: &str = "an opened lab is there";

impl Deref for Opened<'_> {
    type Target = Lab;

    fn deref(&self) -> &Lab {
        self.lab.as_ref().expect(THERE)
    }
}

impl DerefMut for Opened<'_> {
    fn deref_mut(&mut self) -> &mut Lab {
        self.lab.as_mut().expect(THERE)
    }
}

impl Drop for Opened<'_> {
    fn drop(&mut self) {
        if let (Some(mut lab), Some(back)) = (self.lab.take(), self.back) {
            lab.unlock();
            back.replace(Some(lab));
        }
    }
}

/// Opens the lab, with the notices that a person should see.
pub fn lab<'r>(desk: &Desk<'r>) -> anyhow::Result<Opened<'r>> {
    let waiting = || desk.note("waiting for another sts-lab command on this lab to end…\n");
    let back = match &desk.room.labs {
        Labs::Disk => None,
        Labs::Open(lab) => Some(lab),
        Labs::Held(lab) => {
            if let Some(name) = &desk.cli.lab {
                bail!("--lab {name} is not within reach here: these lines run in a lab of their own");
            }
            let held = lab.take().context("the lab is being worked on")?;
            return Ok(Opened { lab: Some(held), back: Some(lab) });
        }
    };
    let dir = home(desk.room).resolve(desk.cli.lab.as_deref());
    if let Some(mut open) = back.and_then(RefCell::take).filter(|lab| lab.dir() == dir)
        && open.lock_again(waiting)?
    {
        return Ok(Opened { lab: Some(open), back });
    }
    let lab = Lab::open(&dir, waiting)?;
    if let Some(torn) = lab.torn() {
        desk.note(&format!(
            "notice: the last line of the journal (line {}, {} bytes) was cut off by a crash; that input is lost, all \
             before it is here\n",
            torn.line, torn.bytes
        ));
    }
    if let Some(entry) = lab.diverged_at {
        desk.note(&diverged(entry));
    }
    Ok(Opened { lab: Some(lab), back })
}

/// Runs `work` on the lab and keeps what it did.
pub fn with_session(
    desk: &Desk<'_>,
    words: &[String],
    work: impl FnOnce(&mut Session<'_>) -> anyhow::Result<u8>,
) -> Outcome {
    let mut lab = lab(desk)?;
    let mut session = lab.session(words);
    let code = work(&mut session);
    let (words, inputs) = session.finish();
    lab.commit(words, inputs).context("the command was carried out but could not be kept")?;
    code
}
