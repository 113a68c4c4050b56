//! Output: exit code, stdout and stderr of a kubectl command.
//!
//! `rollout status` prints what its watch happened to see: its progress lines may be fewer or more, its last two are
//! exact. Whether a `patch` right after another change finds something to change is a matter of timing.

use super::super::normalize::{Printed, Side};
use super::{Count, Report};

pub(super) fn compare(report: &mut Report, command: &str, recorded: &[&Side], played: &Side) {
    if !recorded.iter().any(|side| side.exit == played.exit) {
        report.add(Count::Output, "exit", recorded[0].exit, played.exit);
    }
    if played.timed_out && !recorded.iter().any(|side| side.timed_out) {
        report.add(Count::Output, "timed out", false, true);
    }
    if recorded.iter().any(|side| side.timed_out) && played.exit == Some(124) {
        return;
    }
    for (name, stdout) in [("stdout", true), ("stderr", false)] {
        let of = |side: &Side, hidden: bool| {
            let printed = if hidden { &side.hidden } else { &side.printed };
            let text = |printed: &Printed| {
                if stdout { printed.stdout.clone() } else { printed.stderr.clone() }
            };
            printed.as_ref().map(text).unwrap_or_default()
        };
        let got = of(played, false);
        let want: Vec<String> = recorded.iter().map(|side| of(side, false)).collect();
        let patched = |text: &str| text.replace(" (no change)", "");
        let fine = want.contains(&got)
            || played.dirty && command.starts_with("patch") && want.iter().any(|want| patched(want) == patched(&got))
            || want.iter().any(|text| *text != want[0])
                && recorded.iter().any(|side| of(side, true) == of(played, true))
            || stdout && command.starts_with("rollout status") && want.iter().any(|want| same_progress(want, &got));
        if !fine {
            report.add(Count::Output, name, want[0].clone(), got);
        }
    }
}

/// Whether two watches of one rollout may have printed these.
fn same_progress(want: &str, got: &str) -> bool {
    let (want, got) = (squeeze(want), squeeze(got));
    let last = |lines: &[&str]| lines[lines.len().saturating_sub(2)..].join("\n");
    let waits = |line: &&str| line.starts_with("Waiting for ") || line.starts_with("waiting for ");
    last(&want) == last(&got)
        && (is_part(&got, &want) || is_part(&want, &got))
        && got.iter().filter(|line| !want.contains(line)).all(waits)
}

/// The lines, a repeated one once.
fn squeeze(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.split('\n').collect();
    lines.dedup();
    lines
}

fn is_part(part: &[&str], whole: &[&str]) -> bool {
    let mut rest = whole.iter();
    part.iter().all(|line| rest.any(|other| other == line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_may_be_seen_in_part() {
        let check =
            |want: &str, got: &str, expect: bool| assert_eq!(same_progress(want, got), expect, "{want:?} {got:?}");
        check("Waiting for 2\nWaiting for 1\ndone\n", "Waiting for 1\ndone\n", true);
        check("Waiting for 1\ndone\n", "Waiting for 3\nWaiting for 3\nWaiting for 1\ndone\n", true);
        check("Waiting for 1\ndone\n", "Something\nWaiting for 1\ndone\n", false);
        check("Waiting for 1\ndone\n", "Waiting for 1\nfailed\n", false);
        check("Waiting for 1\nWaiting for 2\ndone\n", "Waiting for 2\nWaiting for 1\ndone\n", false);
    }
}
