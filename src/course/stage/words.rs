//! A line without any shell in it, cut into words: the fast path of most lines. A line in which a shell would see more
//! than blanks, quotes and backslashes is left to the shell.

/// The words of a line, unless it needs a shell.
pub fn plain(line: &str) -> Option<Vec<String>> {
    let (mut words, mut word) = (Vec::new(), None::<String>);
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        '\'' => break,
                        c => word.push(c),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        '"' => break,
                        '$' | '`' | '!' => return None,
                        '\\' => match chars.next()? {
                            c @ ('"' | '\\' | '$' | '`') => word.push(c),
                            c => word.extend(['\\', c]),
                        },
                        c => word.push(c),
                    }
                }
            }
            '\\' => word.get_or_insert_default().push(chars.next().filter(|c| *c != '\n')?),
            '\n' | '|' | '&' | ';' | '<' | '>' | '(' | ')' | '$' | '`' | '*' | '?' | '[' => return None,
            '#' | '~' | '!' | '{' | '}' if word.is_none() => return None,
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_lines_are_cut_and_others_left_to_the_shell() {
        let check = |line: &str, expect: Option<&[&str]>| {
            let expect = expect.map(|words| words.iter().map(ToString::to_string).collect());
            assert_eq!(plain(line), expect, "{line}");
        };
        check("kubectl get  pods -n x", Some(&["kubectl", "get", "pods", "-n", "x"]));
        check(
            r#"kubectl patch sts web -p '{"a": [1]}'"#,
            Some(&["kubectl", "patch", "sts", "web", "-p", r#"{"a": [1]}"#]),
        );
        check(r#"a "b \"c\"" d\ e '' --o=={x}"#, Some(&["a", "b \"c\"", "d e", "", "--o=={x}"]));
        for line in ["a | b", "a > b", "a $B", "a \"$(b)\"", "a; b", "a 'b", "a *", "# a", "! a", "a & b", "{ a; }"] {
            check(line, None);
        }
        check("a web-0.nginx:80 x=y#z", Some(&["a", "web-0.nginx:80", "x=y#z"]));
    }
}
