//! kubectl's table: the API server's columns, decorated and laid out
//! (S110; upstream `k8s.io/cli-runtime/pkg/printers/tableprinter.go`).

use serde_json::Value;

use super::tabwriter::TabWriter;
use super::value::{format_labels, text};
use crate::resource::Kind;

/// A column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name as the API server has it; headers show it in capitals.
    pub name: &'static str,
    /// Whether only `-o wide` shows it.
    pub wide: bool,
    /// Whether it holds the object's name, which gets the kind before it where several kinds are shown.
    pub is_name: bool,
}

/// A row: the cells of one object.
#[derive(Clone, Debug)]
pub struct Row<'a> {
    /// One cell for each column, wide ones too.
    pub cells: Vec<String>,
    /// The object.
    pub object: &'a Value,
}

/// Objects of one kind as the API server tabulates them.
#[derive(Clone, Debug)]
pub struct Table<'a> {
    /// The kind of all rows.
    pub kind: Kind,
    /// The columns, the same for all tables of a kind.
    pub columns: &'static [Column],
    /// One row for each object.
    pub rows: Vec<Row<'a>>,
}

/// What the flags of a command change in its tables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct TableOptions {
    /// `--no-headers`.
    pub no_headers: bool,
    /// `-o wide`.
    pub wide: bool,
    /// A first column `NAMESPACE` (`-A`, for namespaced kinds).
    pub with_namespace: bool,
    /// `statefulset.apps/web` instead of `web` (several kinds, or `--show-kind`).
    pub with_kind: bool,
    /// `-L`: labels with a column of their own.
    pub column_labels: Vec<String>,
    /// `--show-labels`: a last column of all labels.
    pub show_labels: bool,
}

/// Prints tables one after another; repeats the headers only when the columns change.
#[derive(Clone, Debug)]
pub struct TablePrinter {
    options: TableOptions,
    last_columns: &'static [Column],
    printed_headers: bool,
}

impl TablePrinter {
    /// A printer that has printed nothing yet.
    #[must_use]
    pub fn new(options: TableOptions) -> TablePrinter {
        TablePrinter { options, last_columns: &[], printed_headers: false }
    }

    /// Prints a table; `event` is the word before watched rows (`--output-watch-events`).
    pub fn print(&mut self, table: &Table, event: Option<&str>, out: &mut TabWriter) {
        if table.columns != self.last_columns {
            self.last_columns = table.columns;
            self.printed_headers = false;
        }
        if !self.options.no_headers && !self.printed_headers {
            if table.rows.is_empty() {
                return;
            }
            out.line_of(&self.headers(table, event.is_some()));
        }
        self.printed_headers |= !table.rows.is_empty();
        for row in &table.rows {
            out.line_of(&self.cells(table, row, event));
        }
    }

    fn shows(&self, column: &Column) -> bool {
        self.options.wide || !column.wide
    }

    fn headers(&self, table: &Table, with_event: bool) -> Vec<String> {
        let mut headers: Vec<String> = Vec::new();
        headers.extend(with_event.then(|| "EVENT".to_string()));
        headers.extend(self.options.with_namespace.then(|| "NAMESPACE".to_string()));
        headers.extend(table.columns.iter().filter(|c| self.shows(c)).map(|c| c.name.to_uppercase()));
        let last_segment = |label: &String| label.rsplit('/').next().unwrap_or("").to_uppercase();
        headers.extend(self.options.column_labels.iter().map(last_segment));
        headers.extend(self.options.show_labels.then(|| "LABELS".to_string()));
        headers
    }

    fn cells(&self, table: &Table, row: &Row, event: Option<&str>) -> Vec<String> {
        let mut cells: Vec<String> = Vec::new();
        cells.extend(event.map(event_cell));
        cells.extend(self.options.with_namespace.then(|| cell(text(row.object, "/metadata/namespace"))));
        for (column, value) in table.columns.iter().zip(&row.cells).filter(|(c, _)| self.shows(c)) {
            if column.is_name && self.options.with_kind {
                cells.push(cell(&format!("{}/{value}", table.kind.singular_with_group())));
            } else {
                cells.push(cell(value));
            }
        }
        for label in &self.options.column_labels {
            let labels = row.object.pointer("/metadata/labels");
            cells.push(cell(labels.and_then(|l| l.get(label)).and_then(Value::as_str).unwrap_or("")));
        }
        if self.options.show_labels {
            cells.push(cell(&format_labels(row.object, "/metadata/labels")));
        }
        cells
    }
}

fn event_cell(event: &str) -> String {
    format!("{event:<8}")
}

/// A cell is cut at its first line break and cannot steer the terminal.
fn cell(value: &str) -> String {
    let (shown, cut) = match value.find(['\x0c', '\n', '\r']) {
        Some(at) => (&value[..at], "..."),
        None => (value, ""),
    };
    escape_terminal(shown) + cut
}

/// Makes escape sequences visible (upstream `printers.EscapeTerminal`).
#[must_use]
pub fn escape_terminal(text: &str) -> String {
    text.replace('\x1b', "^[").replace('\r', "\\r")
}

#[cfg(test)]
mod tests;
