//! An exercise as it was found: its text, the hidden checks if they are there, and its version.

use sha2::{Digest, Sha256};

use super::{Exercise, Hidden, Variant, Variants};
use crate::course::check::Check;
use crate::course::content::{ContentError, Source, parse};

/// An exercise before the values of a variant are put in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// Its text.
    pub source: Source,
    /// The hidden checks.
    pub hidden: Option<Source>,
    /// Its variants.
    pub variants: Variants,
}

impl Loaded {
    /// Reads an exercise's variants; the rest is read with their values.
    pub fn new(source: Source, hidden: Option<Source>) -> Result<Loaded, Vec<ContentError>> {
        let variants = Variants::of(&source.text).map_err(|message| {
            let file = source.file.to_string();
            vec![ContentError { file, field: "variants".into(), message, ..ContentError::default() }]
        })?;
        let loaded = Loaded { source, hidden, variants };
        // Whatever the variant, it must be an exercise.
        let first = loaded.variants.first();
        loaded.exercise(&first)?;
        loaded.hidden_checks(&first)?;
        Ok(loaded)
    }

    /// The exercise of a variant.
    pub fn exercise(&self, variant: &Variant) -> Result<Exercise, Vec<ContentError>> {
        parse(&Source { file: self.source.file.clone(), text: variant.put_in(&self.source.text).into() })
    }

    /// The hidden checks of a variant; none if they are not here.
    pub fn hidden_checks(&self, variant: &Variant) -> Result<Vec<Check>, Vec<ContentError>> {
        let Some(hidden) = &self.hidden else { return Ok(Vec::new()) };
        let source = Source { file: hidden.file.clone(), text: variant.put_in(&hidden.text).into() };
        parse::<Hidden>(&source).map(|hidden| hidden.checks)
    }

    /// A number for the text of the exercise, without the hidden checks.
    #[must_use]
    pub fn version(&self) -> String {
        let text = self.source.text.replace("\r\n", "\n");
        Sha256::digest(text).iter().take(6).map(|byte| format!("{byte:02x}")).collect()
    }
}
