//! What the API types and their fields are for, in upstream's words, and the values that an enumeration allows. The
//! facts are `schema/v1.36.docs.txt`, written by `examples/schema_docs.rs`; what shape a field has is the schema's.

use std::str::Lines;

const TEXT: &str = include_str!("schema/v1.36.docs.txt");

/// The words on one type.
#[derive(Clone, Debug)]
pub struct Docs {
    about: &'static str,
    fields: Lines<'static>,
}

/// The words on one field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldDocs {
    /// What it is for; empty if upstream says nothing.
    pub about: String,
    /// The values it may have, if they are enumerated.
    pub values: Vec<&'static str>,
}

impl Docs {
    /// The words on a type of the schema (`apps.StatefulSetSpec`), or on a built-in one (`resource.Quantity`).
    #[must_use]
    pub fn of(id: &str) -> Option<Docs> {
        let mut lines = TEXT.lines();
        loop {
            let (found, about) = lines.next()?.split_once('\t')?;
            if found == id {
                return Some(Docs { about, fields: lines });
            }
        }
    }

    /// What the type is for.
    #[must_use]
    pub fn about(&self) -> String {
        plain(self.about)
    }

    /// The words on one of its fields; none if upstream has none.
    #[must_use]
    pub fn field(&self, name: &str) -> FieldDocs {
        let own = self.fields.clone().map_while(|line| line.strip_prefix(' '));
        let mut rows = own.map(|line| line.split('\t'));
        let found = rows.find_map(|mut words| (words.next() == Some(name)).then_some(words));
        let Some(mut words) = found else { return FieldDocs::default() };
        FieldDocs { about: plain(words.next().unwrap_or_default()), values: words.collect() }
    }
}

/// The text without the escapes that keep it on one line.
fn plain(text: &str) -> String {
    let (mut out, mut chars) = (String::with_capacity(text.len()), text.chars());
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                other => out.extend(other),
            },
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::kind::ALL;
    use crate::resource::schema::Struct;

    #[test]
    fn every_kind_has_words() {
        for info in ALL {
            let root = Struct::of(info.kind);
            assert!(Docs::of(root.id()).is_some_and(|docs| !docs.about().is_empty()), "{}", info.name);
        }
    }

    #[test]
    fn words_on_a_field() {
        let docs = Docs::of("apps.StatefulSetSpec").unwrap();
        assert!(docs.field("replicas").about.starts_with("replicas is the desired number of replicas"));
        let policy = docs.field("podManagementPolicy");
        assert!(policy.about.contains("\n\nPossible enum values:\n - `\"OrderedReady\"`"), "{}", policy.about);
        assert_eq!(policy.values, ["OrderedReady", "Parallel"]);
        assert_eq!(docs.field("nope"), FieldDocs::default());
        assert!(Docs::of("apps.Nope").is_none());
    }

    #[test]
    fn escapes() {
        assert_eq!(plain(r"a\nb\tc\\n"), "a\nb\tc\\n");
    }
}
