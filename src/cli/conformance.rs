//! `sts-lab conformance`: recordings of a real cluster, played on the lab and compared.

use std::path::PathBuf;

use anyhow::Context as _;

use super::desk::Desk;
use super::open::Outcome;
use crate::conformance::{Case, find, judge_all, report};

/// Arguments of `conformance`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Folders of recorded cases, or single cases
    #[arg(required = true, value_name = "DIR")]
    pub dirs: Vec<PathBuf>,
    /// Only cases whose name matches
    #[arg(short = 'k', value_name = "REGEX")]
    pub matching: Option<String>,
    /// Only cases of these areas
    #[arg(short, long, value_name = "AREA", value_delimiter = ',')]
    pub area: Vec<String>,
    /// The form
    #[arg(short, long, value_parser = ["text", "json"], default_value = "text")]
    pub output: String,
}

/// Judges the cases; 1 if one of them disagrees or cannot be judged.
pub fn run(desk: &Desk<'_>, args: &Args) -> Outcome {
    let matching =
        args.matching.as_deref().map(regex::Regex::new).transpose().context("-k is no regular expression")?;
    let missing = args.dirs.iter().find(|dir| !dir.is_dir());
    anyhow::ensure!(
        missing.is_none(),
        "{}: no such folder",
        missing.map(|dir| dir.display().to_string()).unwrap_or_default()
    );
    let mut cases: Vec<Case> = find(&args.dirs)?.iter().map(|dir| Case::load(dir)).collect();
    anyhow::ensure!(!cases.is_empty(), "no case here: a case is a folder with a case.yaml");
    cases.retain(|case| matching.as_ref().is_none_or(|regex| regex.is_match(&case.name)));
    cases.retain(|case| args.area.is_empty() || args.area.contains(&case.area));
    anyhow::ensure!(!cases.is_empty(), "no case is left: leave out -k or -a to see all of them");
    let verdicts = judge_all(&cases);
    match args.output.as_str() {
        "json" => desk.out(&format!("{:#}\n", report::json(&verdicts))),
        _ => desk.out(&report::text(&cases, &verdicts)),
    }
    Ok(u8::from(!verdicts.iter().all(crate::conformance::Verdict::agrees)))
}
