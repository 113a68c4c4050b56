//! "Did you mean": the known word nearest to an unknown one.

/// The known word that was probably meant: the same but for case, else the one with the fewest typing mistakes, if
/// those are few for its length. The first of equals wins.
pub fn did_you_mean<'a>(unknown: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: Vec<char> = unknown.to_lowercase().chars().collect();
    if wanted.is_empty() || wanted.len() > 64 {
        return None;
    }
    let mut best: Option<(usize, &str)> = None;
    for word in known {
        let candidate: Vec<char> = word.to_lowercase().chars().collect();
        let longest = wanted.len().max(candidate.len());
        let allowed = if longest <= 2 { 0 } else { longest.div_ceil(3).min(3) };
        if candidate.len() > 64 || wanted.len().abs_diff(candidate.len()) > allowed {
            continue;
        }
        let mistakes = distance(&wanted, &candidate);
        if mistakes <= allowed && best.is_none_or(|(fewest, _)| mistakes < fewest) {
            best = Some((mistakes, word));
        }
    }
    best.map(|(_, word)| word)
}

/// Letters to insert, remove, change or swap with their neighbour.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let changed = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = changed.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(unknown: &str, expect: Option<&str>) {
        let known =
            ["replicas", "selector", "serviceName", "template", "image", "imagePullPolicy", "env", "envFrom", "tty"];
        assert_eq!(did_you_mean(unknown, known.into_iter()), expect, "{unknown}");
    }

    #[test]
    fn near_words() {
        check("replcas", Some("replicas"));
        check("replica", Some("replicas"));
        check("Replicas", Some("replicas"));
        check("servicename", Some("serviceName"));
        check("slector", Some("selector"));
        check("imgae", Some("image"));
        check("imagePullpolicy", Some("imagePullPolicy"));
        check("evn", Some("env"));
    }

    #[test]
    fn far_words() {
        check("", None);
        check("x", None);
        check("volumes", None);
        check("strategy", None);
        check(&"a".repeat(10_000), None);
    }
}
