//! The words of `kubectl set env`: which name objects, and what the variables among them say
//! (`k8s.io/kubectl/pkg/cmd/set/env/env_parse.go`).

use std::io::Read;

use serde_json::{Value, json};

use super::super::error::{CmdError, message};

/// What the words mean: variables to set, and names of variables to remove.
#[derive(Debug, Default, PartialEq)]
pub struct Variables {
    /// As a container has them.
    pub set: Vec<Value>,
    /// By name.
    pub remove: Vec<String>,
}

/// Takes the words that name objects from those that change variables; the latter come last.
pub fn split(args: &[String]) -> Result<(Vec<String>, Vec<String>), CmdError> {
    let is_env = |word: &String| word.char_indices().any(|(at, c)| c == '=' && at > 0) || word.ends_with('-');
    let first = args.iter().position(is_env).unwrap_or(args.len());
    let (objects, words) = args.split_at(first);
    if words.iter().all(is_env) {
        return Ok((objects.to_vec(), words.to_vec()));
    }
    let all = args.join(" ");
    Err(message(format!("all resources must be specified before environment changes: {all}")))
}

/// Reads `KEY=VALUE`, `KEY-`, and `-` for lines of standard input.
pub fn parse(words: &[String], stdin: &mut dyn Read) -> Result<Variables, CmdError> {
    let mut variables = Variables::default();
    let mut assigned = Vec::new();
    for word in words {
        if word == "-" {
            variables.set.extend(read(stdin)?);
        } else if let Some((name, value)) = word.split_once('=') {
            let problems = name_problems(name);
            if !problems.is_empty() {
                return Err(message(format!("{name:?} is not a valid key name: {}", problems.join(";"))));
            }
            assigned.push(name.to_string());
            variables.set.push(variable(name, value));
        } else if let Some(name) = word.strip_suffix('-') {
            variables.remove.push(name.to_string());
        } else {
            return Err(message(format!("unknown environment variable: {word}")));
        }
    }
    if variables.remove.iter().any(|name| assigned.contains(name)) {
        return Err(message("can not both modify and remove the same environment variable in the same command"));
    }
    Ok(variables)
}

/// Lines `KEY=VALUE`; what follows a `#` is ignored, and lines that assign nothing.
fn read(stdin: &mut dyn Read) -> Result<Vec<Value>, CmdError> {
    let mut bytes = Vec::new();
    stdin.read_to_end(&mut bytes).map_err(|why| message(why.to_string()))?;
    let text = String::from_utf8_lossy(&bytes);
    let assignment = |line: &str| {
        let (name, value) = line.split('#').next()?.split_once('=')?;
        Some(variable(name, value))
    };
    Ok(text.lines().filter_map(assignment).collect())
}

/// A variable as a container has it; an empty value is not written.
fn variable(name: &str, value: &str) -> Value {
    if value.is_empty() { json!({"name": name}) } else { json!({"name": name, "value": value}) }
}

fn name_problems(name: &str) -> Vec<&'static str> {
    let mut problems = Vec::new();
    let letter = |c: char| c.is_ascii_alphabetic() || matches!(c, '-' | '.' | '_');
    let good = name.starts_with(letter) && name.chars().all(|c| letter(c) || c.is_ascii_digit());
    if !good {
        problems.push(
            "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', \
             and must not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex \
             used for validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')",
        );
    }
    match name {
        "." => problems.push("must not be '.'"),
        ".." => problems.push("must not be '..'"),
        name if name.starts_with("..") => problems.push("must not start with '..'"),
        _ => {}
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_string).collect()
    }

    #[test]
    fn objects_come_first() {
        let (objects, changes) = split(&words("sts web A=1 B- C==")).unwrap();
        assert_eq!((objects, changes), (words("sts web"), words("A=1 B- C==")));
        let error = split(&words("sts web A=1 b")).unwrap_err();
        assert_eq!(error.to_string(), "all resources must be specified before environment changes: sts web A=1 b");
        assert_eq!(split(&words("sts =x")).unwrap().0, words("sts =x"));
    }

    #[test]
    fn variables() {
        let mut input = "X=1 # one\n# nothing\nY=\nplain\n".as_bytes();
        let found = parse(&words("A=1=2 B- - C="), &mut input).unwrap();
        assert_eq!(
            found.set,
            [
                json!({"name": "A", "value": "1=2"}),
                json!({"name": "X", "value": "1 "}),
                json!({"name": "Y"}),
                json!({"name": "C"}),
            ]
        );
        assert_eq!(found.remove, ["B"]);
        let fails = |line: &str| parse(&words(line), &mut std::io::empty()).unwrap_err().to_string();
        assert_eq!(fails("x"), "unknown environment variable: x");
        assert!(fails("1A=x").starts_with("\"1A\" is not a valid key name: a valid environment variable name must"));
        assert!(fails("..a=x").ends_with("must not start with '..'"));
        assert_eq!(fails("A=x A-"), "can not both modify and remove the same environment variable in the same command");
    }
}
