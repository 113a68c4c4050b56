//! `sts-lab lesson new`: the beginning of a lesson, for authors.

use anyhow::{Context as _, bail, ensure};

use super::super::desk::Desk;
use super::super::open::Outcome;
use crate::course::content::is_name;

/// What is written; its place for the name is `NAME`.
const SKELETON: &str = include_str!("skeleton.yaml");

/// Writes it.
pub fn new(desk: &Desk<'_>, name: &str, track: Option<&str>) -> Outcome {
    ensure!(is_name(name), "{name} is no name of a lesson: lower case letters, digits and -, such as rolling-back");
    let folder = track.unwrap_or(".");
    let path = desk.dir().join(folder).join(format!("{name}.yaml"));
    let shown =
        track.map_or_else(|| format!("{name}.yaml"), |track| format!("{}/{name}.yaml", track.trim_end_matches('/')));
    if path.exists() {
        bail!("{shown} is there already");
    }
    std::fs::create_dir_all(path.parent().unwrap_or(&path)).with_context(|| format!("cannot make {folder}"))?;
    std::fs::write(&path, SKELETON.replace("NAME", name)).with_context(|| format!("cannot write {shown}"))?;
    desk.out(&format!(
        "{shown}: replace what is marked, then\n  sts-lab lesson check {shown}\n  sts-lab lesson start ./{shown}\n"
    ));
    Ok(0)
}
