//! The exercises that ship keep what they promise: unsolved as they ship, full points for their solutions, and every
//! wrong way fails with feedback that names the mistake, in every variant.

use std::path::Path;

use sts_lab::cli::InProcess;
use sts_lab::course::content::Source;
use sts_lab::course::exercise::{Loaded, lint};

fn read(file: &Path) -> Option<Source> {
    let text = std::fs::read_to_string(file).ok()?;
    Some(Source::new(file.to_string_lossy(), text))
}

#[test]
fn shipped_exercises_keep_what_they_promise() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("lessons/exercises");
    let mut count = 0;
    for entry in std::fs::read_dir(root).expect("there are exercises") {
        let dir = entry.expect("it can be read").path();
        let source = read(&dir.join("exercise.yaml")).expect("each folder has an exercise");
        let loaded = Loaded::new(source, read(&dir.join("hidden.yaml"))).expect("it can be read");
        let report = lint::lint(&loaded, &InProcess);
        assert_eq!(report.problems, [], "{}", dir.display());
        count += 1;
    }
    assert!(count >= 12, "{count} exercises");
}
