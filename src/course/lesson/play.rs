//! A lesson as it is taken: from the step where the learner is to the end, or to where they leave. After every step, and
//! whenever a step begins, the progress is handed out to be kept, so that nothing is lost whatever happens.

use super::super::content::{Action, Do, Lesson, Show, Step};
use super::super::mistakes::Mistake;
use super::super::stage::{Stage, judge_typed};
use super::markdown::{self, render};
use super::progress::{Begun, Record};
use super::solution;
use crate::course::check::Finding;
use crate::course::learner::{Heard, Learner};
use crate::view::style::{Look, Tone};

/// Who keeps what must not be lost.
pub trait Keeper {
    /// Keeps how far a lesson is.
    fn keep(&mut self, record: &Record) -> Result<(), String>;
    /// Keeps a mistake.
    fn mistake(&mut self, mistake: Mistake) -> Result<(), String>;
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The lesson is done.
    Done,
    /// The learner left.
    Left,
    /// Nobody is there to act, and a task is open.
    Waiting,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    /// The next one comes.
    Next,
    /// The learner left.
    Leave,
    /// Nothing more comes, and the task is open.
    Wait,
}

/// A lesson being taken.
pub struct Player<'a> {
    /// The lesson.
    pub lesson: &'a Lesson,
    /// Where its lines run.
    pub stage: Box<dyn Stage>,
    /// Who takes it.
    pub learner: &'a mut dyn Learner,
    /// Who keeps what must not be lost.
    pub keeper: &'a mut dyn Keeper,
    /// How far it is.
    pub record: Record,
    /// What somebody types in another terminal before a command, and where the files are; empty if there is no other.
    pub elsewhere: String,
}

