//! A command line cut into words as a shell would: blanks, quotes and backslashes, no expansion.

/// The words of a line, or what is wrong with it.
pub(super) fn words(line: &str) -> Result<Vec<String>, String> {
    let (mut words, mut word) = (Vec::new(), None::<String>);
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' | '\r' | '\n' => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next() {
                        Some('\'') => break,
                        Some(c) => word.push(c),
                        None => return Err("a quote is not closed".into()),
                    }
                }
            }
            '"' => double_quoted(&mut chars, word.get_or_insert_default())?,
            '\\' => word.get_or_insert_default().push(chars.next().ok_or("nothing after the last backslash")?),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Ok(words)
}

fn double_quoted(chars: &mut std::str::Chars<'_>, word: &mut String) -> Result<(), String> {
    loop {
        match chars.next() {
            Some('"') => return Ok(()),
            Some('\\') => match chars.next() {
                Some(c @ ('"' | '\\')) => word.push(c),
                Some(c) => word.extend(['\\', c]),
                None => return Err("a quote is not closed".into()),
            },
            Some(c) => word.push(c),
            None => return Err("a quote is not closed".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_as_a_shell_does() {
        let check = |line: &str, expect: &[&str]| assert_eq!(words(line).expect(line), expect, "{line}");
        check("get  pods -n x", &["get", "pods", "-n", "x"]);
        check(
            r#"patch sts web -p '{"spec":{"replicas":2}}'"#,
            &["patch", "sts", "web", "-p", r#"{"spec":{"replicas":2}}"#],
        );
        check(r#"a"b c"'d e'f"#, &["ab cd ef"]);
        check(r#""a\"b\n" '' \ x"#, &["a\"b\\n", "", " x"]);
        check("", &[]);
        for line in ["'a", "\"a", "\"a\\", "a\\"] {
            assert!(words(line).is_err(), "{line}");
        }
    }
}
