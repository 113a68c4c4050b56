//! The edited file as text: its comments, and whether anything is left without them
//! (`StripComments` and `ManualStrip` of `k8s.io/kubectl/pkg/cmd/util/helpers.go`).

use serde_json::Value;

use crate::manifest::yaml_to_json;

/// The text without lines that are comments.
pub fn without_comments(text: &str) -> String {
    let is_comment = |line: &&str| line.trim().starts_with('#') && !line.trim().starts_with("#!");
    let lines: Vec<&str> = text.split('\n').collect();
    let last = lines.len() - 1;
    let kept = lines.iter().enumerate().filter(|(_, line)| !is_comment(line));
    kept.map(|(at, line)| if at < last { format!("{line}\n") } else { (*line).to_string() }).collect()
}

/// What the text means: its value, or itself without comments if it is no YAML.
pub fn meaning(text: &str) -> Result<Value, String> {
    yaml_to_json(text).map_err(|_| without_comments(text))
}

/// Whether any line is neither empty nor a comment.
pub fn has_lines(text: &str) -> bool {
    text.lines().any(|line| !line.trim().is_empty() && !line.trim().starts_with('#'))
}

/// The text as the lines of a comment.
pub fn commented(text: &str) -> String {
    let mut commented = String::new();
    for (at, c) in text.char_indices() {
        commented.push(c);
        let next = text[at + c.len_utf8()..].chars().next();
        if c == '\n' && next.is_some_and(|next| next != '#') {
            commented.push_str("# ");
        }
    }
    commented
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn comments() {
        assert_eq!(without_comments("# a\nb: 1\n  # c\n#! d\n"), "b: 1\n#! d\n");
        assert_eq!(without_comments("a\n# b"), "a\n");
        assert_eq!(meaning("# a\nb: 1 # c\n"), Ok(json!({"b": 1})));
        assert_eq!(meaning("# a\nb: [\n"), Err("b: [\n".to_string()));
        assert!(has_lines("# a\n b\n") && !has_lines("# a\n\n  # b\n"));
        assert_eq!(commented("a\nb\n#c\n"), "a\n# b\n#c\n");
    }
}
