//! A myth as authors write it: `lessons/myths/NN-NAME.yaml`. The number is that of the file.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::course::check::Condition;
use crate::course::content::{
    ContentError, Document, Fault, File, Kind, LabSpec, Library, Line, Source, Start, is_name,
};
use crate::manifest::did_you_mean;

/// What becomes of a claim.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(try_from = "Written", rename_all = "lowercase")]
pub enum Verdict {
    /// It holds in every case.
    True,
    /// It holds in none.
    False,
    /// It holds in some.
    Depends,
}

impl Verdict {
    /// What cases come to.
    #[must_use]
    pub fn of(holds: impl IntoIterator<Item = bool>) -> Verdict {
        let (mut yes, mut no) = (false, false);
        for holds in holds {
            (yes, no) = (yes || holds, no || !holds);
        }
        match (yes, no) {
            (true, true) => Verdict::Depends,
            (true, false) => Verdict::True,
            (false, _) => Verdict::False,
        }
    }

    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        ["true", "false", "depends"][self as usize]
    }

    /// What somebody typed: a word or its first letter.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Verdict> {
        match typed.trim().to_lowercase().as_str() {
            "true" | "t" | "yes" | "y" => Some(Verdict::True),
            "false" | "f" | "no" | "n" => Some(Verdict::False),
            "depends" | "d" | "it depends" => Some(Verdict::Depends),
            _ => None,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A verdict as it is written: YAML reads `true` without quotes as something else than a text.
#[derive(Deserialize)]
#[serde(untagged, expecting = "`verdict` is \"true\", \"false\" or \"depends\"")]
enum Written {
    Bool(bool),
    Word(String),
}

impl TryFrom<Written> for Verdict {
    type Error = String;

    fn try_from(written: Written) -> Result<Verdict, String> {
        match written {
            Written::Bool(true) => Ok(Verdict::True),
            Written::Bool(false) => Ok(Verdict::False),
            Written::Word(word) => match word.as_str() {
                "true" => Ok(Verdict::True),
                "false" => Ok(Verdict::False),
                "depends" => Ok(Verdict::Depends),
                _ => Err(format!("verdict: `{word}` is none of true, false, depends")),
            },
        }
    }
}

/// One experiment.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What is special about it, in a few words.
    #[serde(default)]
    pub when: Option<String>,
    /// Its cluster, on top of the myth's.
    #[serde(default)]
    pub lab: LabSpec,
    /// Its files, beside the myth's.
    #[serde(default)]
    pub files: BTreeMap<String, File>,
    /// What runs first, unseen, after the myth's own.
    #[serde(default)]
    pub setup: Vec<Line>,
    /// The lines.
    pub run: Vec<Line>,
    /// What holds afterwards if the claim is true.
    pub holds: Condition,
    /// The line whose output shows it.
    pub look: Line,
}

/// A claim, and the experiments that decide it.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Myth {
    /// The version of the format.
    pub format: u32,
    /// `Myth`.
    pub kind: Kind,
    /// Its name: that of its file, without the number.
    pub name: String,
    /// What is claimed.
    pub claim: String,
    /// Who says so.
    pub from: String,
    /// What becomes of it.
    pub verdict: Verdict,
    /// What of the study notes it is about.
    #[serde(default)]
    pub covers: Vec<String>,
    /// The cluster of all cases.
    #[serde(default)]
    pub lab: LabSpec,
    /// The files of all cases.
    #[serde(default)]
    pub files: BTreeMap<String, File>,
    /// What runs first in all cases, unseen.
    #[serde(default)]
    pub setup: Vec<Line>,
    /// The experiments.
    pub cases: Vec<Case>,
    /// The right sentence to say, and where the claim comes from.
    pub because: String,
    /// Where that comes from.
    pub sources: Vec<String>,
}

impl Myth {
    /// How the lab of a case begins.
    #[must_use]
    pub fn start(&self, case: &Case) -> Start {
        let own = Start::of(&self.lab, &self.files, &self.setup);
        own.and(&Start::of(&case.lab, &case.files, &case.setup))
    }
}

impl Document for Myth {
    const KIND: Kind = Kind::Myth;

    fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if !is_name(&self.name) {
            faults.push(Fault::new("name", format!("`{}` is no name", self.name)).help("kebab-case: scale-up-order"));
        }
        for (field, text) in [("claim", &self.claim), ("from", &self.from), ("because", &self.because)] {
            if text.trim().is_empty() {
                faults.push(Fault::new(field, "it is empty"));
            }
        }
        if self.sources.is_empty() {
            faults.push(Fault::new("sources", "the right sentence comes from nowhere"));
        }
        if self.cases.is_empty() {
            faults.push(Fault::new("cases", "without an experiment nobody knows"));
        }
        let own = Start::of(&self.lab, &self.files, &[]);
        faults.extend(own.faults(""));
        for (index, case) in self.cases.iter().enumerate() {
            let at = format!("cases[{index}].");
            let own = Start::of(&case.lab, &case.files, &[]);
            faults.extend(own.faults(&at));
            if case.run.is_empty() {
                faults.push(Fault::new(format!("{at}run"), "the experiment does nothing"));
            }
        }
        faults
    }
}

/// A myth with its number.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbered {
    /// The number of its file.
    pub number: u32,
    /// Its file.
    pub file: String,
    /// The myth.
    pub myth: Myth,
}

/// All myths of a library, by number; all that is wrong with them, if anything is.
pub fn read(library: &Library) -> Result<Vec<Numbered>, Vec<ContentError>> {
    let (mut myths, mut errors): (Vec<Numbered>, Vec<ContentError>) = (Vec::new(), Vec::new());
    for (source, read) in library.read::<Myth>() {
        let error =
            |message: String| ContentError { file: source.file.to_string(), message, ..ContentError::default() };
        match (read, number(source)) {
            (Err(wrong), _) => errors.extend(wrong),
            (Ok(_), None) => {
                errors.push(error("the file's name does not begin with a number and a dash: 07-name.yaml".into()));
            }
            (Ok(myth), Some((number, name))) => {
                if name != myth.name {
                    errors
                        .push(error(format!("the file is called {name}, the myth {}: call them the same", myth.name)));
                }
                if let Some(other) = myths.iter().find(|other| other.number == number || other.myth.name == myth.name) {
                    errors.push(error(format!("{} has the same number or name", other.file)));
                }
                myths.push(Numbered { number, file: source.file.to_string(), myth });
            }
        }
    }
    myths.sort_by_key(|myth| myth.number);
    if errors.is_empty() { Ok(myths) } else { Err(errors) }
}

fn number(source: &Source) -> Option<(u32, &str)> {
    let (number, name) = source.stem().split_once('-')?;
    Some((number.parse().ok()?, name))
}

/// The myth of a number or name; if there is none, words that say so.
pub fn find<'m>(myths: &'m [Numbered], word: &str) -> Result<&'m Numbered, String> {
    let number = word.parse::<u32>().ok();
    let bare = word.split_once('-').filter(|(number, _)| number.parse::<u32>().is_ok()).map_or(word, |(_, name)| name);
    myths.iter().find(|myth| number.map_or(myth.myth.name == bare, |number| myth.number == number)).ok_or_else(|| {
        let near = did_you_mean(bare, myths.iter().map(|myth| myth.myth.name.as_str())).filter(|_| number.is_none());
        match near {
            Some(other) => format!("there is no myth {word}: did you mean {other}?"),
            None => format!("there is no myth {word}: `sts-lab myth list` shows all of them"),
        }
    })
}
