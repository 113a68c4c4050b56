//! The unified diff of two texts as `diff -u` writes it: a shortest edit script by Myers' algorithm ("An O(ND) difference
//! algorithm and its variations"), its runs moved to where GNU diff shows them, in hunks with three lines around.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::Range;

const CONTEXT: usize = 3;

/// The hunks of what differs, without the two lines of file names; empty if nothing does. Both texts end in a newline
/// or are empty.
pub(super) fn hunks(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    // Of what is the same at both ends only the context is looked at, so runs do not move further into it.
    let same = old.iter().zip(&new).take_while(|(x, y)| x == y).count();
    let tails = old[same..].iter().rev().zip(new[same..].iter().rev());
    let tail = tails.take_while(|(x, y)| x == y).count().saturating_sub(CONTEXT);
    let head = same.saturating_sub(CONTEXT);
    let mut sides = Sides { old: Side::of(&old[head..old.len() - tail]), new: Side::of(&new[head..new.len() - tail]) };
    sides.compare();
    let Sides { old: mut left, new: mut right } = sides;
    slide(&mut left, &right.changed);
    slide(&mut right, &left.changed);
    let changes = changes(&left.changed, &right.changed, head);
    let mut out = String::new();
    let mut rest = changes.as_slice();
    while let Some(first) = rest.first() {
        let near = |pair: &[Change]| pair[1].old.start - pair[0].old.end <= 2 * CONTEXT;
        let count = 1 + rest.windows(2).take_while(|pair| near(pair)).count();
        let (hunk, after) = rest.split_at(count);
        let last = hunk.last().unwrap_or(first);
        write_hunk(&mut out, (&old, &new), hunk, first, last);
        rest = after;
    }
    out
}

/// One text, and which of its lines the other has not.
struct Side<'t> {
    lines: Vec<&'t str>,
    changed: Vec<bool>,
}

impl<'t> Side<'t> {
    fn of(lines: &[&'t str]) -> Side<'t> {
        Side { lines: lines.to_vec(), changed: vec![false; lines.len()] }
    }

    /// The places of the lines that the other side has somewhere; the others are marked as changed.
    fn comparable(&mut self, other: &[&str]) -> Vec<usize> {
        let there: BTreeSet<&str> = other.iter().copied().collect();
        let mut places = Vec::new();
        for (place, line) in self.lines.iter().enumerate() {
            if there.contains(line) {
                places.push(place);
            } else {
                self.changed[place] = true;
            }
        }
        places
    }
}

struct Sides<'t> {
    old: Side<'t>,
    new: Side<'t>,
}

impl Sides<'_> {
    /// Marks the lines that differ.
    fn compare(&mut self) {
        let xs = self.old.comparable(&self.new.lines);
        let ys = self.new.comparable(&self.old.lines);
        self.between(&xs, &ys);
    }

    /// Marks the differences between two stretches of comparable lines.
    fn between(&mut self, mut xs: &[usize], mut ys: &[usize]) {
        let same = |sides: &Sides<'_>, x: usize, y: usize| sides.old.lines[x] == sides.new.lines[y];
        while let ([x, xrest @ ..], [y, yrest @ ..]) = (xs, ys) {
            if !same(self, *x, *y) {
                break;
            }
            (xs, ys) = (xrest, yrest);
        }
        while let ([xrest @ .., x], [yrest @ .., y]) = (xs, ys) {
            if !same(self, *x, *y) {
                break;
            }
            (xs, ys) = (xrest, yrest);
        }
        if xs.is_empty() || ys.is_empty() {
            for x in xs {
                self.old.changed[*x] = true;
            }
            for y in ys {
                self.new.changed[*y] = true;
            }
            return;
        }
        let (x, y) = middle(xs.len(), ys.len(), &|x, y| same(self, xs[x], ys[y]));
        self.between(&xs[..x], &ys[..y]);
        self.between(&xs[x..], &ys[y..]);
    }
}

