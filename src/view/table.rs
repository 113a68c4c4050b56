//! Tables of the lab's own: columns that fit the width they are given, a meaning for each cell, long ones folded in the
//! middle. The text is made by `comfy-table`, which nothing outside this file knows.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table as Drawn, Width, presets};
use serde_json::{Map, Value};

use super::style::{Look, Tone};

/// Columns from which wide columns are shown.
pub const WIDE: usize = 120;
/// Characters that a column of sentences has at least.
const SENTENCE: usize = 20;
/// How far in a sentence stands that has a line of its own.
const BELOW: usize = 4;
/// Where a tone begins and ends inside a cell: characters without a width.
const MARKS: [(char, Tone); 5] = [
    ('\u{2061}', Tone::Good),
    ('\u{2062}', Tone::Waiting),
    ('\u{2063}', Tone::Bad),
    ('\u{2064}', Tone::Strong),
    ('\u{206a}', Tone::Faint),
];
const END: char = '\u{2060}';

/// A cell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// Its text.
    pub text: String,
    /// What it means.
    pub tone: Tone,
}

impl Cell {
    /// A cell that means something.
    pub fn new(text: impl Into<String>, tone: Tone) -> Cell {
        Cell { text: text.into(), tone }
    }

    fn marked(&self) -> String {
        let Some((mark, _)) = MARKS.iter().find(|(_, tone)| *tone == self.tone) else { return self.text.clone() };
        let words: Vec<String> = self.text.split(' ').map(|word| format!("{mark}{word}{END}")).collect();
        words.join(" ")
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Cell {
        Cell::new(text, Tone::Plain)
    }
}

/// How a column behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    /// Words that are never broken.
    Words,
    /// Numbers, to the right.
    Number,
    /// Sentences, broken where the width ends.
    Sentences,
    /// Words that only a wide table shows.
    Wide,
    /// Words that go, the rightmost first, if the table gets too wide otherwise.
    Optional,
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    columns: Vec<(&'static str, Sort)>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table with these columns. A name that begins with `+` is a column of wide tables, one with `?` is left out
    /// where there is no room, one with `#` holds numbers, one with `~` sentences.
    #[must_use]
    pub fn new(columns: &[&'static str]) -> Table {
        let column = |name: &&'static str| match name.as_bytes().first() {
            Some(b'+') => (&name[1..], Sort::Wide),
            Some(b'?') => (&name[1..], Sort::Optional),
            Some(b'#') => (&name[1..], Sort::Number),
            Some(b'~') => (&name[1..], Sort::Sentences),
            _ => (*name, Sort::Words),
        };
        Table { columns: columns.iter().map(column).collect(), rows: Vec::new() }
    }

    /// Adds a row; it has a cell for each column, the wide ones too.
    pub fn row<const N: usize>(&mut self, cells: [Cell; N]) {
        debug_assert_eq!(N, self.columns.len());
        self.rows.push(cells.into());
    }

    /// Adds a row of as many cells as there are columns.
    pub fn push(&mut self, cells: Vec<Cell>) {
        debug_assert_eq!(cells.len(), self.columns.len());
        self.rows.push(cells);
    }

    /// Shows that rows are left out before the one of this index.
    pub fn gap(&mut self, at: usize) {
        let cell = |index: usize| if index == 0 { "…".into() } else { Cell::default() };
        self.rows.insert(at.min(self.rows.len()), (0..self.columns.len()).map(cell).collect());
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Drops columns in which every row says nothing.
    #[must_use]
    pub fn without_empty_columns(mut self) -> Table {
        let empty = |at: usize| self.rows.iter().all(|row| row.get(at).is_none_or(|cell| cell.text.is_empty()));
        let keep: Vec<bool> = (0..self.columns.len()).map(|at| !empty(at)).collect();
        let mut kept = keep.iter();
        self.columns.retain(|_| *kept.next().unwrap_or(&true));
        for row in &mut self.rows {
            let mut kept = keep.iter();
            row.retain(|_| *kept.next().unwrap_or(&true));
        }
        self
    }

    /// The rows as JSON objects whose keys are the column names in lower case.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let row = |row: &Vec<Cell>| {
            let cells = self.columns.iter().zip(row);
            cells.map(|((name, _), cell)| (name.to_lowercase(), Value::from(cell.text.as_str()))).collect::<Map<_, _>>()
        };
        self.rows.iter().map(|r| Value::from(row(r))).collect()
    }

