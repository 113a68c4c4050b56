//! A line cut into words as a shell would, with blanks, quotes and backslashes, and no expansion; and whether a shell would
//! see more in it than that. Most lines need no shell.

/// A line, cut.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Cut {
    words: Vec<String>,
    /// Whether a shell would see more than words.
    shell: bool,
}

/// The words of a line, or what is wrong with it.
pub fn words(line: &str) -> Result<Vec<String>, String> {
    cut(line).map(|cut| cut.words)
}

/// The words of a line, unless it needs a shell.
#[must_use]
pub fn plain(line: &str) -> Option<Vec<String>> {
    cut(line).ok().filter(|cut| !cut.shell).map(|cut| cut.words)
}

const OPEN: &str = "a quote is not closed";

fn cut(line: &str) -> Result<Cut, String> {
    let (mut cut, mut word) = (Cut::default(), None::<String>);
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' => cut.words.extend(word.take()),
            '\r' | '\n' => {
                cut.words.extend(word.take());
                cut.shell = true;
            }
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next().ok_or(OPEN)? {
                        '\'' => break,
                        c => word.push(c),
                    }
                }
            }
            '"' => cut.shell |= double_quoted(&mut chars, word.get_or_insert_default())?,
            '\\' => {
                let next = chars.next().ok_or("nothing after the last backslash")?;
                cut.shell |= next == '\n';
                word.get_or_insert_default().push(next);
            }
            c => {
                let anywhere = "|&;<>()$`*?[".contains(c);
                cut.shell |= anywhere || (word.is_none() && "#~!{}".contains(c));
                word.get_or_insert_default().push(c);
            }
        }
    }
    cut.words.extend(word);
    Ok(cut)
}

/// What stands up to the closing quote; whether a shell would see more in it than text.
fn double_quoted(chars: &mut std::str::Chars<'_>, word: &mut String) -> Result<bool, String> {
    let mut shell = false;
    loop {
        match chars.next().ok_or(OPEN)? {
            '"' => return Ok(shell),
            '\\' => match chars.next().ok_or(OPEN)? {
                c @ ('"' | '\\') => word.push(c),
                c => {
                    shell |= matches!(c, '$' | '`' | '\n');
                    word.extend(['\\', c]);
                }
            },
            c => {
                shell |= matches!(c, '$' | '`' | '!');
                word.push(c);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_as_a_shell_does() {
        let check = |line: &str, expect: &[&str]| assert_eq!(words(line).expect(line), expect, "{line}");
        check("get  pods -n x", &["get", "pods", "-n", "x"]);
        check(
            r#"patch sts web -p '{"spec":{"replicas":2}}'"#,
            &["patch", "sts", "web", "-p", r#"{"spec":{"replicas":2}}"#],
        );
        check(r#"a"b c"'d e'f"#, &["ab cd ef"]);
        check(r#""a\"b\n" '' \ x"#, &["a\"b\\n", "", " x"]);
        check(
            "get pods -o jsonpath={.items[*].metadata.name}\n",
            &["get", "pods", "-o", "jsonpath={.items[*].metadata.name}"],
        );
        check("", &[]);
        for line in ["'a", "\"a", "\"a\\", "a\\"] {
            assert!(words(line).is_err(), "{line}");
        }
    }

    #[test]
    fn plain_lines_need_no_shell() {
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
        check("a \"\\$b\"", None);
        check("a web-0.nginx:80 x=y#z", Some(&["a", "web-0.nginx:80", "x=y#z"]));
    }
}