/// A point in the middle of a shortest edit script from `n` lines to `m` others: where the paths from both ends meet.
fn middle(n: usize, m: usize, same: &dyn Fn(usize, usize) -> bool) -> (usize, usize) {
    let (n, m) = (n as isize, m as isize);
    let at = |diagonal: isize| (diagonal + m + 1) as usize;
    let mut forward = vec![-1; (n + m + 3) as usize];
    let mut backward = vec![isize::MAX; (n + m + 3) as usize];
    (forward[at(0)], backward[at(n - m)]) = (0, n);
    let odd = (n - m) % 2 != 0;
    let (mut ahead, mut behind) = ((0, 0), (n - m, n - m));
    let widen = |(low, high): (isize, isize), table: &mut Vec<isize>, none: isize| {
        let low = if low > -m {
            table[at(low - 2)] = none;
            low - 1
        } else {
            low + 1
        };
        let high = if high < n {
            table[at(high + 2)] = none;
            high + 1
        } else {
            high - 1
        };
        (low, high)
    };
    loop {
        ahead = widen(ahead, &mut forward, -1);
        let mut diagonal = ahead.1;
        while diagonal >= ahead.0 {
            let (below, above) = (forward[at(diagonal - 1)], forward[at(diagonal + 1)]);
            let mut x = if below < above { above } else { below + 1 };
            while x < n && x - diagonal < m && same(x as usize, (x - diagonal) as usize) {
                x += 1;
            }
            forward[at(diagonal)] = x;
            if odd && (behind.0..=behind.1).contains(&diagonal) && backward[at(diagonal)] <= x {
                return (x as usize, (x - diagonal) as usize);
            }
            diagonal -= 2;
        }
        behind = widen(behind, &mut backward, isize::MAX);
        let mut diagonal = behind.1;
        while diagonal >= behind.0 {
            let (below, above) = (backward[at(diagonal - 1)], backward[at(diagonal + 1)]);
            let mut x = if below < above { below } else { above - 1 };
            while x > 0 && x - diagonal > 0 && same(x as usize - 1, (x - diagonal) as usize - 1) {
                x -= 1;
            }
            backward[at(diagonal)] = x;
            if !odd && (ahead.0..=ahead.1).contains(&diagonal) && x <= forward[at(diagonal)] {
                return (x as usize, (x - diagonal) as usize);
            }
            diagonal -= 2;
        }
    }
}

/// Moves each run of changed lines as far down as equal lines let it, joining the runs it meets; if it then lies below
/// changes of the other side that it could stand beside, it goes back up to the last of them.
fn slide(side: &mut Side<'_>, other: &[bool]) {
    let kept: Vec<usize> = (0..other.len()).filter(|line| !other[*line]).collect();
    // Whether the other side has changes in front of the line that equals the `unchanged`-th unchanged line here.
    let beside = |unchanged: usize| {
        let end = kept.get(unchanged).copied().unwrap_or(other.len());
        end > 0 && other[end - 1]
    };
    let (lines, changed) = (&side.lines, &mut side.changed);
    let (mut at, mut unchanged) = (0, 0);
    while at < lines.len() {
        if !changed[at] {
            (at, unchanged) = (at + 1, unchanged + 1);
            continue;
        }
        let (mut start, mut end) = (at, run_end(changed, at));
        loop {
            let length = end - start;
            while start > 0 && lines[start - 1] == lines[end - 1] {
                (start, end, unchanged) = (start - 1, end - 1, unchanged - 1);
                (changed[start], changed[end]) = (true, false);
                while start > 0 && changed[start - 1] {
                    start -= 1;
                }
            }
            let mut back = beside(unchanged).then_some(end);
            while end < lines.len() && lines[start] == lines[end] {
                (changed[start], changed[end]) = (false, true);
                (start, end, unchanged) = (start + 1, run_end(changed, end), unchanged + 1);
                if beside(unchanged) {
                    back = Some(end);
                }
            }
            if end - start == length {
                while back.is_some_and(|back| back < end) {
                    (start, end, unchanged) = (start - 1, end - 1, unchanged - 1);
                    (changed[start], changed[end]) = (true, false);
                }
                break;
            }
        }
        at = end;
    }
}

fn run_end(changed: &[bool], from: usize) -> usize {
    changed[from..].iter().position(|changed| !changed).map_or(changed.len(), |length| from + length)
}

/// Lines of the old text that lines of the new one stand for; either may be none.
struct Change {
    old: Range<usize>,
    new: Range<usize>,
}

/// The changes, of lines counted from `head`.
fn changes(old: &[bool], new: &[bool], head: usize) -> Vec<Change> {
    let (mut x, mut y, mut found) = (0, 0, Vec::new());
    while x < old.len() || y < new.len() {
        let (xend, yend) = (run_end(old, x), run_end(new, y));
        if xend > x || yend > y {
            found.push(Change { old: head + x..head + xend, new: head + y..head + yend });
        }
        (x, y) = (xend + 1, yend + 1);
    }
    found
}

