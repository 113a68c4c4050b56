//! Myths as a person sees them: the list, an experiment, the verdict; and as JSON.

use serde_json::{Value, json};

use super::{Myth, Numbered, Outcome, Trial, Verdict};
use crate::course::drill::proof::transcript;
use crate::course::lesson::markdown;
use crate::view::style::{Look, Tone};
use crate::view::table::{Cell, Table};

/// All myths in a table. The verdict is told only if it is asked for: a guess comes first.
#[must_use]
pub fn list(myths: &[Numbered], spoil: bool) -> Table {
    let mut table = if spoil {
        Table::new(&["##", "NAME", "VERDICT", "~CLAIM", "FROM"])
    } else {
        Table::new(&["##", "NAME", "~CLAIM", "FROM"])
    };
    for Numbered { number, myth, .. } in myths {
        let mut cells = vec![Cell::from(number.to_string()), myth.name.as_str().into()];
        if spoil {
            cells.push(Cell::new(myth.verdict.word(), tone(myth.verdict)));
        }
        cells.extend([markdown::one_line(&myth.claim).into(), short(&myth.from).into()]);
        table.push(cells);
    }
    table
}

/// Where a claim comes from in a word or two: the notes, or what is before the first comma.
fn short(from: &str) -> String {
    let number = |word: &&str| word.len() == 3 && word.chars().all(|c| c.is_ascii_digit());
    let notes: Vec<&str> = from.split(|c: char| !c.is_alphanumeric()).filter(number).collect();
    match notes.as_slice() {
        [] => from.split([',', ';']).next().unwrap_or_default().to_string(),
        [one] => format!("note {one}"),
        many => format!("notes {}", many.join(" ")),
    }
}

fn tone(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::True => Tone::Good,
        Verdict::False => Tone::Bad,
        Verdict::Depends => Tone::Waiting,
    }
}

/// The claim, and who says so.
#[must_use]
pub fn claim(numbered: &Numbered, look: Look) -> String {
    let Numbered { number, myth, .. } = numbered;
    let title = format!("MYTH {number}");
    let claim = look.beside(&title, Tone::Strong, &markdown::one_line(&myth.claim));
    format!("{claim}{}\n", look.paint(&format!("        {}", myth.from), Tone::Faint))
}

/// The experiments, and what they come to.
#[must_use]
pub fn outcome(myth: &Myth, outcome: &Outcome, guess: Option<Verdict>, look: Look) -> String {
    let many = outcome.trials.len() > 1;
    let cases = outcome.trials.iter().enumerate().map(|(index, trial)| case(trial, many.then_some(index + 1), look));
    let mut out = cases.collect::<String>();
    out.extend(["\n", &verdict(outcome, guess, look), "\n", &markdown::render(&myth.because, look), "\n"]);
    out += &look.beside("SOURCES", Tone::Faint, &myth.sources.join("; "));
    out
}

fn case(trial: &Trial, number: Option<usize>, look: Look) -> String {
    let title = number.map_or("CASE".to_string(), |number| format!("CASE {number}"));
    let heading = match (&trial.when, number) {
        (None, None) => String::new(),
        (when, _) => look.beside(&title, Tone::Strong, &markdown::one_line(when.as_deref().unwrap_or_default())) + "\n",
    };
    let end = if trial.holds {
        look.beside("SO", Tone::Good, if number.is_some() { "Here the claim holds." } else { "The claim holds." })
    } else {
        let here = if number.is_some() { "Here the claim does not hold" } else { "The claim does not hold" };
        let reason = trial.reason.trim().trim_end_matches('.');
        look.beside("SO", Tone::Bad, &format!("{here}: {reason}."))
    };
    format!("\n{heading}{}\n{end}", transcript(&trial.lines, look))
}

fn verdict(outcome: &Outcome, guess: Option<Verdict>, look: Look) -> String {
    let of = outcome.trials.len();
    let held = outcome.trials.iter().filter(|trial| trial.holds).count();
    let why = match (outcome.verdict, of) {
        (_, 1) => String::new(),
        (Verdict::True, 2) => ": it holds in both cases".to_string(),
        (Verdict::True, _) => format!(": it holds in all {of} cases"),
        (Verdict::False, 2) => ": it holds in neither case".to_string(),
        (Verdict::False, _) => format!(": it holds in none of {of} cases"),
        (Verdict::Depends, _) => format!(": it holds in {held} of {of} cases"),
    };
    let guess = match guess {
        Some(guess) if guess == outcome.verdict => " You said so.".to_string(),
        Some(guess) => format!(" You said {guess}."),
        None => String::new(),
    };
    let word = if outcome.verdict == Verdict::Depends { "it depends" } else { outcome.verdict.word() };
    look.beside("VERDICT", tone(outcome.verdict), &format!("{}{why}.{guess}", capital(word)))
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A myth for programs; without an outcome, what the list says.
#[must_use]
pub fn json(numbered: &Numbered, outcome: Option<&Outcome>, spoil: bool) -> Value {
    let Numbered { number, myth, .. } = numbered;
    let mut out = json!({
        "number": number, "name": myth.name, "claim": myth.claim.trim(), "from": myth.from, "covers": myth.covers,
    });
    if spoil || outcome.is_some() {
        out["stated"] = myth.verdict.word().into();
        out["because"] = myth.because.trim().into();
        out["sources"] = myth.sources.clone().into();
    }
    if let Some(outcome) = outcome {
        out["verdict"] = outcome.verdict.word().into();
        out["cases"] = outcome.trials.iter().map(trial_json).collect();
    }
    out
}

fn trial_json(trial: &Trial) -> Value {
    let line =
        |(line, ran): &(String, crate::course::stage::Ran)| json!({"line": line, "code": ran.code, "output": ran.text});
    json!({
        "when": trial.when, "holds": trial.holds, "reason": trial.reason,
        "lines": trial.lines.iter().map(line).collect::<Vec<_>>(),
    })
}
