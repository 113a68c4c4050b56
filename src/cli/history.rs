//! `sts-lab history` and `sts-lab rewind`: what was done, and going back.

use anyhow::{bail, ensure};
use serde_json::{Value, json};

use super::args::format::Format;
use super::desk::Desk;
use super::open::{Outcome, lab};
use crate::lab::Lab;
use crate::resource::Time;
use crate::view::table::Table;
use crate::view::words::span;

/// Arguments of `history`.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:\n  sts-lab history\n  sts-lab history -o json")]
pub struct History {
    #[command(flatten)]
    pub output: Format,
}

/// Arguments of `rewind`.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  sts-lab rewind                       # take the last input back
  sts-lab rewind 3                     # the last three
  sts-lab rewind --to 2                # as it was after input 2; 0 is the beginning
  sts-lab rewind --undo                # take the rewind itself back")]
pub struct Rewind {
    /// How many inputs to take back
    #[arg(value_name = "N", conflicts_with_all = ["to", "undo"], default_value_t = 1)]
    pub count: usize,
    /// Go back to the state after this input
    #[arg(long, value_name = "K", conflicts_with = "undo")]
    pub to: Option<usize>,
    /// Take the last rewind back
    #[arg(long)]
    pub undo: bool,
}

/// Prints the inputs of the lab, oldest first.
pub fn history(desk: &Desk<'_>, args: &History) -> Outcome {
    let lab = lab(desk)?;
    if args.output.is_json() {
        desk.out(&format!("{:#}\n", json(&lab)));
    } else if lab.entries().is_empty() {
        desk.out("Nothing was done in this lab yet.\n");
    } else {
        let mut table = Table::new(&["#INPUT", "TIME", "~COMMAND"]);
        for (index, (entry, time)) in lab.entries().iter().zip(lab.times()).enumerate() {
            table.row([
                (index + 1).to_string().into(),
                clock(*time, lab.cluster.start).into(),
                typed(&entry.words).into(),
            ]);
        }
        desk.out(&table.render(desk.look()));
        desk.note("sts-lab rewind --to INPUT goes back to the state after it\n");
    }
    Ok(0)
}

fn clock(time: Time, start: Time) -> String {
    format!("+{}", span(time.since(start)))
}

fn json(lab: &Lab) -> Value {
    let input = |(index, (entry, time)): (usize, (&crate::lab::Entry, &Time))| {
        json!({
            "input": index + 1,
            "time": time.rfc3339_micro(),
            "words": entry.words,
            "command": typed(&entry.words),
            "did": entry.inputs,
            "digest": entry.digest,
        })
    };
    lab.entries().iter().zip(lab.times()).enumerate().map(input).collect()
}

/// The words as they would be typed.
pub fn typed(words: &[String]) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_=./:,@%+~^[]".contains(c);
    let word = |word: &String| {
        if !word.is_empty() && word.chars().all(plain) {
            word.clone()
        } else {
            format!("'{}'", word.replace('\'', r"'\''"))
        }
    };
    words.iter().map(word).collect::<Vec<_>>().join(" ")
}

/// Goes back.
pub fn rewind(desk: &Desk<'_>, args: &Rewind) -> Outcome {
    let mut lab = lab(desk)?;
    if args.undo {
        return undo(desk, &mut lab);
    }
    let count = lab.entries().len();
    ensure!(count > 0, "there is nothing to take back: nothing was done in this lab yet");
    let keep = match args.to {
        Some(to) if to > count => bail!("there is no input {to}: this lab has {count}, see `sts-lab history`"),
        Some(to) => to,
        None if args.count > count => {
            bail!("{} is more than was done: this lab has {count} inputs, see `sts-lab history`", args.count)
        }
        None => count - args.count,
    };
    ensure!(keep < count, "the lab is where it was after input {keep}: nothing to take back");
    let gone: Vec<String> = lab.entries()[keep..].iter().map(|entry| typed(&entry.words)).collect();
    let saved = lab.rewind(keep)?;
    for (index, words) in gone.iter().enumerate() {
        desk.out(&format!("taken back: {}  {words}\n", keep + index + 1));
    }
    desk.out(&format!("The lab is as it was {}, at {}.\n", after(keep), clock(lab.cluster.now, lab.cluster.start)));
    let kept = saved.map(|path| format!("what was taken back is kept in {}; ", path.display())).unwrap_or_default();
    desk.note(&format!("{kept}`sts-lab rewind --undo` brings it back\n"));
    Ok(0)
}

fn after(keep: usize) -> String {
    if keep == 0 { "at its beginning".into() } else { format!("after input {keep}") }
}

fn undo(desk: &Desk<'_>, lab: &mut Lab) -> Outcome {
    let Some(saved) = lab.undo_rewind()? else { bail!("nothing to undo: this lab was not rewound") };
    desk.out(&format!(
        "The lab is as it was {}, at {}.\n",
        after(lab.entries().len()),
        clock(lab.cluster.now, lab.cluster.start)
    ));
    let kept = saved.map(|path| format!("how it was before is kept in {}; ", path.display())).unwrap_or_default();
    desk.note(&format!("{kept}`sts-lab rewind --undo` brings that back\n"));
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_as_they_would_be_typed() {
        let check = |words: &[&str], expect: &str| {
            let words: Vec<String> = words.iter().map(ToString::to_string).collect();
            assert_eq!(typed(&words), expect);
        };
        check(&["apply", "-f", "web.yaml"], "apply -f web.yaml");
        check(&["patch", "sts", "web", "-p", r#"{"a": 1}"#], r#"patch sts web -p '{"a": 1}'"#);
        check(&["annotate", "it's", ""], r"annotate 'it'\''s' ''");
    }
}
