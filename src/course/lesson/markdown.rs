//! The Markdown of lessons as text for a terminal: paragraphs, `code`, bold, lists, quotes, fenced code and tables, at
//! most 76 columns wide, readable without colour. Everything else is shown as the text that it is.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use crate::view::style::{Look, Tone};

/// Columns of running text, however wide the terminal is: longer lines are hard to read.
const WIDEST: usize = 76;
/// Code of at most so many characters is not broken.
const UNBROKEN: usize = 44;
/// A blank inside code that is not broken.
const HARD: char = '\u{a0}';
/// What stands before each line of a quote.
const MARGIN: &str = "│ ";

type Letters = Vec<(char, Tone)>;

/// The text as a terminal shows it; it ends with a newline, unless it is empty.
#[must_use]
pub fn render(text: &str, look: Look) -> String {
    let mut page = Page::new(look);
    for event in parser(text) {
        page.event(event);
    }
    page.flush();
    page.out
}

/// The lines of the fenced blocks that are marked `shell`, without prompts and comments; a line that ends with `\` goes on.
#[must_use]
pub fn shell_lines(text: &str) -> Vec<String> {
    let (mut lines, mut inside) = (Vec::new(), false);
    for event in parser(text) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => inside = matches!(&*info, "shell" | "sh"),
            Event::End(TagEnd::CodeBlock) => inside = false,
            Event::Text(code) if inside => {
                let code = code.replace("\\\n", " ");
                let line = |line: &str| line.trim().trim_start_matches("$ ").to_string();
                lines.extend(code.lines().map(line).filter(|line| !line.is_empty() && !line.starts_with('#')));
            }
            _ => {}
        }
    }
    lines
}

/// The pieces of inline code.
#[must_use]
pub fn code(text: &str) -> Vec<String> {
    let inline = |event| match event {
        Event::Code(code) => Some(code.to_string()),
        _ => None,
    };
    parser(text).filter_map(inline).collect()
}