    /// The table as text; every line ends with a newline and none with a space.
    #[must_use]
    pub fn render(&self, look: Look) -> String {
        let shown = self.shown(look);
        if let Some(last) = self.too_wide_beside(&shown, look) {
            return self.with_sentences_below(last, look);
        }
        let mut drawn = Drawn::new();
        drawn.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        drawn.set_width(u16::try_from(look.width).unwrap_or(u16::MAX));
        drawn.set_header(shown.iter().map(|at| Cell::new(self.columns[*at].0, Tone::Strong).marked()));
        for row in &self.rows {
            drawn.add_row(shown.iter().map(|at| row.get(*at).map(Cell::marked).unwrap_or_default()));
        }
        self.constrain(&mut drawn, &shown);
        let mut out = String::new();
        for line in drawn.lines() {
            out.push_str(unmark(line.trim_end(), look).trim_end());
            out.push('\n');
        }
        out
    }

    /// The last column, if it holds sentences, the only ones, for which there is no room beside the others.
    fn too_wide_beside(&self, shown: &[usize], look: Look) -> Option<usize> {
        let last = *shown.last()?;
        let sentences = |at: &&usize| self.columns[**at].1 == Sort::Sentences;
        let alone = shown.len() > 1 && shown.iter().filter(sentences).count() == 1;
        let needed: usize = shown.iter().map(|at| self.needs(*at) + 2).sum();
        (alone && sentences(&&last) && needed > look.width + 2).then_some(last)
    }

    /// The table without this last column; its sentences stand below the rows they are about.
    fn with_sentences_below(&self, last: usize, look: Look) -> String {
        let without = |row: &[Cell]| row.iter().take(last).cloned().collect();
        let table =
            Table { columns: self.columns[..last].to_vec(), rows: self.rows.iter().map(|row| without(row)).collect() };
        let text = table.render(look);
        let mut lines = text.lines();
        let mut out = format!("{}\n", lines.next().unwrap_or_default());
        for (line, row) in lines.zip(&self.rows) {
            out.extend([line, "\n"]);
            let Some(cell) = row.get(last).filter(|cell| !cell.text.is_empty()) else { continue };
            let narrow = Look { width: look.width.saturating_sub(BELOW), ..look };
            for line in narrow.wrap(&cell.text, 0).lines() {
                out.push_str(&format!("{:BELOW$}{}\n", "", look.paint(line, cell.tone)));
            }
        }
        out
    }

    /// Characters that a column needs at least: sentences may be broken, but not into crumbs.
    fn needs(&self, at: usize) -> usize {
        let cells = || self.rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.text.as_str());
        let widest = cells().map(|text| text.chars().count()).max().unwrap_or(0);
        let least = match self.columns[at].1 {
            Sort::Sentences => {
                let words = cells().flat_map(|text| text.split(' ')).map(|word| word.chars().count());
                words.max().unwrap_or(0).max(SENTENCE.min(widest))
            }
            _ => widest,
        };
        least.max(self.columns[at].0.len())
    }

    /// The columns that there is room for.
    fn shown(&self, look: Look) -> Vec<usize> {
        let wide = look.width >= WIDE;
        let mut shown: Vec<usize> =
            (0..self.columns.len()).filter(|at| wide || self.columns[*at].1 != Sort::Wide).collect();
        let width = |at: &usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(*at));
            let longest = |text: &str| match self.columns[*at].1 {
                Sort::Sentences => text.split(' ').map(|word| word.chars().count()).max().unwrap_or(0),
                _ => text.chars().count(),
            };
            cells.map(|cell| longest(&cell.text)).chain([self.columns[*at].0.len()]).max().unwrap_or(0) + 2
        };
        while shown.iter().map(width).sum::<usize>() > look.width + 2 {
            let Some(last) = shown.iter().rposition(|at| self.columns[*at].1 == Sort::Optional) else { break };
            shown.remove(last);
        }
        shown
    }

    /// Words keep their width and are never broken, even if the table gets too wide then: a name that is cut cannot be
    /// copied. Sentences share what is left.
    fn constrain(&self, drawn: &mut Drawn, shown: &[usize]) {
        for (column, at) in drawn.column_iter_mut().zip(shown) {
            column.set_padding((0, 2));
            let sort = self.columns[*at].1;
            if sort == Sort::Number {
                column.set_cell_alignment(CellAlignment::Right);
            }
            if sort != Sort::Sentences {
                column.set_constraint(ColumnConstraint::ContentWidth);
                continue;
            }
            let least = Width::Fixed(u16::try_from(self.needs(*at) + 2).unwrap_or(u16::MAX));
            column.set_constraint(ColumnConstraint::LowerBoundary(least));
        }
    }
}

