//! A prediction beside what came out: rows laid side by side as sensibly as can be, each cell right or wrong, and rows
//! that are missing, too many, or in another's place. It knows nothing of lessons.

use crate::course::content::Row;

/// A row of a prediction and the row it is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pair {
    /// Predicted row and true row; a true one whose place the predicted one does not have has that place's number, from 1.
    Both {
        /// What was predicted.
        said: Row,
        /// What is.
        is: Row,
        /// Where the predicted row belongs, if it is right but elsewhere.
        belongs: Option<usize>,
    },
    /// A row that is there, and was not predicted.
    Missing(Row),
    /// A row that was predicted, and is not there.
    Extra(Row),
}

/// How good a prediction is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// Row by row.
    pub pairs: Vec<Pair>,
    /// Cells that are right.
    pub right: usize,
    /// Cells that there are, and those of rows too many.
    pub cells: usize,
}

impl Score {
    /// Whether all is right.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.right == self.cells
    }

    /// Compares a prediction with the truth, in rows of so many cells.
    #[must_use]
    pub fn new(said: &[Row], is: &[Row], columns: usize, ordered: bool) -> Score {
        let pairs = if ordered { in_order(said, is) } else { in_any_order(said, is) };
        let (mut right, mut cells) = (0, 0);
        for pair in &pairs {
            cells += columns;
            if let Pair::Both { said, is, .. } = pair {
                right += (0..columns).filter(|at| same_cell(said, is, *at)).count();
            }
        }
        Score { pairs, right, cells }
    }
}

/// Whether a cell is right; a cell that neither row has is.
#[must_use]
pub fn same_cell(said: &[String], is: &[String], at: usize) -> bool {
    match (said.get(at), is.get(at)) {
        (Some(said), Some(is)) => alike(said, is),
        (None, None) => true,
        _ => false,
    }
}

/// Case does not count, nor a kind before a name that has none: `pod/web-0` is `web-0`. Nobody is to fail for that.
fn alike(said: &str, is: &str) -> bool {
    let plain = |text: &str| text.trim_matches(['`', '"', '\'']).to_lowercase();
    let (said, is) = (plain(said), plain(is));
    let bare = |text: &str| text.rsplit('/').next().unwrap_or_default().to_string();
    said == is || (!is.contains('/') && bare(&said) == is) || (!said.contains('/') && bare(&is) == said)
}

fn matches(said: &Row, is: &Row) -> usize {
    (0..is.len().max(said.len())).filter(|at| said.get(*at).is_some() && same_cell(said, is, *at)).count()
}

/// Rows whose order does not count: those that agree most belong together; what is left is paired as it stands, if it has
/// anything in common, or if there is nothing better for it.
fn in_any_order(said: &[Row], is: &[Row]) -> Vec<Pair> {
    let mut candidates: Vec<(usize, usize, usize)> = Vec::new();
    for (s, row) in said.iter().enumerate() {
        candidates.extend(is.iter().enumerate().map(|(i, truth)| (matches(row, truth), s, i)));
    }
    candidates.sort_by_key(|(cells, s, i)| (std::cmp::Reverse(*cells), s.abs_diff(*i), *s, *i));
    let (mut of_truth, mut used) = (vec![None; is.len()], vec![false; said.len()]);
    for (cells, s, i) in candidates {
        if cells > 0 && of_truth[i].is_none() && !used[s] {
            of_truth[i] = Some(s);
            used[s] = true;
        }
    }
    let mut pairs: Vec<Pair> = Vec::new();
    for (row, said_by) in is.iter().zip(of_truth) {
        pairs.push(match said_by {
            Some(s) => Pair::Both { said: said[s].clone(), is: row.clone(), belongs: None },
            None => Pair::Missing(row.clone()),
        });
    }
    let extra = said.iter().zip(used).filter(|(_, used)| !used);
    pairs.extend(extra.map(|(row, _)| Pair::Extra(row.clone())));
    pairs
}

/// Rows whose order counts, place by place: the n-th predicted row is compared with the n-th true one. A row that is left
/// out moves all behind it, so that rows are laid beside each other where that makes more of them agree.
fn in_order(said: &[Row], is: &[Row]) -> Vec<Pair> {
    if said.len() == is.len() {
        let pair = |(said, row): (&Row, &Row)| {
            let place =
                (said != row).then(|| is.iter().position(|other| matches(said, other) == other.len())).flatten();
            let belongs = place.filter(|_| matches(said, row) < row.len()).map(|at| at + 1);
            Pair::Both { said: said.clone(), is: row.clone(), belongs }
        };
        return said.iter().zip(is).map(pair).collect();
    }
    align(said, is)
}

