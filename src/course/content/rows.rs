//! Answers as rows of cells: what a learner predicts, and what came out. A cell may be written as any scalar.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, SeqAccess, Visitor};

/// One row.
pub type Row = Vec<String>;

/// Rows of cells. A row of one cell may be written without its brackets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows(pub Vec<Row>);

impl Rows {
    /// Rows from text: a row for each line that says something, its cells parted by white space, commas or bars.
    #[must_use]
    pub fn of_text(text: &str) -> Rows {
        let cells = |line: &str| -> Row {
            let cells = line.split(|c: char| c.is_whitespace() || c == ',' || c == '|');
            cells.filter(|cell| !cell.is_empty()).map(ToString::to_string).collect()
        };
        Rows(text.lines().map(cells).filter(|row| !row.is_empty()).collect())
    }
}

impl<'de> Deserialize<'de> for Rows {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Rows, D::Error> {
        let rows: Vec<OneRow> = Vec::deserialize(deserializer)?;
        Ok(Rows(rows.into_iter().map(|row| row.0).collect()))
    }
}

struct OneRow(Row);

impl<'de> Deserialize<'de> for OneRow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<OneRow, D::Error> {
        deserializer.deserialize_any(RowVisitor).map(OneRow)
    }
}

struct RowVisitor;

impl<'de> Visitor<'de> for RowVisitor {
    type Value = Row;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row: a list of cells, such as [web-0, www-web-0]")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Row, A::Error> {
        let mut row = Vec::new();
        while let Some(Cell(cell)) = seq.next_element()? {
            row.push(cell);
        }
        Ok(row)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Row, E> {
        Ok(vec![text.to_string()])
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Row, E> {
        Ok(vec![value.to_string()])
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Row, E> {
        Ok(vec![value.to_string()])
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Row, E> {
        Ok(vec![value.to_string()])
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Row, E> {
        Ok(vec![value.to_string()])
    }
}

/// A scalar as its text.
struct Cell(String);

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Cell, D::Error> {
        let mut row = deserializer.deserialize_any(RowVisitor)?;
        match row.pop() {
            Some(cell) if row.is_empty() => Ok(Cell(cell)),
            _ => Err(de::Error::custom("a cell is one word, not a list")),
        }
    }
}
