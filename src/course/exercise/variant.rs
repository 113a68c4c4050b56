//! Variants: which value each variable of an exercise has for a student. It follows from the names of both alone, so that
//! everybody can work it out again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// More values than this for one variable are too many.
const MOST_VALUES: usize = 100;

/// The values that each variable can have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variants(BTreeMap<String, Vec<String>>);

/// A value for each variable.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Variant(pub BTreeMap<String, String>);

impl Variants {
    /// Reads them from the text of an exercise. The text as a whole can be read only with the values put in.
    pub fn of(text: &str) -> Result<Variants, String> {
        let mut lines = text.lines().skip_while(|line| !line.starts_with("variants:"));
        let Some(first) = lines.next() else { return Ok(Variants::default()) };
        let rest = lines.take_while(|line| line.is_empty() || line.starts_with([' ', '#', '}', ']']));
        let block: String = std::iter::once(first).chain(rest).flat_map(|line| [line, "\n"]).collect();
        let wrong = |why: String| format!("variants: {why}");
        let read: BTreeMap<String, BTreeMap<String, Vec<serde_yaml::Value>>> =
            serde_yaml::from_str(&block).map_err(|error| wrong(error.to_string()))?;
        let mut variants = BTreeMap::new();
        for (name, values) in read.into_values().flatten() {
            if values.is_empty() || values.len() > MOST_VALUES {
                return Err(wrong(format!("{name} has {} values, not 1 to {MOST_VALUES}", values.len())));
            }
            if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
                return Err(wrong(format!("{name:?} is no name of a variable: letters, digits, _")));
            }
            let values: Option<Vec<String>> = values.iter().map(text_of).collect();
            variants.insert(name.clone(), values.ok_or_else(|| wrong(format!("{name}: texts and numbers only")))?);
        }
        Ok(Variants(variants))
    }

    /// The variant of a student.
    #[must_use]
    pub fn of_student(&self, exercise: &str, student: &str) -> Variant {
        let chosen = |(name, values): (&String, &Vec<String>)| {
            let sum = Sha256::digest(format!("{exercise}\n{}\n{name}", student.trim()));
            let number = sum.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
            let index = (number % values.len() as u64) as usize;
            (name.clone(), values[index].clone())
        };
        Variant(self.0.iter().map(chosen).collect())
    }

    /// One of them: for what is the same in all.
    #[must_use]
    pub fn first(&self) -> Variant {
        self.spread(1).into_iter().next().unwrap_or_default()
    }

    /// How many variants there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.values().fold(1, |count: usize, values| count.saturating_mul(values.len()))
    }

    /// All variants if they are at most so many, else as many that are spread over them, each value among them.
    #[must_use]
    pub fn spread(&self, most: usize) -> Vec<Variant> {
        let count = self.count();
        if count <= most {
            return (0..count).map(|number| self.numbered(number)).collect();
        }
        let longest = self.0.values().map(Vec::len).max().unwrap_or(1).max(most);
        let diagonal = |index: usize| {
            let turn = index / longest.max(1);
            let value = |(place, (name, values)): (usize, (&String, &Vec<String>))| {
                (name.clone(), values[(index + place * turn) % values.len()].clone())
            };
            Variant(self.0.iter().enumerate().map(value).collect())
        };
        let mut variants: Vec<Variant> = (0..longest).map(diagonal).collect();
        variants.sort();
        variants.dedup();
        variants
    }

    fn numbered(&self, mut number: usize) -> Variant {
        let mut variant = BTreeMap::new();
        for (name, values) in &self.0 {
            variant.insert(name.clone(), values[number % values.len()].clone());
            number /= values.len();
        }
        Variant(variant)
    }

    /// Variables that a text does not use.
    pub fn unused<'a>(&'a self, text: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.keys().map(String::as_str).filter(move |name| !text.contains(&format!("${{{name}}}")))
    }
}

impl Variant {
    /// Puts the values in. What is no variable of the exercise stays as it is: shells write `${…}` too.
    #[must_use]
    pub fn put_in(&self, text: &str) -> String {
        let value = |text: String, (name, value): (&String, &String)| text.replace(&format!("${{{name}}}"), value);
        self.0.iter().fold(text.to_string(), value)
    }

    /// Puts the names of the variables in the place of their values, wherever a value stands as a word of its own.
    #[must_use]
    pub fn take_out(&self, text: &str) -> String {
        let is_part = |c: char| c.is_ascii_alphanumeric();
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while !rest.is_empty() {
            let end = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            match self.0.iter().find(|(_, value)| *value == word && !word.is_empty()) {
                Some((name, _)) => out.push_str(&format!("${{{name}}}")),
                None => out.push_str(word),
            }
            let next = after.find(is_part).unwrap_or(after.len());
            out.push_str(&after[..next]);
            rest = &after[next..];
        }
        out
    }

    /// In words: `replicas 4, set shop`.
    #[must_use]
    pub fn words(&self) -> String {
        let each: Vec<String> = self.0.iter().map(|(name, value)| format!("{name} {value}")).collect();
        if each.is_empty() { "the only one".into() } else { each.join(", ") }
    }
}

fn text_of(value: &serde_yaml::Value) -> Option<String> {
    match value {
        serde_yaml::Value::String(text) => Some(text.clone()),
        serde_yaml::Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
