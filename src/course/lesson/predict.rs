//! A step in which the learner says what will come out, and how their answer is told from the truth.

use super::super::content::{Predict, Row, Rows, Step};
use super::play::{Flow, Player};
use super::score::{Pair, Score, same, same_cell};
use super::truth;
use crate::course::learner::Heard;
use crate::view::style::{Look, Tone};
use crate::view::words::count;

impl Player<'_> {
    pub(super) fn predict(&mut self, step: &Step, predict: &Predict) -> Result<Flow, String> {
        self.text(&predict.ask);
        self.gap();
        let row = predict.columns.join(", ");
        let how = match (predict.columns.len(), predict.ordered) {
            (1, true) => format!("Your prediction, in order: {row}. One a line, or all in one; an empty line ends."),
            (1, false) => format!("Your prediction: {row}. One a line, or all in one; an empty line ends."),
            (_, _) => format!("Your prediction, a row a line: {row}. An empty line ends."),
        };
        self.text(&format!("{how} (`hint`, `skip`, `help`)"));
        let said = match self.rows(step, predict)? {
            Said::Rows(rows) => Some(rows),
            Said::Skipped => None,
            Said::Left => return Ok(Flow::Leave),
        };
        self.gap();
        self.stage.refresh()?;
        let since = self.stage.mark().change;
        for line in &predict.run {
            self.run(&line.0);
        }
        let is = truth::rows(&mut *self.stage, &predict.truth, since)?;
        self.gap();
        self.judge(step, predict, said, &is)?;
        Ok(Flow::Next)
    }

    /// Hears the rows.
    fn rows(&mut self, step: &Step, predict: &Predict) -> Result<Said, String> {
        let width = predict.columns.len();
        let prompt = format!("{}> ", predict.columns.join(" "));
        let mut rows: Vec<Row> = Vec::new();
        loop {
            let Heard::Line(line) = self.learner.hear(&prompt) else { return Ok(Said::Left) };
            match line.trim().to_lowercase().as_str() {
                "" if rows.is_empty() => {
                    self.learner.say(
                        "Write down at least one row; `none` if you expect none. A guess is worth more than nothing.\n",
                    );
                }
                "" | "done" => return Ok(Said::Rows(rows)),
                "none" if rows.is_empty() => return Ok(Said::Rows(rows)),
                "hint" => self.hint(step)?,
                "skip" => return Ok(Said::Skipped),
                "quit" | "exit" | "q" => return Ok(Said::Left),
                "undo" => {
                    rows.pop();
                    self.learner.say(&format!("{} left.\n", count(rows.len(), "row")));
                }
                "help" | "?" => self.text(
                    "Write what you expect, then an empty line. `undo` takes the last row back, `none` says that there \
                     will be none, `hint` helps, `skip` shows what comes out, `quit` leaves.",
                ),
                _ => {
                    let cells: Row = Rows::of_text(&line).0.into_iter().flatten().collect();
                    if width == 1 {
                        rows.extend(cells.into_iter().map(|cell| vec![cell]));
                    } else if cells.len() > width {
                        let row = predict.columns.join(", ");
                        self.learner.say(&format!("A row has {width} cells ({row}); this one has {}.\n", cells.len()));
                    } else {
                        rows.push(cells);
                    }
                }
            }
        }
    }

    fn judge(&mut self, step: &Step, predict: &Predict, said: Option<Vec<Row>>, is: &[Row]) -> Result<(), String> {
        let look = self.learner.look();
        let Some(said) = said else {
            let rows = if is.is_empty() { "none\n".to_string() } else { lines(is) };
            self.learner.say(&format!("What came out:\n{rows}"));
            self.scored(0, 1);
            return self.mistaken(&predict.ask, "", &lines(is), step.explain.as_deref().unwrap_or_default());
        };
        let score = Score::new(&said, is, predict.columns.len(), predict.ordered);
        let page = table(&score, &predict.columns, look);
        self.learner.say(&page);
        if score.is_full() {
            self.verdict(true, "All right.");
            self.scored(1, 1);
            return Ok(());
        }
        self.gap();
        let known = predict.wrong.iter().find(|wrong| same(&wrong.answer.0, &said, predict.ordered));
        let because = known.map_or_else(|| general(&score), |wrong| wrong.because.clone());
        self.verdict(false, &format!("{} of {} cells are right.", score.right, score.cells));
        self.text(&because);
        self.scored(0, 1);
        let why = if known.is_some() { because.as_str() } else { step.explain.as_deref().unwrap_or_default() };
        self.mistaken(&predict.ask, &lines(&said), &lines(is), why)
    }
}

/// What was heard.
enum Said {
    Rows(Vec<Row>),
    Skipped,
    Left,
}

fn lines(rows: &[Row]) -> String {
    rows.iter().map(|row| format!("- `{}`\n", row.join(" "))).collect()
}

