//! What a command in a container reads and writes: standard input, and the two outputs in the order in which they were
//! written, with the time of each piece.

use std::io::Read;

use crate::resource::Time;

/// More than this many bytes nobody reads.
const LONGEST: usize = 4 << 20;

/// A piece of output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Whether it is standard error's.
    pub error: bool,
    /// The text.
    pub text: String,
    /// When it was written.
    pub at: Time,
}

/// Output.
#[derive(Clone, Debug, Default)]
pub struct Output {
    /// In the order of writing.
    pub chunks: Vec<Chunk>,
    /// The time.
    pub now: Time,
    bytes: usize,
}

impl Output {
    /// Nothing written yet, at a moment.
    #[must_use]
    pub fn at(now: Time) -> Output {
        Output { now, ..Output::default() }
    }

    /// Writes to standard output.
    pub fn print(&mut self, text: impl Into<String>) {
        self.push(false, text.into());
    }

    /// Writes to standard error.
    pub fn error(&mut self, text: impl Into<String>) {
        self.push(true, text.into());
    }

    fn push(&mut self, error: bool, text: String) {
        if text.is_empty() || self.is_full() {
            return;
        }
        self.bytes += text.len();
        match self.chunks.last_mut().filter(|last| last.error == error && last.at == self.now) {
            Some(last) => last.text.push_str(&text),
            None => self.chunks.push(Chunk { error, text, at: self.now }),
        }
    }

    /// Whether nothing more is taken.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.bytes > LONGEST
    }

    /// Adds what another has, as one or the other of the outputs.
    pub(super) fn add(&mut self, chunks: impl IntoIterator<Item = Chunk>) {
        for chunk in chunks {
            self.bytes += chunk.text.len();
            self.chunks.push(chunk);
        }
    }

    /// What was written to standard output.
    #[must_use]
    pub fn stdout(&self) -> String {
        self.chunks.iter().filter(|chunk| !chunk.error).map(|chunk| chunk.text.as_str()).collect()
    }
}

/// Standard input: a text, then what comes from outside, if anything does.
#[derive(Default)]
pub struct Input<'i> {
    text: String,
    at: usize,
    rest: Option<&'i mut dyn Read>,
}

impl<'i> Input<'i> {
    /// A text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Input<'i> {
        Input { text: text.into(), at: 0, rest: None }
    }

    /// What a reader gives.
    pub fn from(rest: &'i mut dyn Read) -> Input<'i> {
        Input { text: String::new(), at: 0, rest: Some(rest) }
    }

    /// All that is left.
    pub fn all(&mut self) -> String {
        let mut out = self.text.split_off(self.at);
        (self.text, self.at) = (String::new(), 0);
        if let Some(rest) = &mut self.rest {
            let mut bytes = Vec::new();
            // A reader that fails has nothing more to say.
            let _ = rest.read_to_end(&mut bytes);
            out.push_str(&String::from_utf8_lossy(&bytes));
        }
        out
    }

    /// The next line, with its newline; `None` at the end. Nothing behind it is taken from outside.
    pub fn line(&mut self) -> Option<String> {
        if let Some(end) = self.text[self.at..].find('\n') {
            let line = self.text[self.at..=self.at + end].to_string();
            self.at += end + 1;
            return Some(line);
        }
        let mut bytes = self.text.split_off(self.at).into_bytes();
        (self.text, self.at) = (String::new(), 0);
        let mut byte = [0];
        while let Some(rest) = &mut self.rest {
            if !rest.read(&mut byte).is_ok_and(|count| count == 1) {
                break;
            }
            bytes.push(byte[0]);
            if byte[0] == b'\n' {
                break;
            }
        }
        (!bytes.is_empty()).then(|| String::from_utf8_lossy(&bytes).into_owned())
    }
}
