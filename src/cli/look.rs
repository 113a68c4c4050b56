//! The terminal: how wide it is, and whether it shows colours.

use super::desk::Desk;
use crate::view::style::{Look, allow_colors};

/// Columns below which tables are not squeezed.
const NARROWEST: usize = 60;

/// How standard output looks: 80 columns and no colours unless it is a terminal.
pub fn of_stdout(desk: &Desk<'_>) -> Look {
    let [_, terminal, _] = desk.room.terminals();
    let width = match terminal.then(terminal_size::terminal_size).flatten() {
        Some((width, _)) if !desk.cli.plain => usize::from(width.0).max(NARROWEST),
        _ => Look::PLAIN.width,
    };
    let look = Look { width, color: wants_color(desk, terminal) };
    allow_colors(look.color || of_stderr(desk));
    look
}

/// Whether standard error shows colours.
pub fn of_stderr(desk: &Desk<'_>) -> bool {
    wants_color(desk, desk.room.terminals()[2])
}

fn wants_color(desk: &Desk<'_>, terminal: bool) -> bool {
    let set = |name: &str| desk.room.var(name).is_some_and(|value| !value.is_empty());
    match desk.cli.color.as_str() {
        _ if desk.cli.plain => false,
        "always" => true,
        "never" => false,
        _ => terminal && !set("NO_COLOR") && desk.room.var("TERM").is_none_or(|term| term != "dumb"),
    }
}