fn write_hunk(out: &mut String, (old, new): (&[&str], &[&str]), hunk: &[Change], first: &Change, last: &Change) {
    let before = first.old.start.min(CONTEXT);
    let after = (old.len() - last.old.end).min(CONTEXT);
    let lines = |start: usize, end: usize| match (end - start, start) {
        (1, start) => format!("{}", start + 1),
        (0, start) => format!("{start},0"),
        (count, start) => format!("{},{count}", start + 1),
    };
    let left = lines(first.old.start - before, last.old.end + after);
    let right = lines(first.new.start - before, last.new.end + after);
    let _ = writeln!(out, "@@ -{left} +{right} @@");
    let mut at = first.old.start - before;
    let mut put = |sign: char, lines: &[&str]| out.extend(lines.iter().map(|line| format!("{sign}{line}\n")));
    for change in hunk {
        put(' ', &old[at..change.old.start]);
        put('-', &old[change.old.clone()]);
        put('+', &new[change.new.clone()]);
        at = change.old.end;
    }
    put(' ', &old[at..last.old.end + after]);
}

#[cfg(test)]
mod tests {
    use super::hunks;

    #[track_caller]
    fn check(old: &str, new: &str, expect: &str) {
        let text = |letters: &str| letters.chars().map(|c| format!("{c}\n")).collect::<String>();
        assert_eq!(hunks(&text(old), &text(new)).replace('\n', "|"), expect, "{old} {new}");
    }

    #[test]
    fn as_gnu_diff_writes_it() {
        check("abc", "abc", "");
        check("", "ab", "@@ -0,0 +1,2 @@|+a|+b|");
        check("ab", "", "@@ -1,2 +0,0 @@|-a|-b|");
        check("a", "b", "@@ -1 +1 @@|-a|+b|");
        check("abcdefghij", "abcdXfghij", "@@ -2,7 +2,7 @@| b| c| d|-e|+X| f| g| h|");
        check("abcdefghijklm", "Xbcdefghijklm", "@@ -1,4 +1,4 @@|-a|+X| b| c| d|");
        check("abcdefghijklm", "XbcdefghijklY", "@@ -1,4 +1,4 @@|-a|+X| b| c| d|@@ -10,4 +10,4 @@| j| k| l|-m|+Y|");
        check("abcdefgh", "XbcdefgY", "@@ -1,8 +1,8 @@|-a|+X| b| c| d| e| f| g|-h|+Y|");
    }

    #[test]
    fn runs_go_down_as_far_as_they_can() {
        check("xaay", "xaaay", "@@ -1,4 +1,5 @@| x| a| a|+a| y|");
        check("xaaay", "xaay", "@@ -1,5 +1,4 @@| x| a| a|-a| y|");
    }

    #[test]
    fn every_diff_leads_from_one_text_to_the_other() {
        let mut seed = 7_u32;
        let mut letters = |count: u32| -> String {
            let mut next = || {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                seed >> 24
            };
            let length = next() % count;
            (0..length).map(|_| char::from(b'a' + (next() % 4) as u8)).collect()
        };
        for _ in 0..2000 {
            let (old, new) = (letters(12), letters(12));
            let text = |letters: &str| letters.chars().map(|c| format!("{c}\n")).collect::<String>();
            let diff = hunks(&text(&old), &text(&new));
            assert_eq!(patched(&old, &diff), new, "{old}\n{diff}");
        }
    }

    /// What the hunks make of a text of letters.
    fn patched(old: &str, diff: &str) -> String {
        let (mut out, mut at) = (String::new(), 0);
        for line in diff.lines() {
            if let Some(range) = line.strip_prefix("@@ -") {
                let range = range.split(' ').next().unwrap_or_default();
                let (start, count) = range.split_once(',').unwrap_or((range, "1"));
                let start: usize = start.parse::<usize>().unwrap() - usize::from(count != "0");
                out += &old[at..start];
                at = start;
                continue;
            }
            if !line.starts_with('+') {
                assert_eq!(&line[1..], &old[at..=at]);
                at += 1;
            }
            if !line.starts_with('-') {
                out += &line[1..];
            }
        }
        out + &old[at..]
    }
}