impl Player<'_> {
    /// Goes on from where the learner is.
    pub fn play(&mut self) -> Result<End, String> {
        let steps = self.lesson.steps.len();
        self.record.steps = steps;
        while self.record.step < steps {
            let index = self.record.step;
            let step = &self.lesson.steps[index];
            self.heading(&format!("{} of {steps}", index + 1));
            self.learner.cue(step.hints.len(), solution::lines(step));
            self.begin(step)?;
            match self.step(step)? {
                Flow::Next => {}
                Flow::Leave => return Ok(End::Left),
                Flow::Wait => return Ok(End::Waiting),
            }
            self.record.step = index + 1;
            (self.record.begun, self.record.hints) = (None, 0);
            if self.record.step == steps {
                self.record.finished += 1;
            }
            self.keeper.keep(&self.record)?;
        }
        Ok(End::Done)
    }

    /// Notes where the lab is as a step begins. What a step that was cut off has run is taken back; what a learner did is
    /// theirs.
    fn begin(&mut self, step: &Step) -> Result<(), String> {
        self.stage.refresh()?;
        if self.record.begun.is_some() {
            if matches!(step.action, Action::Show(_) | Action::Predict(_)) {
                self.go_back()?;
            }
            return Ok(());
        }
        let (inputs, change) = (self.stage.lab().entries().len(), self.stage.mark().change);
        self.record.begun = Some(Begun { inputs, change, typed: Vec::new() });
        self.keeper.keep(&self.record)
    }

    /// The lab as it was when the step began.
    pub(super) fn go_back(&mut self) -> Result<(), String> {
        let Some(begun) = self.record.begun.as_mut() else { return Ok(()) };
        begun.typed.clear();
        let inputs = begun.inputs;
        if self.stage.lab().entries().len() > inputs {
            let ran = self.stage.run(&format!("sts-lab rewind --to {inputs}"));
            if ran.code != 0 {
                return Err(format!("the lab cannot go back to where the step began: {}", ran.text.trim()));
            }
        }
        self.keeper.keep(&self.record)
    }

    fn step(&mut self, step: &Step) -> Result<Flow, String> {
        let flow = match &step.action {
            Action::Tell(text) => {
                self.text(text);
                Flow::Next
            }
            Action::Show(show) => self.show(show),
            Action::Predict(predict) => self.predict(step, predict)?,
            Action::Do(act) => self.act(step, act)?,
            Action::Ask(ask) => self.ask(step, ask)?,
        };
        if flow != Flow::Next {
            return Ok(flow);
        }
        if let Some(explain) = &step.explain {
            self.gap();
            self.text(explain);
        }
        self.pause()
    }

    /// Waits until the page is read, unless the lesson is over.
    fn pause(&mut self) -> Result<Flow, String> {
        if self.record.step + 1 == self.lesson.steps.len() {
            return Ok(Flow::Next);
        }
        loop {
            match self.learner.pause() {
                Heard::Line(line) if matches!(line.trim(), "quit" | "q" | "exit") => {
                    // What was read need not be read again.
                    self.record.step += 1;
                    (self.record.begun, self.record.hints) = (None, 0);
                    self.keeper.keep(&self.record)?;
                    return Ok(Flow::Leave);
                }
                Heard::Line(line) if matches!(line.trim(), "help" | "?") => {
                    self.learner.say("Enter goes on. `quit` leaves; `sts-lab lesson next` comes back to here.\n");
                }
                Heard::Line(_) | Heard::End => return Ok(Flow::Next),
            }
        }
    }

    fn show(&mut self, show: &Show) -> Flow {
        if let Some(say) = &show.say {
            self.text(say);
            self.gap();
        }
        for line in &show.lines {
            self.run(&line.0);
        }
        Flow::Next
    }

    /// Runs a line and shows it with what it prints.
    pub(super) fn run(&mut self, line: &str) {
        let look = self.learner.look();
        let words = line.trim().strip_prefix("! ").unwrap_or(line.trim());
        self.learner.say(&format!("{}\n", look.paint(&format!("$ {words}"), Tone::Strong)));
        self.carry_out(line);
    }

    /// Runs a line and shows what it prints.
    fn carry_out(&mut self, line: &str) {
        let ran = self.stage.run(line);
        self.learner.say(&ran.text);
        if !ran.text.is_empty() && !ran.text.ends_with('\n') {
            self.gap();
        }
    }

    fn act(&mut self, step: &Step, act: &Do) -> Result<Flow, String> {
        self.text(&act.task);
        self.gap();
        if self.findings(act).iter().all(|found| found.holds) {
            self.verdict(true, "Done already.");
            return Ok(Flow::Next);
        }
        let first = !self.lesson.steps[..self.record.step].iter().any(|step| matches!(step.action, Action::Do(_)));
        if first && !self.elsewhere.is_empty() {
            let words = "Type commands here, or `hint`, `check`, `skip`, `help`.";
            self.text(&format!("{words} {}", self.elsewhere));
        }
        loop {
            let Heard::Line(line) = self.learner.hear("$ ") else {
                let findings = self.findings(act);
                self.tell_findings(&findings);
                return Ok(Flow::Wait);
            };
            self.stage.refresh()?;
            match line.trim() {
                "" => {}
                "hint" => self.hint(step)?,
                "quit" | "exit" | "q" => return Ok(Flow::Leave),
                "help" | "?" => self.help_of_task(),
                "check" => {
                    let findings = self.findings(act);
                    self.tell_findings(&findings);
                }
                "again" => {
                    self.go_back()?;
                    self.learner.say("The lab is as it was when this step began.\n");
                }
                "skip" => {
                    self.go_back()?;
                    self.text("One way to do it:");
                    for line in &act.solution {
                        self.run(&line.0);
                    }
                    self.scored(0, 1);
                    return Ok(Flow::Next);
                }
                line => self.typed(line)?,
            }
            let findings = self.findings(act);
            if findings.iter().all(|found| found.holds) {
                self.verdict(true, "Done.");
                self.scored(1, 1);
                return Ok(Flow::Next);
            }
        }
    }

    /// A line that the learner typed.
    fn typed(&mut self, line: &str) -> Result<(), String> {
        const VERBS: [&str; 12] =
            ["why", "status", "order", "dns", "trace", "tick", "settle", "fault", "history", "plan", "lint", "rewind"];
        let first = line.split_whitespace().next().unwrap_or_default();
        let line = match first {
            "k" => format!("kubectl{}", &line[1..]),
            verb if VERBS.contains(&verb) => format!("sts-lab {line}"),
            _ => line.to_string(),
        };
        self.carry_out(&line);
        if let Some(begun) = self.record.begun.as_mut() {
            begun.typed.push(line);
        }
        self.keeper.keep(&self.record)
    }

    /// What has become of the checks, whoever acted since the step began.
    #[must_use]
    pub fn findings(&self, act: &Do) -> Vec<Finding> {
        findings(&*self.stage, self.record.begun.as_ref(), act)
    }

    fn tell_findings(&mut self, findings: &[Finding]) {
        let text = told(findings, self.learner.look());
        self.learner.say(&text);
    }

    fn help_of_task(&mut self) {
        let text = "- `kubectl …` and `sts-lab …` run in this lesson's lab; `why pod/web-0` and `status` do, too, and\n  \
                    tell more than a real cluster would\n\
                    - `check`: which of the conditions hold, and what is wrong with the others\n\
                    - `hint`: the next hint\n- `again`: the lab as it was when this step began\n\
                    - `skip`: see one way to do it, and go on\n- `quit`: leave; `sts-lab lesson next` comes back to here\n";
        self.text(text);
        if !self.elsewhere.is_empty() {
            let elsewhere = self.elsewhere.clone();
            self.text(&elsewhere);
        }
    }

    /// The next hint.
    pub(super) fn hint(&mut self, step: &Step) -> Result<(), String> {
        let (text, next) = next_hint(step, self.record.hints);
        self.record.hints = next;
        self.text(&text);
        self.keeper.keep(&self.record)
    }

    /// A text of the lesson.
    pub(super) fn text(&mut self, text: &str) {
        let text = render(text, self.learner.look());
        self.learner.say(&text);
    }

    pub(super) fn gap(&mut self) {
        self.learner.say("\n");
    }

    fn heading(&mut self, place: &str) {
        let look = self.learner.look();
        let text = look.paint(&format!("{}, step {place}", self.lesson.title), Tone::Faint);
        self.learner.say(&format!("\n{text}\n\n"));
    }

    /// Right or wrong, with a mark and a word.
    pub(super) fn verdict(&mut self, right: bool, words: &str) {
        let look = self.learner.look();
        let (mark, tone) = if right { ("✓", Tone::Good) } else { ("✗", Tone::Bad) };
        self.learner.say(&format!("{} {words}\n", look.paint(mark, tone)));
    }

    pub(super) fn scored(&mut self, right: usize, asked: usize) {
        self.record.right += right;
        self.record.asked += asked;
    }

    pub(super) fn mistaken(
        &mut self,
        question: &str,
        answered: &str,
        right: &str,
        because: &str,
    ) -> Result<(), String> {
        self.keeper.mistake(Mistake {
            lesson: self.lesson.name.clone(),
            step: self.record.step + 1,
            at: String::new(),
            question: question.trim().to_string(),
            answered: answered.trim().to_string(),
            right: right.trim().to_string(),
            because: because.trim().to_string(),
            sources: self.lesson.sources.clone(),
        })
    }
}

