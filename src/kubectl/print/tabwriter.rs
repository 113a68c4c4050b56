//! Text in columns: cells ended by tabs, padded to the widest of their column (S110).
//!
//! Follows the rules of Go's `text/tabwriter`: a column is a run of consecutive lines that have a tab-terminated cell
//! there, the last cell of a line is never padded, and a line without tabs ends all columns. kubectl's tables also
//! remember widths from one flush to the next, so that watched rows keep their place.

/// Collects text and lays it out when flushed.
#[derive(Clone, Debug)]
pub struct TabWriter {
    min_width: usize,
    padding: usize,
    remember: bool,
    remembered: Vec<usize>,
    lines: Vec<Vec<String>>,
    out: String,
}

impl TabWriter {
    /// A writer with these widths; widths are forgotten at each flush.
    #[must_use]
    pub fn new(min_width: usize, padding: usize) -> TabWriter {
        TabWriter {
            min_width,
            padding,
            remember: false,
            remembered: Vec::new(),
            lines: vec![vec![String::new()]],
            out: String::new(),
        }
    }

    /// The writer of kubectl's tables: at least 6 wide, 3 apart, widths remembered (`printers.GetNewTabWriter`).
    #[must_use]
    pub fn for_tables() -> TabWriter {
        TabWriter { remember: true, ..TabWriter::new(6, 3) }
    }

    /// Adds text; tabs end cells, newlines end lines, form feeds end lines and columns.
    pub fn write(&mut self, text: &str) {
        let mut rest = text;
        while let Some(at) = rest.find(['\t', '\x0b', '\n', '\x0c']) {
            let end = rest.as_bytes()[at];
            self.cell().push_str(&rest[..at]);
            rest = &rest[at + 1..];
            if matches!(end, b'\t' | b'\x0b') {
                self.line().push(String::new());
                continue;
            }
            let alone = self.line().len() == 1;
            self.lines.push(vec![String::new()]);
            if alone || end == b'\x0c' {
                self.format_all();
            }
        }
        self.cell().push_str(rest);
    }

    /// Adds one line of cells.
    pub fn line_of<S: AsRef<str>>(&mut self, cells: &[S]) {
        for (index, cell) in cells.iter().enumerate() {
            if index > 0 {
                self.write("\t");
            }
            self.write(cell.as_ref());
        }
        self.write("\n");
    }

    /// Ends all columns and hands out everything laid out since the last flush.
    pub fn flush(&mut self) -> String {
        self.format_all();
        std::mem::take(&mut self.out)
    }

    /// Forgets the widths remembered from earlier flushes.
    pub fn forget_widths(&mut self) {
        self.remembered.clear();
    }

    fn line(&mut self) -> &mut Vec<String> {
        if self.lines.is_empty() {
            self.lines.push(Vec::new());
        }
        let last = self.lines.len() - 1;
        &mut self.lines[last]
    }

    fn cell(&mut self) -> &mut String {
        let line = self.line();
        if line.is_empty() {
            line.push(String::new());
        }
        let last = line.len() - 1;
        &mut line[last]
    }

    fn format_all(&mut self) {
        let lines = std::mem::replace(&mut self.lines, vec![vec![String::new()]]);
        let mut widths = Vec::new();
        self.format(&lines, &mut widths, true);
    }

    fn format(&mut self, lines: &[Vec<String>], widths: &mut Vec<usize>, to_the_end: bool) {
        let column = widths.len();
        let in_column = |line: &Vec<String>| column + 1 < line.len();
        let mut at = 0;
        while at < lines.len() {
            if !in_column(&lines[at]) {
                self.write_line(&lines[at], widths, !(to_the_end && at + 1 == lines.len()));
                at += 1;
                continue;
            }
            let end = lines[at..].iter().position(|l| !in_column(l)).map_or(lines.len(), |n| at + n);
            let widest = lines[at..end].iter().map(|l| l[column].chars().count() + self.padding).max().unwrap_or(0);
            let width = self.remembered_width(widths, widest.max(self.min_width));
            widths.push(width);
            self.format(&lines[at..end], widths, to_the_end && end == lines.len());
            widths.pop();
            at = end;
        }
    }

    fn remembered_width(&mut self, widths: &[usize], width: usize) -> usize {
        if !self.remember {
            return width;
        }
        let known = self.remembered.len();
        if known < widths.len() {
            self.remembered.extend_from_slice(&widths[known..]);
        }
        if known <= widths.len() {
            self.remembered.push(width);
        }
        let before = &mut self.remembered[widths.len()];
        *before = width.max(*before);
        *before
    }

    fn write_line(&mut self, line: &[String], widths: &[usize], newline: bool) {
        for (index, cell) in line.iter().enumerate() {
            self.out.push_str(cell);
            if let Some(width) = widths.get(index) {
                let blanks = width.saturating_sub(cell.chars().count());
                self.out.extend(std::iter::repeat_n(' ', blanks));
            }
        }
        if newline {
            self.out.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expect: &str) {
        let mut writer = TabWriter::for_tables();
        writer.write(input);
        assert_eq!(writer.flush(), expect, "{input:?}");
    }

    #[test]
    fn s110_layout() {
        check("", "");
        check("a\n", "a\n");
        check("NAME\tAGE\nweb\t1s\n", "NAME   AGE\nweb    1s\n");
        check("A\tB\tC\n1\t\t3\n", "A     B     C\n1           3\n");
        check("NAME\tX\nlonger-name\t1\nn\t2\n", "NAME          X\nlonger-name   1\nn             2\n");
        check("é\tx\nab\ty\n", "é     x\nab    y\n");
        check("half\ta", "half   a");
    }

    #[test]
    fn a_column_is_a_run_of_lines() {
        check("aaaaaa\tb\nalone\nc\td\n", "aaaaaa   b\nalone\nc        d\n");
        check("a\tb\tc\nlong-a\tb\n", "a        b     c\nlong-a   b\n");
        check("a\tb\t\n", "a     b     \n");
    }

    #[test]
    fn widths_are_remembered_until_forgotten() {
        let mut writer = TabWriter::for_tables();
        writer.write("long-name\tx\n");
        assert_eq!(writer.flush(), "long-name   x\n");
        writer.write("n\tx\n");
        assert_eq!(writer.flush(), "n           x\n");
        writer.forget_widths();
        writer.write("n\tx\n");
        assert_eq!(writer.flush(), "n     x\n");
    }

    #[test]
    fn describe_uses_other_widths() {
        let mut writer = TabWriter::new(0, 2);
        writer.write("Name:\tweb\nNamespace:\tdefault\n");
        assert_eq!(writer.flush(), "Name:       web\nNamespace:  default\n");
    }
}
