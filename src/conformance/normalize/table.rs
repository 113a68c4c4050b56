//! A table as kubectl prints it: cut into cells at the columns of its header, treated cell by cell, laid out again.

use std::collections::BTreeSet;

use ::regex::Captures;

use super::super::regex::{regex, replace_where, stands_alone};
use super::strings::Norm;

regex! {
    AGE = r"(?:\d+[ydhms])+|<invalid>";
    REPEATED = r"<age> \(x\d+ over <age>\)";
    PARTLY_READY = r"^\d+/(\d+)$";
    RESTARTED = r"\((?:(?:\d+[ydhms])+|<age>) ago\)";
    MORE_ADDRESSES = r"(<ip:\S+) \+ (\d+) more\.\.\.";
    ADDRESSES = r"<ip:[^,\s]*?>(?::\d+)?(?:,<ip:[^,\s]*?>(?::\d+)?)+";
}

/// Replaces durations that stand alone.
pub(super) fn ages(text: &str) -> String {
    replace_where(&AGE, text, stands_alone, |_| "<age>".into()).into_owned()
}

/// Sorts lists of Pod addresses: their order is that of a hash map.
pub(super) fn sort_addresses(text: &str) -> String {
    let sorted = |found: &Captures<'_>| {
        let mut addresses: Vec<&str> = found[0].split(',').collect();
        addresses.sort_unstable();
        addresses.join(",")
    };
    if text.contains(',') && text.contains("<ip:") {
        ADDRESSES.replace_all(text, sorted).into_owned()
    } else {
        text.to_string()
    }
}

/// A table about to be laid out again.
pub(super) struct Table<'a> {
    pub(super) norm: &'a Norm,
    /// Where its columns begin, in characters.
    pub(super) columns: Vec<usize>,
    /// The blanks between two columns.
    pub(super) padding: usize,
    /// Whether it was read right after a change: then how many containers are Ready is a matter of timing.
    pub(super) unsettled: bool,
}

impl Table<'_> {
    /// The lines of the table, the first of them its header; none if all its rows are passing Events.
    pub(super) fn lay_out(&self, lines: &[&str]) -> Vec<String> {
        let mut rows: Vec<Vec<String>> = lines.iter().map(|line| self.cut(line)).collect();
        let header = rows[0].clone();
        for row in &mut rows[1..] {
            for (cell, column) in row.iter_mut().zip(&header) {
                *cell = self.cell(column, cell);
            }
        }
        let upper: Vec<String> = header.iter().map(|name| name.to_uppercase()).collect();
        let column = |name: &str| upper.iter().position(|column| column == name);
        if let (Some(reason), Some(message)) = (column("REASON"), column("MESSAGE")) {
            self.lasting_events(&mut rows, reason, message, column("OBJECT"));
            if rows.len() == 1 {
                return Vec::new();
            }
        } else if is_in_random_order(&header, &rows) {
            rows[1..].sort();
        }
        self.lines(&rows)
    }

    fn cut(&self, line: &str) -> Vec<String> {
        let chars: Vec<char> = line.chars().collect();
        let ends = self.columns.iter().skip(1).copied().chain([chars.len()]);
        let cell = |(start, end): (&usize, usize)| {
            let cell = chars.get(*start..end.clamp(*start, chars.len().max(*start))).unwrap_or_default();
            cell.iter().collect::<String>().trim_end().to_string()
        };
        self.columns.iter().zip(ends).map(cell).collect()
    }

    fn cell(&self, column: &str, cell: &str) -> String {
        let mut cell = self.norm.string(cell);
        match column {
            "AGE" | "LAST SEEN" | "FIRST SEEN" | "DURATION" | "Age" => {
                cell = REPEATED.replace_all(&ages(&cell), "<age>").into_owned();
            }
            "READY" if self.unsettled => cell = PARTLY_READY.replace(&cell, "<n>/$1").into_owned(),
            "OS-IMAGE" | "KERNEL-VERSION" => cell = "<os>".into(),
            "RESTARTS" => cell = RESTARTED.replace_all(&cell, "(<age> ago)").into_owned(),
            _ => {}
        }
        if cell.contains(',') && cell.contains("<ip:") {
            let counted =
                |found: &Captures<'_>| format!("<{} ips> + {} more...", found[1].matches("<ip:").count(), &found[2]);
            cell = sort_addresses(&MORE_ADDRESSES.replace_all(&cell, counted));
        }
        cell
    }

    /// Keeps each Event once, without those that only tell of a race.
    fn lasting_events(&self, rows: &mut Vec<Vec<String>>, reason: usize, message: usize, object: Option<usize>) {
        let of = |row: &[String]| object.map(|column| row[column].clone()).unwrap_or_default();
        let scheduled: BTreeSet<String> =
            rows[1..].iter().filter(|row| row[reason] == "Scheduled").map(|row| of(row)).collect();
        let passes = |row: &[String]| {
            row[reason] == "NoPods"
                || row[message].contains("the object has been modified")
                || row[reason] == "FailedScheduling" && scheduled.contains(&of(row))
                || self.norm.conflicts && row[reason] == "SuccessfulCreate" && row[message].starts_with("Create Pod")
        };
        let lasting: BTreeSet<Vec<String>> = rows.drain(1..).filter(|row| !passes(row)).collect();
        rows.extend(lasting);
    }

    fn lines(&self, rows: &[Vec<String>]) -> Vec<String> {
        let last = rows[0].len() - 1;
        let width = |column: usize| {
            let widest = rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default() + self.padding;
            if self.padding == 3 { widest.max(6) } else { widest }
        };
        let widths: Vec<usize> = (0..=last).map(width).collect();
        let line = |row: &Vec<String>| {
            let cells = row.iter().enumerate().map(|(column, cell)| match widths[column] {
                width if column < last => format!("{cell:width$}"),
                _ => cell.clone(),
            });
            cells.collect::<String>().trim_end().to_string()
        };
        rows.iter().map(line).collect()
    }
}

/// Whether the rows stand in the order of random names.
fn is_in_random_order(header: &[String], rows: &[Vec<String>]) -> bool {
    let named = |rows: &[Vec<String>], part: &str| rows.iter().any(|row| row[0].contains(part));
    header[0] == "NAME" && named(&rows[1..], "<uid:")
        || named(&rows[1..], "<nnn>")
        || header[0] == "NAME"
            && header.get(1).is_some_and(|column| column == "STATUS")
            && header.iter().any(|column| column == "ROLES")
            && (named(rows, "<node") || named(rows, "node-"))
}
