//! The copies of the recordings of a real cluster in `tests/conformance`, area by area: every case agrees on all four
//! counts, but for those that `EXCEPTIONS.md` lists, and those do disagree.

use std::collections::BTreeSet;
use std::path::PathBuf;

use sts_lab::conformance::{Case, Verdict, find, judge_all, report};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/conformance")
}

fn cases(area: &str) -> Vec<Case> {
    let cases = find(&[folder()]).expect("the recordings are there");
    cases.iter().map(|dir| Case::load(dir)).filter(|case| case.area == area).collect()
}

/// The cases that `EXCEPTIONS.md` lists: the first cell of each row.
fn exceptions() -> BTreeSet<String> {
    let text = std::fs::read_to_string(folder().join("EXCEPTIONS.md")).expect("EXCEPTIONS.md is there");
    text.lines().filter_map(|line| Some(line.strip_prefix("| `")?.split_once("` |")?.0.to_string())).collect()
}

fn check(area: &str) {
    let cases = cases(area);
    assert!(!cases.is_empty(), "no case of this area");
    let exceptions = exceptions();
    let verdicts = judge_all(&cases);
    let (listed, counted): (Vec<_>, Vec<_>) =
        cases.into_iter().zip(verdicts).partition(|(case, _)| exceptions.contains(&case.name));
    let agreeing: Vec<&str> =
        listed.iter().filter(|(_, verdict)| verdict.agrees()).map(|(case, _)| case.name.as_str()).collect();
    assert!(agreeing.is_empty(), "EXCEPTIONS.md lists cases that agree: {agreeing:?}");
    let (cases, verdicts): (Vec<Case>, Vec<Verdict>) = counted.into_iter().unzip();
    assert!(verdicts.iter().all(Verdict::agrees), "{}", report::text(&cases, &verdicts));
}

macro_rules! areas {
    ($($area:ident)*) => {
        $(#[test] fn $area() { check(stringify!($area)); })*

        #[test]
        fn every_area_is_tested() {
            let cases = find(&[folder()]).expect("the recordings are there");
            let areas: BTreeSet<String> = cases.iter().map(|dir| Case::load(dir).area).collect();
            assert_eq!(areas, [$(stringify!($area)),*].map(str::to_string).into());
        }
    };
}

areas! {
    create delete deployment describe forbidden get invalid kubectl node ordinals pdb pods random retention rollout scaling
    scheduling service storage update
}

#[test]
fn exceptions_name_cases() {
    for name in exceptions() {
        assert!(folder().join(&name).is_dir(), "EXCEPTIONS.md lists {name}, which is no case");
    }
}