/// A prediction beside the truth: each cell with its mark, and what it is where it is wrong.
#[must_use]
pub fn table(score: &Score, columns: &[String], look: Look) -> String {
    let mut rows: Vec<Vec<(String, Tone)>> =
        vec![columns.iter().map(|name| (format!("  {}", name.to_uppercase()), Tone::Strong)).collect()];
    for pair in &score.pairs {
        rows.push(cells(pair, columns.len()));
    }
    let width = |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|(text, _)| text.chars().count()).max();
    let widths: Vec<usize> = (0..=columns.len()).map(|at| width(at).unwrap_or(0)).collect();
    let mut out = String::new();
    for row in &rows {
        let mut line = String::new();
        for ((text, tone), width) in row.iter().zip(&widths) {
            line.push_str(&look.paint(text, *tone));
            line.extend(std::iter::repeat_n(' ', width + 2 - text.chars().count()));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

fn cells(pair: &Pair, columns: usize) -> Vec<(String, Tone)> {
    let all = |row: &Row, mark: &str, tone: Tone, word: &str| {
        let cell = |at: usize| (format!("{mark} {}", row.get(at).map_or("", String::as_str)), tone);
        let mut cells: Vec<(String, Tone)> = (0..columns).map(cell).collect();
        cells.push((word.to_string(), tone));
        cells
    };
    match pair {
        Pair::Missing(row) => all(row, "✗", Tone::Bad, "missing in your answer"),
        Pair::Extra(row) => all(row, "✗", Tone::Bad, "not there"),
        Pair::Both { said, is, belongs } => {
            let cell = |at: usize| match (said.get(at), is.get(at)) {
                (said_cell, _) if same_cell(said, is, at) => {
                    (format!("✓ {}", said_cell.map_or("", String::as_str)), Tone::Good)
                }
                (Some(cell), Some(is)) => (format!("✗ {cell}, is {is}"), Tone::Bad),
                (Some(cell), None) => (format!("✗ {cell}, is nothing"), Tone::Bad),
                (None, is) => (format!("✗ not said, is {}", is.map_or("", String::as_str)), Tone::Bad),
            };
            let mut cells: Vec<(String, Tone)> = (0..columns).map(cell).collect();
            if let Some(at) = belongs {
                cells.push((format!("comes as number {at}"), Tone::Bad));
            }
            cells
        }
    }
}

/// What is told of an answer that nobody foresaw.
fn general(score: &Score) -> String {
    let name = |row: &Row| format!("`{}`", row.join(" "));
    let of =
        |pick: &dyn Fn(&Pair) -> Option<String>| score.pairs.iter().filter_map(pick).collect::<Vec<_>>().join(", ");
    let missing = of(&|pair| if let Pair::Missing(row) = pair { Some(name(row)) } else { None });
    let extra = of(&|pair| if let Pair::Extra(row) = pair { Some(name(row)) } else { None });
    let moved = of(&|pair| match pair {
        Pair::Both { said, belongs: Some(at), .. } => Some(format!("{} is number {at}", name(said))),
        _ => None,
    });
    let mut told = Vec::new();
    for (words, what) in [("Missing", missing), ("Not there", extra), ("In another place", moved)] {
        if !what.is_empty() {
            told.push(format!("{words}: {what}."));
        }
    }
    told.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(said: &str, is: &str, ordered: bool, expect: &str, told: &str) {
        let (said, is) = (Rows::of_text(said).0, Rows::of_text(is).0);
        let columns: Vec<String> = ["Pod", "Claim"].iter().take(is[0].len()).map(ToString::to_string).collect();
        let score = Score::new(&said, &is, columns.len(), ordered);
        assert_eq!(table(&score, &columns, Look::PLAIN), expect);
        assert_eq!(general(&score), told);
    }

    #[test]
    fn each_cell_has_its_mark_and_words() {
        let expect = "  POD      CLAIM\n✓ web-0  ✓ www-web-0\n✓ web-1  ✗ www-web-0, is www-web-1\n\
                      ✗ web-2  ✗ www-web-2                missing in your answer\n\
                      ✗ db-0   ✗ x                        not there\n";
        let (said, is) =
            ("web-0 www-web-0\nweb-1 www-web-0\ndb-0 x", "web-0 www-web-0\nweb-1 www-web-1\nweb-2 www-web-2");
        check(said, is, false, expect, "Missing: `web-2 www-web-2`. Not there: `db-0 x`.");
        let expect = "  POD\n✗ web-1, is web-0  comes as number 2\n✗ web-0, is web-1  comes as number 1\n✓ web-2\n";
        check(
            "web-1 \nweb-0\nweb-2",
            "web-0\nweb-1\nweb-2",
            true,
            expect,
            "In another place: `web-1` is number 2, `web-0` is number 1.",
        );
    }
}
