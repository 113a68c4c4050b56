//! The terminal: how wide it is, whether it shows colours; and writing to it.

use std::io::{IsTerminal, Write};

use super::args::Cli;
use crate::view::style::{Look, allow_colors};

/// Columns below which tables are not squeezed.
const NARROWEST: usize = 60;

/// How standard output looks: 80 columns and no colours unless it is a terminal.
pub fn of_stdout(cli: &Cli) -> Look {
    let terminal = std::io::stdout().is_terminal();
    let width = match terminal_size::terminal_size() {
        Some((width, _)) if terminal && !cli.plain => usize::from(width.0).max(NARROWEST),
        _ => Look::PLAIN.width,
    };
    let look = Look { width, color: wants_color(cli, terminal) };
    allow_colors(look.color || of_stderr(cli));
    look
}

/// Whether standard error shows colours.
pub fn of_stderr(cli: &Cli) -> bool {
    wants_color(cli, std::io::stderr().is_terminal())
}

fn wants_color(cli: &Cli, terminal: bool) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    match cli.color.as_str() {
        _ if cli.plain => false,
        "always" => true,
        "never" => false,
        _ => terminal && !set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb"),
    }
}

/// Whether somebody sits there: both ends are a terminal.
pub fn is_terminal() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

/// Writes results. A reader that went away (`| head`) is no failure of the command.
pub fn out(text: &str) {
    let mut stdout = std::io::stdout().lock();
    let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
}

/// Writes a notice.
pub fn note(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
