//! Places in manifests, shown to people as rustc shows them: file, line, column, the line itself with the spot
//! underlined, and what to do. The words come from whoever found the fault.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::document::Document;
use super::source::{Source, ceil, floor};

/// Bytes that are shown at most before or in the spot, when lines are very long.
const WIDTH: usize = 2000;

/// A spot and what it is.
pub(super) struct Marked<'a> {
    pub(super) at: Range<usize>,
    pub(super) label: &'a str,
}

/// A message about a field of a document, with the line where the field stands, or should stand.
#[must_use]
pub fn render(document: &Document, field_path: &str, message: &str, help: Option<&str>, color: bool) -> String {
    let Some(span) = document.locate(field_path) else {
        let help = help.map(|help| format!("\nhelp: {help}")).unwrap_or_default();
        return format!("error: {message}\n --> {}{help}", document.source.name);
    };
    let line = document.source.line(span.value.start);
    let value = span.value.start..span.value.end.min(line.end).max(span.value.start);
    let at = match &span.key {
        Some(key) if !span.exact || value.is_empty() || !line.contains(&key.start) => key.clone(),
        Some(key) if message.contains("unknown field") => key.clone(),
        _ => value,
    };
    let label = if span.exact { "" } else { "in here" };
    snippet(&document.source, message, &Marked { at, label }, None, help, color)
}

/// A message with the line it is about, and a second spot if that helps.
pub(super) fn snippet(
    source: &Source,
    title: &str,
    primary: &Marked,
    context: Option<&Marked>,
    help: Option<&str>,
    color: bool,
) -> String {
    let end = source.text.trim_end_matches(['\n', '\r']).len();
    let behind_the_end = primary.at.start >= end;
    let primary_at = if behind_the_end { end..end } else { primary.at.clone() };
    let label = if behind_the_end && primary.label.is_empty() { "the text ends here" } else { primary.label };
    let context = context.filter(|context| primary_at.start.abs_diff(context.at.start) < WIDTH);
    let spots: Vec<&Range<usize>> = std::iter::once(&primary_at).chain(context.map(|c| &c.at)).collect();
    let first = source.line(spots.iter().map(|at| at.start).min().unwrap_or(0)).start;
    let last = source.line(spots.iter().map(|at| at.start).max().unwrap_or(0)).end;
    let enough = primary_at.end.min(primary_at.start + WIDTH).max(first + WIDTH);
    let window = first..last.min(floor(&source.text, enough));
    let shown_text = &source.text[window.clone()];
    let local = |at: &Range<usize>| {
        let start = floor(shown_text, at.start.clamp(window.start, window.end) - window.start);
        let end = ceil(shown_text, at.end.clamp(window.start, window.end) - window.start);
        start..end.max(start)
    };
    let mark = |kind: AnnotationKind, at: &Range<usize>, label: &str| {
        let annotation = kind.span(local(at));
        if label.is_empty() { annotation } else { annotation.label(label.to_string()) }
    };
    let mut shown = Snippet::source(shown_text)
        .path(source.name.as_str())
        .line_start(source.line_column(window.start).0)
        .annotation(mark(AnnotationKind::Primary, &primary_at, label));
    if let Some(context) = context.filter(|context| window.contains(&context.at.start) && context.at != primary_at) {
        shown = shown.annotation(mark(AnnotationKind::Context, &context.at, context.label));
    }
    let mut group = Level::ERROR.primary_title(title).element(shown);
    if let Some(help) = help {
        group = group.element(Level::HELP.message(help));
    }
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&[group])
}