/// The alignment with the most agreeing cells, gaps where a row is missing or too many.
fn align(said: &[Row], is: &[Row]) -> Vec<Pair> {
    let mut best = vec![vec![0usize; is.len() + 1]; said.len() + 1];
    for s in (0..said.len()).rev() {
        for i in (0..is.len()).rev() {
            let both = matches(&said[s], &is[i]);
            let together = if both > 0 { both + best[s + 1][i + 1] } else { 0 };
            best[s][i] = together.max(best[s + 1][i]).max(best[s][i + 1]);
        }
    }
    let (mut s, mut i, mut pairs) = (0, 0, Vec::new());
    while s < said.len() || i < is.len() {
        let both = if s < said.len() && i < is.len() { matches(&said[s], &is[i]) } else { 0 };
        if both > 0 && best[s][i] == both + best[s + 1][i + 1] {
            pairs.push(Pair::Both { said: said[s].clone(), is: is[i].clone(), belongs: None });
            (s, i) = (s + 1, i + 1);
        } else if i < is.len() && (s == said.len() || best[s][i] == best[s][i + 1]) {
            pairs.push(Pair::Missing(is[i].clone()));
            i += 1;
        } else {
            pairs.push(Pair::Extra(said[s].clone()));
            s += 1;
        }
    }
    pairs
}

/// Whether two answers are the same: the same rows, in the same order if that counts.
#[must_use]
pub fn same(a: &[Row], b: &[Row], ordered: bool) -> bool {
    let columns = a.iter().chain(b).map(Vec::len).max().unwrap_or(0);
    a.len() == b.len() && Score::new(a, b, columns, ordered).is_full()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::content::Rows;

    fn check(said: &str, is: &str, ordered: bool, right: usize, cells: usize, expect: &str) {
        let (said, is) = (Rows::of_text(said).0, Rows::of_text(is).0);
        let columns = is.first().map_or(1, Vec::len);
        let score = Score::new(&said, &is, columns, ordered);
        let told = score.pairs.iter().map(|pair| match pair {
            Pair::Both { said, is, .. } if said == is => "=".to_string(),
            Pair::Both { said, is, belongs: None } => format!("{}~{}", said.join(","), is.join(",")),
            Pair::Both { said, belongs: Some(at), .. } => format!("{}@{at}", said.join(",")),
            Pair::Missing(row) => format!("+{}", row.join(",")),
            Pair::Extra(row) => format!("-{}", row.join(",")),
        });
        assert_eq!(told.collect::<Vec<_>>().join(" "), expect);
        assert_eq!((score.right, score.cells), (right, cells));
    }

    #[test]
    fn rows_in_any_order() {
        check("a 1\nb 2", "a 1\nb 2", false, 4, 4, "= =");
        check("b 2\na 1", "a 1\nb 2", false, 4, 4, "= =");
        check("a 2\nb 1", "a 1\nb 2", false, 2, 4, "a,2~a,1 b,1~b,2");
        check("a 1", "a 1\nb 2", false, 2, 4, "= +b,2");
        check("a 1\nc 3", "a 1", false, 2, 4, "= -c,3");
        check("x y", "a 1", false, 0, 4, "+a,1 -x,y");
        check("a", "a 1", false, 1, 2, "a~a,1");
        check("", "a", false, 0, 1, "+a");
    }

    #[test]
    fn rows_in_order() {
        check("a\nb\nc", "a\nb\nc", true, 3, 3, "= = =");
        check("b\na\nc", "a\nb\nc", true, 1, 3, "b@2 a@1 =");
        check("a\nc", "a\nb\nc", true, 2, 3, "= +b =");
        check("a\nx\nb\nc", "a\nb\nc", true, 3, 4, "= -x = =");
        check("x\nb", "a\nb", true, 1, 2, "x~a =");
    }

    #[test]
    fn small_differences_do_not_count() {
        check("Pod/Web-0 `www-web-0`", "web-0 www-web-0", false, 2, 2, "Pod/Web-0,`www-web-0`~web-0,www-web-0");
        check("web-0", "pod/web-0", false, 1, 1, "web-0~pod/web-0");
        assert!(same(&Rows::of_text("b\na").0, &Rows::of_text("a\nb").0, false));
        assert!(!same(&Rows::of_text("b\na").0, &Rows::of_text("a\nb").0, true));
        assert!(!same(&Rows::of_text("a").0, &Rows::of_text("a\nb").0, false));
    }
}
