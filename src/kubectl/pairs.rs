//! Words like `KEY=VALUE` and `KEY-` behind the names of objects, as label, annotate and set take them
//! (`GetResourcesAndPairs` and `ParsePairs` of `k8s.io/kubectl/pkg/cmd/util/helpers.go`).

use std::collections::BTreeMap;

use serde_json::Value;

use super::error::{CmdError, message};
use super::flags::Parsed;
use super::io::Io;
use super::print::value::{members, text};
use super::resource::{Builder, FilenameOptions, Info, Resources};

/// What pairs mean: values to set by key, and keys to remove in the order given.
pub type Changes = (BTreeMap<String, String>, Vec<String>);

/// Separates the words that name objects from the pairs behind them. `what` is the sort of the pairs (`label`).
pub fn split(args: &[String], what: &str) -> Result<(Vec<String>, Vec<String>), CmdError> {
    let is_pair = |word: &str| is_assignment(word) || is_removal(word);
    let first = args.iter().position(|word| is_pair(word)).unwrap_or(args.len());
    let (objects, pairs) = args.split_at(first);
    match pairs.iter().find(|word| !is_pair(word)) {
        Some(word) => Err(message(format!("all resources must be specified before {what} changes: {word}"))),
        None => Ok((objects.to_vec(), pairs.to_vec())),
    }
}

/// Reads pairs; without `removals`, `KEY-` is an error.
pub fn parse(pairs: &[String], what: &str, removals: bool) -> Result<Changes, CmdError> {
    let (mut set, mut remove, mut invalid) = (BTreeMap::new(), Vec::new(), Vec::new());
    for pair in pairs {
        if let Some((key, value)) = pair.split_once('=').filter(|_| is_assignment(pair)) {
            set.insert(key.to_string(), value.to_string());
        } else if removals && is_removal(pair) {
            remove.push(pair[..pair.len() - 1].to_string());
        } else {
            invalid.push(pair.as_str());
        }
    }
    if invalid.is_empty() {
        return Ok((set, remove));
    }
    Err(message(format!("invalid {what} format: {}", invalid.join(", "))))
}

fn is_assignment(word: &str) -> bool {
    word.contains('=') && !word.starts_with('=')
}

fn is_removal(word: &str) -> bool {
    word.ends_with('-') && word != "-"
}

/// The objects that label and annotate work on.
pub fn resources(line: &Parsed, objects: &[String], io: &mut Io<'_>) -> Resources {
    let local = line.bool("local");
    let builder = Builder::for_line(line)
        .local(local)
        .continue_on_error()
        .filenames(line.namespace_given(), &FilenameOptions::of(line), io)
        .flatten();
    if local {
        return builder.build();
    }
    builder
        .label_selector(line.str("selector"))
        .field_selector(line.str("field-selector"))
        .all_namespaces(line.bool("all-namespaces"))
        .type_or_name_args(line.bool("all"), objects)
        .latest()
        .build()
}

/// Takes the resource version out of an object, so that a patch is sure to send the one that was asked for.
pub fn forget_version(object: &mut Value, wanted: &str) {
    if wanted.is_empty() {
        return;
    }
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("resourceVersion");
    }
}

/// `--list`: shows labels or annotations.
pub struct Marks {
    /// `labels` or `annotations`.
    pub of: &'static str,
    /// Whether only one object is asked for: it is not named then.
    pub one: bool,
}

impl Marks {
    /// Lists those of one object, sorted by key.
    pub fn list(&self, info: &Info, object: &Value, io: &mut Io<'_>) {
        let indent = if self.one { "" } else { " " };
        if !self.one {
            let group = text(object, "/apiVersion").split_once('/').map_or("", |(group, _)| group);
            let kind = text(object, "/kind");
            io.out(format_args!("Listing {} for {kind}.{group}/{}:\n", self.of, info.name));
        }
        for (key, value) in members(object, &format!("/metadata/{}", self.of)) {
            io.out(format_args!("{indent}{key}={value}\n"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_string).collect()
    }

    #[test]
    fn objects_come_first() {
        let check = |line: &str, expect: Result<(&str, &str), &str>| {
            let expect = expect.map(|(a, b)| (words(a), words(b))).map_err(str::to_string);
            assert_eq!(split(&words(line), "label").map_err(|e| e.to_string()), expect, "{line}");
        };
        check("sts web a=b c-", Ok(("sts web", "a=b c-")));
        check("sts/web", Ok(("sts/web", "")));
        check("sts - =x", Ok(("sts - =x", "")));
        check("sts web a=b c", Err("all resources must be specified before label changes: c"));
    }

    #[test]
    fn pairs_are_set_or_removed() {
        let (set, remove) = parse(&words("a=b=c a=d e="), "image", false).unwrap();
        assert_eq!(set, BTreeMap::from([("a".into(), "d".into()), ("e".into(), String::new())]));
        assert!(remove.is_empty());
        assert_eq!(parse(&words("a- b-"), "annotation", true).unwrap().1, ["a", "b"]);
        let error = parse(&words("a- b=c d-"), "image", false).unwrap_err();
        assert_eq!(error.to_string(), "invalid image format: a-, d-");
    }
}