/// What has become of a task's checks since its step began, whoever acted: lines typed here, and what else is in the
/// lab's journal.
#[must_use]
pub fn findings(stage: &dyn Stage, begun: Option<&Begun>, act: &Do) -> Vec<Finding> {
    let nothing = Begun::default();
    let begun = begun.unwrap_or(&nothing);
    let mut typed = begun.typed.clone();
    for entry in stage.lab().entries().iter().skip(begun.inputs) {
        let mut words = entry.words.iter().peekable();
        while words.next_if(|word| *word == "--lab").is_some() {
            words.next();
        }
        let own = words.peek().is_none_or(|word| *word != "kubectl");
        let words: Vec<&str> = own.then_some("sts-lab").into_iter().chain(words.map(String::as_str)).collect();
        let line = words.join(" ");
        if !typed.contains(&line) {
            typed.push(line);
        }
    }
    judge_typed(stage, begun.change, &typed, &act.checks)
}

/// The state of checks, and what is told of those that fail.
#[must_use]
pub fn told(findings: &[Finding], look: Look) -> String {
    let mut out = String::new();
    for found in findings {
        let (mark, word, tone) = if found.holds { ("✓", "holds", Tone::Good) } else { ("✗", "not yet", Tone::Bad) };
        out.push_str(&format!("{} {word}: {}\n", look.paint(mark, tone), found.name));
        let inner = Look { width: look.width.min(76).saturating_sub(4), ..look };
        let feedback = match (&found.otherwise, found.reason.as_str()) {
            (_, "") => String::new(),
            (Some(words), reason) => format!("{}{}", render(words, inner), inner.wrap(&format!("({reason})"), 0)),
            (None, reason) => inner.wrap(reason, 0),
        };
        for line in feedback.lines() {
            out.push_str(format!("    {line}").trim_end());
            out.push('\n');
        }
    }
    out
}

/// The hint after so many, and how many were seen then.
#[must_use]
pub fn next_hint(step: &Step, seen: usize) -> (String, usize) {
    match (step.hints.get(seen), step.hints.len()) {
        (Some(hint), all) => (format!("Hint {} of {all}: {hint}", seen + 1), seen + 1),
        (None, 0) => ("There are no hints for this step; `skip` shows the answer.".into(), seen),
        (None, _) => ("That was the last hint; `skip` shows the answer.".into(), seen),
    }
}

/// A text of Markdown in one line, for lists and files.
#[must_use]
pub fn plain(text: &str) -> String {
    markdown::one_line(text)
}
