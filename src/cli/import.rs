//! `sts-lab import …`: the state of a real cluster becomes the world of a lab. Journals are `lab import`'s.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, bail, ensure};

use super::desk::Desk;
use super::open::{Outcome, lab};
use crate::cluster::QUIET;
use crate::import::{Options, Prepared, prepare, read};
use crate::manifest::{self, Document, Problem};
use crate::view::rest::settle_all;
use crate::view::since::Since;
use crate::view::taken_over::taken_over;

/// Arguments of `import`.
#[derive(clap::Args, Debug)]
pub struct Import {
    /// Files of YAML or JSON, folders of such, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Folders within folders too
    #[arg(short = 'R', long)]
    pub recursive: bool,
    /// Put the state in the place of what is in this lab; `rewind` takes that back
    #[arg(long)]
    pub replace: bool,
    /// Keep the values of Secrets; without this, only their keys are kept
    #[arg(long)]
    pub with_secrets: bool,
}

pub const EXAMPLES: &str = "Examples:\n  \
    kubectl get sts,po,pvc,pv,svc,pdb,nodes,sc,controllerrevisions,deploy,rs,ds,endpointslices,cm,ns \\\n    \
    -A -o yaml > state.yaml\n  sts-lab import state.yaml\n  sts-lab --lab prod import state.yaml more.json\n  \
    ssh ops kubectl get sts,po,pvc,pv,svc -A -o json | sts-lab import -\n  \
    sts-lab import --replace state.yaml     # a newer state, in the place of the old one\n  \
    sts-lab plan -f new.yaml                # then: what would this do to that cluster?\n\n\
    uids, revisions, nodes, addresses, statuses and ages stay; controllers take everything over without touching a\n\
    healthy Pod. What is missing in the export is made up, and told. `sts-lab lab import` takes another sort of file:\n\
    the journal of a lab.";

/// `sts-lab import FILE…`.
pub fn run(desk: &Desk<'_>, args: &Import, words: &[String]) -> Outcome {
    let look = desk.look();
    let (documents, problems) = documents(desk, args)?;
    let found = match read(&documents, &problems, desk.err_color()) {
        Ok(found) => found,
        Err(faults) => {
            for fault in faults {
                desk.note(&format!("{fault}\n\n"));
            }
            bail!("nothing was imported");
        }
    };
    ensure!(!found.is_empty(), "nothing to import: no object of a kind that the lab models was found");
    let Prepared { state, counts, notices } = prepare(found, Options { secrets: args.with_secrets });
    let mut lab = lab(desk)?;
    let count = lab.entries().len();
    ensure!(
        count == 0 || args.replace,
        "this lab has {}: `sts-lab --lab NAME import …` makes another one, --replace puts the state in its place",
        crate::view::words::count(count, "input")
    );
    let mut session = lab.session(words);
    let faults = state.faults.clone();
    session.import(state);
    let since = Since::now(session.cluster());
    if !desk.cli.no_settle && !desk.cli.step {
        settle_all(&mut session, |session| session.settle(QUIET), |session| session.cluster());
    }
    let told = taken_over(session.cluster(), &since, &counts, &faults, desk.cli.no_settle || desk.cli.step);
    let (words, inputs) = session.finish();
    lab.commit(words, inputs).context("the state was read but could not be kept")?;
    for notice in notices {
        desk.note(&format!("{}\n", crate::view::style::Look::PLAIN.wrap(&format!("notice: {notice}"), 2)));
    }
    desk.out(&told.render(look));
    Ok(0)
}

/// The documents of all files.
fn documents(desk: &Desk<'_>, args: &Import) -> anyhow::Result<(Vec<Document>, Vec<Problem>)> {
    let names: Vec<String> = args.files.iter().map(|file| file.to_string_lossy().into_owned()).collect();
    let dir = desk.dir();
    let sources = manifest::collect(&names, args.recursive, &dir, &mut desk.stdin());
    let sources = match sources {
        Ok(sources) => sources,
        Err(problems) => return Ok((Vec::new(), problems)),
    };
    let (mut documents, mut problems) = (Vec::new(), Vec::new());
    for source in sources {
        match source {
            Ok(source) if source.text.starts_with("{\"stsLabJournal\"") => {
                let name = &source.name;
                bail!("{name} is the journal of a lab: `sts-lab lab import {name}` makes a lab of it");
            }
            Ok(source) => {
                let (found, problem) = manifest::parse(Arc::new(source));
                documents.extend(found);
                problems.extend(problem);
            }
            Err(problem) => problems.push(problem),
        }
    }
    Ok((documents, problems))
}
