//! The unified diff with three lines of context that the API server shows for a spec that may not change
//! (`k8s.io/apimachinery/pkg/util/diff`, by way of Python's difflib: longest matching blocks, popular lines ignored).

use std::collections::BTreeMap;

const CONTEXT: usize = 3;

/// A run of equal or unequal lines: `a[a0..a1]` becomes `b[b0..b1]`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Op {
    equal: bool,
    a0: usize,
    a1: usize,
    b0: usize,
    b1: usize,
}

/// The differences between two texts.
pub(super) fn unified(a: &str, b: &str) -> String {
    let (a, b): (Vec<&str>, Vec<&str>) = (a.split('\n').collect(), b.split('\n').collect());
    let mut out = String::new();
    for group in groups(ops(&a, &b)) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        let (old, new) = (range(first.a0, last.a1), range(first.b0, last.b1));
        out.extend(["@@ -", &old, " +", &new, " @@\n"]);
        for op in &group {
            let mut lines = |sign: &str, lines: &[&str]| {
                for line in lines {
                    out.extend([sign, line, "\n"]);
                }
            };
            if op.equal {
                lines(" ", &a[op.a0..op.a1]);
            } else {
                lines("-", &a[op.a0..op.a1]);
                lines("+", &b[op.b0..op.b1]);
            }
        }
    }
    out
}

fn range(start: usize, stop: usize) -> String {
    match stop - start {
        1 => (start + 1).to_string(),
        0 => format!("{start},0"),
        length => format!("{},{length}", start + 1),
    }
}

/// Where each line of `b` stands, without those that are too frequent to anchor a match.
fn positions<'a>(b: &[&'a str]) -> BTreeMap<&'a str, Vec<usize>> {
    let mut positions: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (i, line) in b.iter().enumerate() {
        positions.entry(line).or_default().push(i);
    }
    if b.len() >= 200 {
        let popular = b.len() / 100 + 1;
        positions.retain(|_, at| at.len() <= popular);
    }
    positions
}

fn ops(a: &[&str], b: &[&str]) -> Vec<Op> {
    let positions = positions(b);
    let mut blocks = Vec::new();
    let mut queue = vec![(0, a.len(), 0, b.len())];
    while let Some((a0, a1, b0, b1)) = queue.pop() {
        let (i, j, size) = longest(a, b, &positions, (a0, a1), (b0, b1));
        if size > 0 {
            blocks.push((i, j, size));
            queue.push((a0, i, b0, j));
            queue.push((i + size, a1, j + size, b1));
        }
    }
    blocks.sort_unstable();
    blocks.push((a.len(), b.len(), 0));
    let mut ops: Vec<Op> = Vec::new();
    let (mut i, mut j) = (0, 0);
    for (a0, b0, size) in blocks {
        if i < a0 || j < b0 {
            ops.push(Op { equal: false, a0: i, a1: a0, b0: j, b1: b0 });
        }
        (i, j) = (a0 + size, b0 + size);
        match ops.last_mut() {
            Some(last) if last.equal && last.a1 == a0 && last.b1 == b0 => (last.a1, last.b1) = (i, j),
            _ if size > 0 => ops.push(Op { equal: true, a0, a1: i, b0, b1: j }),
            _ => {}
        }
    }
    ops
}

/// The longest block of equal lines, the earliest of several, stretched over popular lines at its ends.
fn longest(
    a: &[&str],
    b: &[&str],
    positions: &BTreeMap<&str, Vec<usize>>,
    (a0, a1): (usize, usize),
    (b0, b1): (usize, usize),
) -> (usize, usize, usize) {
    let (mut best_i, mut best_j, mut size) = (a0, b0, 0);
    let mut lengths: BTreeMap<usize, usize> = BTreeMap::new();
    for (i, line) in a.iter().enumerate().take(a1).skip(a0) {
        let mut next = BTreeMap::new();
        for &j in positions.get(line).map_or(&[][..], Vec::as_slice).iter().filter(|j| (b0..b1).contains(*j)) {
            let length = j.checked_sub(1).and_then(|before| lengths.get(&before)).copied().unwrap_or(0) + 1;
            next.insert(j, length);
            if length > size {
                (best_i, best_j, size) = (i + 1 - length, j + 1 - length, length);
            }
        }
        lengths = next;
    }
    while best_i > a0 && best_j > b0 && a[best_i - 1] == b[best_j - 1] {
        (best_i, best_j, size) = (best_i - 1, best_j - 1, size + 1);
    }
    while best_i + size < a1 && best_j + size < b1 && a[best_i + size] == b[best_j + size] {
        size += 1;
    }
    (best_i, best_j, size)
}

/// Splits at long runs of equal lines, and cuts them to the context.
fn groups(mut ops: Vec<Op>) -> Vec<Vec<Op>> {
    if let Some(first) = ops.first_mut().filter(|op| op.equal) {
        first.a0 = first.a0.max(first.a1.saturating_sub(CONTEXT));
        first.b0 = first.b0.max(first.b1.saturating_sub(CONTEXT));
    }
    if let Some(last) = ops.last_mut().filter(|op| op.equal) {
        last.a1 = last.a1.min(last.a0 + CONTEXT);
        last.b1 = last.b1.min(last.b0 + CONTEXT);
    }
    let mut groups = Vec::new();
    let mut group: Vec<Op> = Vec::new();
    for op in ops {
        if op.equal && op.a1 - op.a0 > 2 * CONTEXT {
            group.push(Op { a1: op.a0 + CONTEXT, b1: op.b0 + CONTEXT, ..op });
            groups.push(std::mem::take(&mut group));
            group.push(Op { a0: op.a1 - CONTEXT, b0: op.b1 - CONTEXT, ..op });
        } else {
            group.push(op);
        }
    }
    if !(group.is_empty() || matches!(group.as_slice(), [only] if only.equal)) {
        groups.push(group);
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::unified;

    fn check(a: &str, b: &str, expect: &str) {
        assert_eq!(unified(&a.replace(' ', "\n"), &b.replace(' ', "\n")), expect, "{a} / {b}");
    }

    #[test]
    fn hunks() {
        check("1 2 3 4 5 6", "1 2 x 4 5 6", "@@ -1,6 +1,6 @@\n 1\n 2\n-3\n+x\n 4\n 5\n 6\n");
        check("1 2", "1 2", "");
        check("1 2 3", "1 3", "@@ -1,3 +1,2 @@\n 1\n-2\n 3\n");
        check(
            "a 1 2 3 4 5 6 7 8 b",
            "A 1 2 3 4 5 6 7 8 B",
            "@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n@@ -7,4 +7,4 @@\n 6\n 7\n 8\n-b\n+B\n",
        );
    }
}