/// Puts colours where the marks are.
fn unmark(line: &str, look: Look) -> String {
    let (mut out, mut word, mut tone) = (String::new(), String::new(), Tone::Plain);
    for c in line.chars() {
        if let Some((_, marked)) = MARKS.iter().find(|(mark, _)| *mark == c) {
            out.push_str(&std::mem::take(&mut word));
            tone = *marked;
        } else if c == END {
            out.push_str(&look.paint(&std::mem::take(&mut word), tone));
            tone = Tone::Plain;
        } else {
            word.push(c);
        }
    }
    out + &look.paint(&word, tone)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Table {
        let mut table = Table::new(&["NAME", "STATUS", "+NODE", "~WHY"]);
        let why = "waited until web-0 was Running and Ready, which took the time of a probe";
        table.row(["web-0".into(), Cell::new("Running", Tone::Good), "node-0".into(), "".into()]);
        table.row(["web-1".into(), Cell::new("Pending", Tone::Waiting), "".into(), why.into()]);
        table
    }

    #[test]
    fn narrow_tables_break_sentences_only() {
        let text = sample().render(Look { width: 60, color: false });
        let expect = "NAME   STATUS   WHY\nweb-0  Running\nweb-1  Pending  waited until web-0 was Running and Ready,\n\
                      \x20               which took the time of a probe\n";
        assert_eq!(text, expect);
        assert!(text.lines().all(|line| line.chars().count() <= 60));
    }

    /// A long name in a sentence is not cut, nor does it make the table too wide.
    #[test]
    fn sentences_without_room_stand_below() {
        let mut table = Table::new(&["NAME", "RESULT", "~WHY"]);
        table.row(["web-0.nginx".into(), "NXDOMAIN".into(), "it is only 10-244-0-1.nginx.default, while Ready".into()]);
        table.row(["web-1.nginx".into(), "answered".into(), "".into()]);
        let text = table.render(Look { width: 40, color: false });
        let expect = "NAME         RESULT\nweb-0.nginx  NXDOMAIN\n    it is only 10-244-0-1.nginx.default,\n    \
                      while Ready\nweb-1.nginx  answered\n";
        assert_eq!(text, expect);
    }

    #[test]
    fn optional_columns_make_room() {
        let mut table = Table::new(&["NAME", "?NODE", "?ZONE", "IP"]);
        table.row(["web-0".into(), "node-0".into(), "zone-a".into(), "10.244.0.1".into()]);
        let header = |width: usize| table.render(Look { width, color: false }).lines().next().unwrap_or("").to_string();
        assert_eq!(header(40), "NAME   NODE    ZONE    IP");
        assert_eq!(header(30), "NAME   NODE    IP");
        assert_eq!(header(20), "NAME   IP");
    }

    #[test]
    fn wide_tables_show_more() {
        assert!(sample().render(Look { width: 130, color: false }).starts_with("NAME   STATUS   NODE    WHY\n"));
    }

    #[test]
    fn colors_do_not_move_columns() {
        super::super::style::allow_colors(true);
        let plain = sample().render(Look { width: 60, color: false });
        let colored = sample().render(Look { width: 60, color: true });
        assert!(colored.contains("\u{1b}[32mRunning\u{1b}[0m") && colored.contains("\u{1b}[1mNAME\u{1b}[0m"));
        let bare = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap().replace_all(&colored, "").into_owned();
        assert_eq!(bare, plain);
    }

    #[test]
    fn rows_as_json_and_empty_columns() {
        let table = sample();
        assert_eq!(table.to_json()[1]["status"], "Pending");
        let mut none = Table::new(&["NAME", "GONE"]);
        none.row(["a".into(), "".into()]);
        assert_eq!(none.without_empty_columns().render(Look::PLAIN), "NAME\na\n");
    }
}
