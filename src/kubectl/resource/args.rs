//! The words of a command line that name resources: `TYPE NAME`, `TYPE/NAME`, `TYPE,TYPE`, `all`.

use super::{Builder, message};
use crate::kubectl::error::CmdError;
use crate::kubectl::print::go::quote;
use crate::resource::kind::ALL;

type Tuple = (String, String);

/// Adds `TYPE[,TYPE] [NAME...]` or `TYPE/NAME...` to the builder.
pub(super) fn type_or_name(builder: &mut Builder, allow_empty_selector: bool, words: &[String]) {
    let words = normalized(words);
    match combined(&words) {
        Err(error) => return builder.errors.push(error),
        Ok(true) => {
            for word in &words {
                match tuple(word) {
                    Ok(found) => builder.tuples.extend(found),
                    Err(error) => return builder.errors.push(error),
                }
            }
            return;
        }
        Ok(false) => {}
    }
    let Some((types, names)) = words.split_first() else { return };
    builder.types.extend(split_unique(&expand_categories(types)));
    builder.names.extend(names.iter().cloned());
    if names.is_empty() && allow_empty_selector && builder.label_selector.is_none() {
        builder.label_selector = Some(String::new());
    }
}

/// Adds names of one type, or `TYPE/NAME`, to the builder.
pub(super) fn names(builder: &mut Builder, resource: &str, words: &[String]) {
    for word in words {
        match tuple(word) {
            Err(error) => return builder.errors.push(error),
            Ok(Some(found)) => builder.tuples.push(found),
            Ok(None) if resource.is_empty() => {
                builder.errors.push(message(format!("the argument {} must be RESOURCE/NAME", quote(word))));
            }
            Ok(None) => builder.tuples.push((resource.to_string(), word.clone())),
        }
    }
}

/// Whether the words name objects, not only types.
pub fn has_names(words: &[String]) -> Result<bool, CmdError> {
    let words = normalized(words);
    Ok(combined(&words)? || words.len() > 1)
}

/// `a,b c` as `a/c b/c`.
fn normalized(words: &[String]) -> Vec<String> {
    let Some((types, names)) = words.split_first().filter(|(_, names)| !names.is_empty()) else {
        return words.to_vec();
    };
    let types = split_unique(types);
    if types.len() < 2 {
        return words.to_vec();
    }
    types.iter().flat_map(|t| names.iter().map(move |n| format!("{t}/{n}"))).collect()
}

/// Whether all words have the form `TYPE/NAME`; an error if only some have.
fn combined(words: &[String]) -> Result<bool, CmdError> {
    let slashes = words.iter().filter(|w| w.contains('/')).count();
    if slashes > 0 && slashes < words.len() {
        return Err(message(
            "there is no need to specify a resource type as a separate argument when passing arguments in \
             resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource \
             resource/<resource_name>'",
        ));
    }
    Ok(slashes > 0)
}

fn tuple(word: &str) -> Result<Option<Tuple>, CmdError> {
    let Some((resource, name)) = word.split_once('/') else { return Ok(None) };
    if name.contains('/') {
        return Err(message("arguments in resource/name form may not have more than one slash"));
    }
    if resource.is_empty() || name.is_empty() || resource.contains(',') {
        return Err(message("arguments in resource/name form must have a single resource and name"));
    }
    Ok(Some((resource.to_string(), name.to_string())))
}

fn split_unique(word: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for part in word.split(',') {
        if !parts.iter().any(|p| p == part) {
            parts.push(part.to_string());
        }
    }
    parts
}

/// `all` as the resources in that category.
fn expand_categories(types: &str) -> String {
    let all = || ALL.iter().filter(|i| i.in_all).map(|i| i.kind.resource()).collect::<Vec<_>>().join(",");
    types.split(',').map(|t| if t == "all" { all() } else { t.to_string() }).collect::<Vec<_>>().join(",")
}
