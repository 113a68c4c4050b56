//! A menu at a terminal: items are picked, marked or put into order with the keys, on standard error, and the menu is gone
//! again when that is done. What was picked is for others to show.

use std::fmt;

use dialoguer::theme::Theme;
use dialoguer::{MultiSelect, Select, Sort};

use crate::course::learner::{Menu, Pick};
use crate::view::style::{Look, Tone};

/// Rows of a screen that stay free.
const FREE: usize = 2;
/// Shows the cursor: dialoguer hides it, and an interrupted program could not bring it back.
const CURSOR: &str = "\x1b[?25h";

/// Picks items, counted from 0; none if somebody would rather type, or there is no room for a menu.
pub fn pick(menu: &Menu, look: Look) -> Option<Vec<usize>> {
    let keys = match menu.pick {
        Pick::One => "Arrows move, Enter picks",
        Pick::Many => "Arrows move, Space marks, Enter ends",
        Pick::Order => "Arrows move, Space takes an item and lets it go, Enter ends",
    };
    let other = if menu.other.is_empty() { String::new() } else { format!(" ({})", menu.other) };
    let head = look.wrap(&format!("{keys}; Esc to type{other}."), 0);
    // Columns in front of an item's text.
    let mark = if menu.pick == Pick::One { "> 1) ".len() } else { "> [x] ".len() };
    let narrow = Look { width: look.width.saturating_sub(mark), ..look };
    let wrapped = |item: &String| narrow.wrap(item, 0).replace('\n', &format!("\n{:mark$}", ""));
    let drawn = Drawn { items: menu.items.iter().map(wrapped).collect(), look };
    let height = drawn.items.iter().chain([&head]).map(|item| item.lines().count()).sum::<usize>();
    let (_, rows) = terminal_size::terminal_size_of(std::io::stderr())?;
    if height + FREE > usize::from(rows.0) {
        return None;
    }
    let places = 0..drawn.items.len();
    // An interrupted or closed terminal is for who reads the line that is asked for then.
    match menu.pick {
        Pick::One => {
            let select = Select::with_theme(&drawn).with_prompt(head).report(false).default(0).items(places);
            select.interact_opt().ok().flatten().map(|at| vec![at])
        }
        Pick::Many => marked(&drawn, &head),
        Pick::Order => {
            Sort::with_theme(&drawn).with_prompt(head).report(false).items(places).interact_opt().ok().flatten()
        }
    }
}

/// The items that were marked. Nothing marked is more likely a key too early than an answer.
fn marked(drawn: &Drawn, head: &str) -> Option<Vec<usize>> {
    let mut head = head.to_string();
    loop {
        let select = MultiSelect::with_theme(drawn).with_prompt(head.as_str()).report(false);
        let picked = select.items(0..drawn.items.len()).interact_opt().ok().flatten()?;
        if !picked.is_empty() {
            return Some(picked);
        }
        head = drawn.look.wrap("Nothing is marked: Space marks, Enter ends; Esc to type (none, hint, skip, quit).", 0);
    }
}

/// How a menu is drawn. To dialoguer an item is its place, so that it counts no columns of lines that are broken here.
struct Drawn {
    items: Vec<String>,
    look: Look,
}

impl Drawn {
    fn item(&self, f: &mut dyn fmt::Write, place: &str, mark: &str, active: bool) -> fmt::Result {
        let text = place.parse::<usize>().ok().and_then(|at| self.items.get(at)).map_or(place, String::as_str);
        let tone = if active { Tone::Strong } else { Tone::Plain };
        let lead = if active { ">" } else { " " };
        let text = text.split('\n').map(|line| self.look.paint(line, tone)).collect::<Vec<_>>().join("\n");
        write!(f, "{CURSOR}{lead} {mark} {text}")
    }
}

impl Theme for Drawn {
    fn format_prompt(&self, f: &mut dyn fmt::Write, prompt: &str) -> fmt::Result {
        let lines: Vec<String> = prompt.split('\n').map(|line| self.look.paint(line, Tone::Faint)).collect();
        f.write_str(&lines.join("\n"))
    }

    fn format_select_prompt_item(&self, f: &mut dyn fmt::Write, place: &str, active: bool) -> fmt::Result {
        let number = place.parse::<usize>().map_or(0, |at| at + 1);
        self.item(f, place, &format!("{number})"), active)
    }

    fn format_multi_select_prompt_item(
        &self,
        f: &mut dyn fmt::Write,
        place: &str,
        checked: bool,
        active: bool,
    ) -> fmt::Result {
        self.item(f, place, if checked { "[x]" } else { "[ ]" }, active)
    }

    fn format_sort_prompt_item(&self, f: &mut dyn fmt::Write, place: &str, picked: bool, active: bool) -> fmt::Result {
        self.item(f, place, if picked && active { "<->" } else { "   " }, active)
    }
}
