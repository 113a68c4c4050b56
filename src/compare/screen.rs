//! The comparison and the tables as people and programs read them.

use serde_json::{Map, Value, json};

use super::{Matrix, Row, Setup};
use crate::view::section::Section;
use crate::view::style::{Look, Tone};
use crate::view::table::Table;

/// Column names of the controllers, as the table wants them.
fn column(setup: &Setup) -> &'static str {
    match setup.controller.kind() {
        "Pod" => "~POD",
        "Deployment" => "~DEPLOYMENT",
        "StatefulSet" => "~STATEFULSET",
        _ => "~DAEMONSET",
    }
}

/// The comparison as a table.
#[must_use]
pub fn rows(setups: &[Setup], rows: &[Row]) -> Section {
    let first = setups.first();
    let about = first.map_or(String::new(), |setup| {
        let storage = match &setup.storage.class {
            Some(class) => format!("storage {} (class {class}, {})", setup.storage.word, setup.storage.mode),
            None => "no claims".into(),
        };
        format!(
            "The same workload, {} Pods on {} nodes, profile {}, {storage}: each on a cluster of its own, measured there.",
            setup.replicas, setup.nodes, setup.storage.profile
        )
    });
    let columns: Vec<&'static str> = std::iter::once("").chain(setups.iter().map(column)).collect();
    let mut section = Section::new("COMPARE", about, &columns);
    for row in rows {
        let cells = row.cells.iter().map(|measured| measured.cell.clone());
        section.table.push(std::iter::once(row.what.into()).chain(cells).collect());
    }
    section
}

/// The commands behind each cell of the comparison.
#[must_use]
pub fn row_proofs(setups: &[Setup], rows: &[Row], look: Look) -> String {
    let mut out = String::new();
    for row in rows {
        for (setup, measured) in setups.iter().zip(&row.cells) {
            out += &format!("\n{}\n", look.paint(&format!("{}, {}", row.what, setup.controller.kind()), Tone::Strong));
            out += &measured.proof.commands.iter().map(|line| format!("  {line}\n")).collect::<String>();
        }
    }
    out
}

/// The comparison as JSON.
#[must_use]
pub fn rows_json(setups: &[Setup], rows: &[Row]) -> Value {
    let setup = |setup: &Setup| {
        json!({"controller": setup.controller.kind(), "storage": setup.storage.word, "class": setup.storage.class,
            "accessMode": setup.storage.mode, "profile": setup.storage.profile, "replicas": setup.replicas,
            "nodes": setup.nodes})
    };
    let row = |row: &Row| {
        let cells = setups.iter().zip(&row.cells).map(|(setup, measured)| {
            let cell = json!({"is": measured.cell.text, "proof": measured.proof.commands});
            (setup.controller.kind().to_string(), cell)
        });
        json!({"what": row.what, "cells": cells.collect::<Map<String, Value>>()})
    };
    json!({"setups": setups.iter().map(setup).collect::<Vec<_>>(), "rows": rows.iter().map(row).collect::<Vec<_>>()})
}

/// A table of the notes.
#[must_use]
pub fn matrix(matrix: &Matrix) -> Section {
    let mut section = Section::new(matrix.title, matrix.about, matrix.columns);
    let mut told: Vec<&str> = Vec::new();
    for row in &matrix.rows {
        let mut cells = row.cells.clone();
        if let Some(difference) = &row.difference {
            if !told.contains(&difference.as_str()) {
                told.push(difference);
                section.notes.push(format!("[{}] {difference}", told.len()));
            }
            let number = told.iter().position(|other| other == difference).unwrap_or_default() + 1;
            if let Some(last) = cells.last_mut() {
                last.text += &format!(" [{number}]");
                last.tone = Tone::Waiting;
            }
        }
        section.table.push(cells);
    }
    section
}

/// The commands behind each row of a table.
#[must_use]
pub fn matrix_proofs(matrix: &Matrix, look: Look) -> String {
    let mut out = String::new();
    for row in &matrix.rows {
        let words: Vec<&str> = row.cells.iter().take(matrix.keys).map(|cell| cell.text.as_str()).collect();
        out += &format!("\n{}\n", look.paint(words.join(", ").trim_end_matches(", "), Tone::Strong));
        out += &row.proof.commands.iter().map(|line| format!("  {line}\n")).collect::<String>();
    }
    out
}

/// A table of the notes as JSON.
#[must_use]
pub fn matrix_json(matrix: &Matrix) -> Value {
    let mut table = Table::new(matrix.columns);
    for row in &matrix.rows {
        table.push(row.cells.clone());
    }
    let mut rows = table.to_json();
    for (value, row) in rows.as_array_mut().into_iter().flatten().zip(&matrix.rows) {
        value["difference"] = row.difference.clone().into();
        value["proof"] = row.proof.commands.clone().into();
    }
    json!({"about": matrix.about, "rows": rows})
}