/// The text in one line, without marks.
#[must_use]
pub fn one_line(text: &str) -> String {
    let mut out = String::new();
    for event in parser(text) {
        match event {
            Event::Text(text) | Event::Code(text) => out.push_str(&text),
            Event::SoftBreak | Event::HardBreak | Event::End(_) => out.push(' '),
            _ => {}
        }
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn parser(text: &str) -> Parser<'_> {
    Parser::new_ext(text, Options::ENABLE_TABLES)
}

/// A page as it is written.
struct Page {
    look: Look,
    out: String,
    /// The running text that is not yet written.
    text: Letters,
    tone: Vec<Tone>,
    /// The lists that are open: the next number, if it has numbers.
    lists: Vec<Option<u64>>,
    /// What stands before the next line of text, once.
    bullet: Option<String>,
    /// Whether an empty line comes before what is written next.
    gap: bool,
    code: bool,
    table: Vec<Vec<Letters>>,
    /// What was written before each of the quotes that are open.
    outside: Vec<String>,
}

impl Page {
    fn new(look: Look) -> Page {
        let look = Look { width: look.width.min(WIDEST), ..look };
        let (out, text, tone, lists) = (String::new(), Vec::new(), Vec::new(), Vec::new());
        let (table, outside) = (Vec::new(), Vec::new());
        Page { look, out, text, tone, lists, bullet: None, gap: false, code: false, table, outside }
    }

    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.code => self.block(&text),
            Event::Text(text) => self.push(&text),
            Event::Code(code) => self.inline(&code),
            Event::SoftBreak => self.push(" "),
            Event::HardBreak => self.flush_line(),
            Event::Rule => {
                self.flush();
                self.gap = true;
            }
            Event::Html(text) | Event::InlineHtml(text) => self.push(&text),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { .. } => self.tone.push(Tone::Strong),
            Tag::Strong => self.tone.push(Tone::Strong),
            Tag::Emphasis => self.tone.push(self.now()),
            Tag::List(first) => {
                self.flush_line();
                if self.lists.is_empty() && !self.out.is_empty() {
                    self.gap = true;
                }
                self.lists.push(first);
            }
            Tag::Item => {
                let mark = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => "- ".to_string(),
                };
                self.bullet = Some(mark);
            }
            Tag::CodeBlock(_) => {
                self.flush();
                (self.code, self.gap) = (true, true);
            }
            Tag::BlockQuote(_) => {
                self.flush();
                self.part();
                self.outside.push(std::mem::take(&mut self.out));
                self.look.width = self.look.width.saturating_sub(MARGIN.chars().count());
            }
            Tag::Table(_) => {
                self.flush();
                self.table.clear();
            }
            Tag::TableHead => {
                self.table.push(Vec::new());
                self.tone.push(Tone::Strong);
            }
            Tag::TableRow => self.table.push(Vec::new()),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::Heading(_) => {
                self.flush();
                if matches!(tag, TagEnd::Heading(_)) {
                    self.tone.pop();
                }
            }
            TagEnd::Strong | TagEnd::Emphasis => {
                self.tone.pop();
            }
            TagEnd::Item => self.flush_line(),
            TagEnd::BlockQuote(_) => self.end_of_quote(),
            TagEnd::List(_) => {
                self.flush_line();
                self.lists.pop();
                self.gap = self.lists.is_empty();
            }
            TagEnd::CodeBlock => {
                self.code = false;
                self.gap = true;
            }
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.text);
                if let Some(row) = self.table.last_mut() {
                    row.push(cell);
                }
            }
            TagEnd::TableHead => {
                self.tone.pop();
            }
            TagEnd::Table => self.rows(),
            _ => {}
        }
    }

    fn now(&self) -> Tone {
        self.tone.last().copied().unwrap_or_default()
    }

    fn push(&mut self, text: &str) {
        let tone = self.now();
        self.text.extend(text.chars().map(|c| (c, tone)));
    }

    /// Code in a line: strong where there are colours, between its marks where not.
    fn inline(&mut self, code: &str) {
        let short = code.chars().count() <= UNBROKEN;
        let letter = |c: char| if c == ' ' && short { HARD } else { c };
        let mark = (!self.look.color).then_some(('`', Tone::Plain));
        self.text.extend(mark);
        self.text.extend(code.chars().map(|c| (letter(c), Tone::Strong)));
        self.text.extend(mark);
    }

    /// Lines of code as they are, further in.
    fn block(&mut self, text: &str) {
        self.part();
        let indent = self.indent() + 4;
        for line in text.lines() {
            self.out.push_str(format!("{:indent$}{line}", "").trim_end());
            self.out.push('\n');
        }
    }

    /// Puts what was quoted behind its margin.
    fn end_of_quote(&mut self) {
        self.flush();
        let outside = self.outside.pop().unwrap_or_default();
        let quoted = std::mem::replace(&mut self.out, outside);
        for line in quoted.lines() {
            self.out.push_str(format!("{MARGIN}{line}").trim_end());
            self.out.push('\n');
        }
        self.look.width += MARGIN.chars().count();
        self.gap = true;
    }

    /// How far in the text of the lists that are open stands.
    fn indent(&self) -> usize {
        self.lists.iter().copied().map(mark_width).sum()
    }

    /// An empty line, if one is due.
    fn part(&mut self) {
        if std::mem::take(&mut self.gap) && !self.out.is_empty() {
            self.out.push('\n');
        }
    }

    /// Ends a paragraph.
    fn flush(&mut self) {
        self.flush_line();
        self.gap = self.gap || (self.lists.is_empty() && !self.out.is_empty());
    }

    fn flush_line(&mut self) {
        let text = std::mem::take(&mut self.text);
        if text.iter().all(|(c, _)| c.is_whitespace()) {
            return;
        }
        self.part();
        let indent = self.indent();
        let bullet = self.bullet.take().unwrap_or_default();
        let outside = indent - self.lists.last().copied().map_or(0, mark_width);
        let first = if bullet.is_empty() { indent } else { outside + bullet.chars().count() };
        let rest = if bullet.is_empty() { indent } else { first };
        let lines = wrap(&text, self.look.width.saturating_sub(first.max(rest)).max(20));
        for (index, line) in lines.iter().enumerate() {
            let before = first - bullet.chars().count();
            let lead = if index == 0 { format!("{:before$}{bullet}", "") } else { format!("{:rest$}", "") };
            self.out.push_str(&lead);
            self.out.push_str(&painted(line, self.look));
            self.out.push('\n');
        }
    }

    /// A table: the columns as wide as what is in them, the last one broken where the page ends.
    fn rows(&mut self) {
        self.part();
        let rows = std::mem::take(&mut self.table);
        let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(Vec::len).max().unwrap_or(0);
        let widths = fit((0..columns).map(width).collect(), self.look.width);
        for row in &rows {
            let cells: Vec<Vec<Letters>> = row.iter().zip(&widths).map(|(cell, width)| wrap(cell, *width)).collect();
            for line in 0..cells.iter().map(Vec::len).max().unwrap_or(0) {
                let mut text = String::new();
                for (cell, width) in cells.iter().zip(&widths) {
                    let letters = cell.get(line).map(Vec::as_slice).unwrap_or_default();
                    text.push_str(&painted(letters, self.look));
                    text.extend(std::iter::repeat_n(' ', width + 2 - letters.len().min(width + 2)));
                }
                self.out.push_str(text.trim_end());
                self.out.push('\n');
            }
        }
        self.gap = true;
    }
}

/// How wide the mark of a list's items is.
fn mark_width(list: Option<u64>) -> usize {
    if list.is_some() { "1. ".len() } else { "- ".len() }
}

/// Widths with two blanks between them that fit a page: the widest column gives way until they do.
fn fit(mut widths: Vec<usize>, page: usize) -> Vec<usize> {
    while widths.iter().map(|width| width + 2).sum::<usize>() > page + 2 {
        let Some(widest) = widths.iter_mut().max().filter(|widest| **widest > 12) else { break };
        *widest -= 1;
    }
    widths
}

/// Letters broken into lines between words.
fn wrap(letters: &[(char, Tone)], width: usize) -> Vec<Letters> {
    let mut lines: Vec<Letters> = vec![Vec::new()];
    for word in letters.split(|(c, _)| *c == ' ' || *c == '\n').filter(|word| !word.is_empty()) {
        let line = lines.last_mut().map_or(0, |line| line.len());
        if line > 0 && line + 1 + word.len() > width {
            lines.push(Vec::new());
        } else if line > 0 {
            lines.last_mut().into_iter().for_each(|line| line.push((' ', Tone::Plain)));
        }
        lines.last_mut().into_iter().for_each(|line| line.extend_from_slice(word));
    }
    lines
}

/// Letters with their colours.
fn painted(letters: &[(char, Tone)], look: Look) -> String {
    let same = |a: &(char, Tone), b: &(char, Tone)| a.1 == b.1;
    let run = |run: &[(char, Tone)]| {
        let text: String = run.iter().map(|(c, _)| if *c == HARD { ' ' } else { *c }).collect();
        run.first().map(|(_, tone)| look.paint(&text, *tone)).unwrap_or_default()
    };
    letters.chunk_by(same).map(run).collect()
}

#[cfg(test)]
mod tests;
