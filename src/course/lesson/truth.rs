//! What came out, as rows: what a prediction is compared with.

use crate::course::check::names;
use crate::course::content::{Row, Rows, Truth};
use crate::course::stage::Stage;
use crate::resource::Kind;
use crate::store::ChangeId;

/// The true rows: of a line's output, or the order of what happened since a change.
pub fn rows(stage: &mut dyn Stage, truth: &Truth, since: ChangeId) -> Result<Vec<Row>, String> {
    match truth {
        Truth::Line(line) => {
            let ran = stage.copy()?.run(line);
            let cells = |line: &str| line.split_whitespace().map(ToString::to_string).collect::<Row>();
            let rows = Rows(ran.stdout.lines().map(cells).filter(|row| !row.is_empty()).collect());
            // A line such as `… | grep x` may well find nothing: that is an answer, what it complains of is none.
            if ran.code != 0 && !ran.stderr.is_empty() {
                return Err(format!("`{line}` failed: {}", ran.text.trim()));
            }
            Ok(rows.0)
        }
        Truth::Order { event, kind } => {
            let kind = Kind::parse(kind).ok_or_else(|| format!("the lab has no kind {kind}"))?;
            Ok(names(stage.cluster(), since, kind, event).into_iter().map(|name| vec![name]).collect())
        }
    }
}
