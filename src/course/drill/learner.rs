//! Who answers: somebody at a terminal, a pipe, or a test. All that a drill shows and asks goes through here.

use crate::resource::Time;

/// Somebody who is asked.
pub trait Learner {
    /// Shows a text.
    fn tell(&mut self, text: &str);

    /// Asks for a line. `None` is the end: no more input, or they want to stop.
    fn answer(&mut self, prompt: &str) -> Option<String>;

    /// Whether they can be asked back; a script of answers should not need to know when.
    fn is_present(&self) -> bool;

    /// What time it is.
    fn now(&mut self) -> Time;
}

/// A learner of which all is known beforehand: what they type, and when.
#[derive(Clone, Debug, Default)]
pub struct Scripted {
    /// What was shown.
    pub told: String,
    lines: std::collections::VecDeque<String>,
    now: Time,
    seconds: i64,
    present: bool,
}

impl Scripted {
    /// A learner who types these lines, each so many seconds after the one before.
    #[must_use]
    pub fn new(lines: &[&str], now: Time, seconds: i64) -> Scripted {
        let lines = lines.iter().map(ToString::to_string).collect();
        Scripted { told: String::new(), lines, now, seconds, present: false }
    }

    /// The same, but can be asked back.
    #[must_use]
    pub fn present(self) -> Scripted {
        Scripted { present: true, ..self }
    }
}

impl Learner for Scripted {
    fn tell(&mut self, text: &str) {
        self.told.push_str(text);
    }

    fn answer(&mut self, prompt: &str) -> Option<String> {
        let line = self.lines.pop_front()?;
        self.told.push_str(&format!("{prompt}: {line}\n"));
        self.now = Time(self.now.0 + self.seconds * 1_000_000);
        Some(line)
    }

    fn is_present(&self) -> bool {
        self.present
    }

    fn now(&mut self) -> Time {
        self.now
    }
}
