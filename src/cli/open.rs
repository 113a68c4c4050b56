//! Opening the lab that a command line names, and keeping what the command did.

use anyhow::Context as _;

use super::args::Cli;
use crate::lab::place::Home;
use crate::lab::{Lab, Session};

/// How a command ends: its exit code, or an error that the caller prints.
pub type Outcome = anyhow::Result<u8>;

/// Where the labs are.
pub fn home() -> Home {
    Home::from_env(|name| std::env::var_os(name).map(Into::into))
}

/// The notice that a lab does not come out as it did.
pub fn diverged(entry: usize) -> String {
    format!(
        "notice: from its input {} on, this lab does not come out as it did when it was made: this sts-lab decides \
         something differently\n",
        entry + 1
    )
}

/// Opens the lab, with the notices that a person should see.
pub fn lab(cli: &Cli) -> anyhow::Result<Lab> {
    let dir = home().resolve(cli.lab.as_deref());
    let lab = Lab::open(&dir, || eprintln!("waiting for another sts-lab command on this lab to end…"))?;
    if let Some(torn) = lab.torn() {
        eprintln!(
            "notice: the last line of the journal (line {}, {} bytes) was cut off by a crash; that input is lost, all \
             before it is here",
            torn.line, torn.bytes
        );
    }
    if let Some(entry) = lab.diverged_at {
        eprint!("{}", diverged(entry));
    }
    Ok(lab)
}

/// Runs `work` on the lab and keeps what it did.
pub fn with_session(cli: &Cli, words: &[String], work: impl FnOnce(&mut Session<'_>) -> anyhow::Result<u8>) -> Outcome {
    let mut lab = lab(cli)?;
    let mut session = lab.session(words);
    let code = work(&mut session);
    let (words, inputs) = session.finish();
    lab.commit(words, inputs).context("the command was carried out but could not be kept")?;
    code
}
