//! What came of the cases, for people and for machines.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::diff::python;
use super::{Case, Count, Difference, Verdict};

/// How many cases of an area agree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    cases: usize,
    counts: [usize; 4],
    all: usize,
    not_judged: usize,
}

impl Tally {
    fn add(&mut self, verdict: &Verdict) {
        if verdict.result.is_err() {
            self.not_judged += 1;
            return;
        }
        self.cases += 1;
        for (agree, count) in self.counts.iter_mut().zip(Count::ALL) {
            *agree += usize::from(verdict.agrees_on(count));
        }
        self.all += usize::from(verdict.agrees());
    }

    fn row(&self, name: &str) -> String {
        let [output, objects, order, events] = self.counts;
        let problem = if self.not_judged > 0 { format!("   ({} not judged)", self.not_judged) } else { String::new() };
        format!(
            "{name:14} {:>6} {output:>8} {objects:>8} {order:>8} {events:>8} {:>6}{problem}\n",
            self.cases, self.all
        )
    }

    fn json(&self) -> Value {
        let mut map: Map<String, Value> =
            Count::ALL.iter().zip(self.counts).map(|(count, agree)| (count.name().into(), agree.into())).collect();
        map.insert("cases".into(), self.cases.into());
        map.insert("all".into(), self.all.into());
        map.insert("problem".into(), self.not_judged.into());
        map.into()
    }
}

fn tallies(verdicts: &[Verdict]) -> (BTreeMap<&str, Tally>, Tally) {
    let (mut areas, mut total) = (BTreeMap::<&str, Tally>::new(), Tally::default());
    for verdict in verdicts {
        areas.entry(&verdict.area).or_default().add(verdict);
        total.add(verdict);
    }
    (areas, total)
}

/// A line for each area, then the first difference of each case that disagrees.
#[must_use]
pub fn text(cases: &[Case], verdicts: &[Verdict]) -> String {
    let [output, objects, order, events] = Count::ALL.map(Count::name);
    let mut out = format!("area            cases {output:>8} {objects:>8} {order:>8} {events:>8}    all\n");
    let (areas, total) = tallies(verdicts);
    for (area, tally) in areas {
        out += &tally.row(area);
    }
    out += &total.row("total");
    for (case, verdict) in cases.iter().zip(verdicts) {
        match &verdict.result {
            // Writing to a text does not fail.
            Err(problem) => _ = writeln!(out, "\nnot judged: {}: {problem}", case.name),
            Ok(differences) if differences.is_empty() => {}
            Ok(differences) => disagreement(&mut out, case, verdict, differences),
        }
    }
    out
}

fn disagreement(out: &mut String, case: &Case, verdict: &Verdict, differences: &[Difference]) {
    let counts: Vec<&str> =
        Count::ALL.iter().filter(|count| !verdict.agrees_on(**count)).map(|count| count.name()).collect();
    let Difference { count, step, place, want, got } = &differences[0];
    let words = case.steps.get(*step).map(|step| step.0.to_string()).unwrap_or_default();
    _ = writeln!(
        out,
        "\ndisagrees: {} ({}), {} of its items: {}",
        case.name,
        case.title,
        differences.len(),
        counts.join(", ")
    );
    _ = writeln!(out, "  {} of step {step}, {place}\n  {}", count.name(), shorten(&words, 160));
    for line in unlike_lines(&lines(want), &lines(got)) {
        _ = writeln!(out, "    {}", shorten(&line, 300));
    }
}

fn shorten(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_string(),
    }
}

fn lines(value: &Value) -> Vec<String> {
    let line = |value: &Value| value.as_str().map_or_else(|| python(value), str::to_string);
    match value {
        Value::String(text) => text.split('\n').map(str::to_string).collect(),
        Value::Array(list) => list.iter().map(line).collect(),
        value => vec![python(value)],
    }
}

/// The lines that are not on both sides, without those that are alike at the beginning and the end.
fn unlike_lines(want: &[String], got: &[String]) -> Vec<String> {
    const MOST: usize = 12;
    let same = want.iter().zip(got).take_while(|(a, b)| a == b).count();
    let (want, got) = (&want[same..], &got[same..]);
    let end = want.iter().rev().zip(got.iter().rev()).take_while(|(a, b)| a == b).count();
    let side = |mark: char, lines: &[String]| {
        let lines = &lines[..lines.len() - end];
        let more = lines.len().saturating_sub(MOST);
        let rest = (more > 0).then(|| format!("{mark} … {more} more lines"));
        lines.iter().take(MOST).map(|line| format!("{mark} {line}")).chain(rest).collect::<Vec<_>>()
    };
    [side('-', want), side('+', got)].concat()
}

/// Everything, in the form of the judge's own report.
#[must_use]
pub fn json(verdicts: &[Verdict]) -> Value {
    let (areas, total) = tallies(verdicts);
    let areas: Map<String, Value> = areas.into_iter().map(|(area, tally)| (area.into(), tally.json())).collect();
    let case = |verdict: &Verdict| match &verdict.result {
        Err(problem) => json!({"case": verdict.case, "area": verdict.area, "problem": problem}),
        Ok(differences) => {
            let of = |count: Count| -> Vec<Value> {
                let of_it = differences.iter().filter(|difference| difference.count == count);
                of_it.map(|d| json!({"step": d.step, "where": d.place, "want": d.want, "got": d.got})).collect()
            };
            let agree: Map<String, Value> =
                Count::ALL.iter().map(|count| (count.name().into(), verdict.agrees_on(*count).into())).collect();
            let counts = Count::ALL.iter().filter(|count| !verdict.agrees_on(**count));
            let differences: Map<String, Value> =
                counts.map(|count| (count.name().into(), of(*count).into())).collect();
            json!({"case": verdict.case, "area": verdict.area, "agree": agree, "differences": differences})
        }
    };
    json!({"total": total.json(), "areas": areas, "cases": verdicts.iter().map(case).collect::<Vec<_>>()})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_first_difference() {
        let difference = Difference {
            count: Count::Output,
            step: 0,
            place: "stdout".into(),
            want: "a\nb\nc".into(),
            got: "a\nx\nc".into(),
        };
        let case = Case {
            name: "get-x".into(),
            title: "X".into(),
            steps: vec![super::super::Step::default()],
            ..Case::default()
        };
        let verdict = |result| Verdict { case: "get-x".into(), area: "get".into(), result };
        let expect = "\
area            cases   output  objects    order   events    all
get                 1        0        1        1        1      0
total               1        0        1        1        1      0

disagrees: get-x (X), 1 of its items: output
  output of step 0, stdout
  null
    - b
    + x
";
        assert_eq!(text(std::slice::from_ref(&case), &[verdict(Ok(vec![difference]))]), expect);
        let text = text(&[case], &[verdict(Err("not recorded".into()))]);
        assert!(
            text.contains("total               0        0        0        0        0      0   (1 not judged)"),
            "{text}"
        );
        assert!(text.ends_with("\nnot judged: get-x: not recorded\n"), "{text}");
    }
}
