//! What a line of shell is made of, once it is read.

/// A piece of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Text; quoted text is no pattern and no list of words.
    Text { text: String, quoted: bool },
    /// `$NAME`, `${NAME…}`.
    Variable { name: String, edit: Option<(String, Word)>, quoted: bool },
    /// `$(…)` or backquotes.
    Command { body: Node, quoted: bool },
    /// `$((…))`.
    Sum { text: Word, quoted: bool },
}

/// A word, before it is expanded.
pub(super) type Word = Vec<Part>;

/// Where a stream goes, or comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Redirect {
    /// 0, 1 or 2.
    pub(super) stream: u32,
    /// `<`, `>`, `>>`, `>&`, `<<<` or `<<` (a text that stands in the script).
    pub(super) operator: &'static str,
    /// The file, the stream, or the text.
    pub(super) target: Word,
}

/// A command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// Assignments, words, redirections.
    Simple { assigns: Vec<(String, Word)>, words: Vec<Word>, redirects: Vec<Redirect> },
    /// `a | b`.
    Pipe(Vec<Node>),
    /// `! a`.
    Not(Box<Node>),
    /// `a && b`.
    And(Box<Node>, Box<Node>),
    /// `a || b`.
    Or(Box<Node>, Box<Node>),
    /// `a; b`.
    List(Vec<Node>),
    /// `if`: pairs of a condition and what follows from it, then the rest.
    If { branches: Vec<(Node, Node)>, otherwise: Box<Node> },
    /// `for NAME in WORDS`.
    For { name: String, words: Option<Vec<Word>>, body: Box<Node> },
    /// `while`, or `until` if `negated`.
    While { condition: Box<Node>, negated: bool, body: Box<Node> },
    /// `case WORD in`.
    Case { word: Word, arms: Vec<(Vec<Word>, Node)> },
    /// `{ …; }` or `( … )` or any of the above, with redirections.
    Group { body: Box<Node>, own: bool, redirects: Vec<Redirect> },
    /// `[[ … ]]`: the words between.
    Test(Vec<Word>),
    /// `a &`: what a shell would not wait for.
    Background(Box<Node>),
}

/// Why a script cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SyntaxError {
    /// It stops in the middle of something.
    Incomplete,
    /// There is something where it cannot be.
    Unexpected(String),
    /// It is shell, but not of the lab's.
    Unknown(String),
}
