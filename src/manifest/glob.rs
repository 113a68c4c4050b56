//! File name patterns as Go's `path/filepath` has them (`Match`, `Glob`): `*`, `?`, `[a-z]`, `[^a]`, `\` before a
//! character. The shell usually expands them; kubectl does when they arrive quoted.

use std::path::Path;

/// The pattern itself is wrong.
#[derive(Debug, PartialEq)]
pub(super) struct BadPattern;

/// The paths that match `pattern`, seen from `dir`; unreadable folders count as empty.
pub(super) fn glob(pattern: &str, dir: &Path) -> Result<Vec<String>, BadPattern> {
    matches(pattern, "")?;
    if !has_meta(pattern) {
        return Ok(if dir.join(pattern).symlink_metadata().is_ok() { vec![pattern.to_string()] } else { Vec::new() });
    }
    let (folder, file) = pattern.rsplit_once('/').map_or(("", pattern), |(folder, file)| (folder, file));
    let folder = match folder {
        "" if pattern.starts_with('/') => "/",
        "" => ".",
        folder => folder,
    };
    if folder == pattern {
        return Err(BadPattern);
    }
    let folders = if has_meta(folder) { glob(folder, dir)? } else { vec![folder.to_string()] };
    let mut found = Vec::new();
    for folder in folders {
        for name in names(&dir.join(&folder)) {
            if matches(file, &name)? {
                found.push(clean(&format!("{folder}/{name}")));
            }
        }
    }
    Ok(found)
}

fn has_meta(pattern: &str) -> bool {
    pattern.contains(['*', '?', '[', '\\'])
}

/// The names in a folder, sorted.
pub(super) fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// The shortest name of the same path (Go's `path.Clean`).
pub(super) fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    match (rooted, parts.join("/")) {
        (true, path) => format!("/{path}"),
        (false, path) if path.is_empty() => ".".to_string(),
        (false, path) => path,
    }
}

/// Whether the whole of `name` matches `pattern`.
fn matches(pattern: &str, name: &str) -> Result<bool, BadPattern> {
    let pattern: Vec<Piece> = pieces(pattern)?;
    let name: Vec<char> = name.chars().collect();
    let (mut p, mut n, mut star) = (0, 0, None);
    while n < name.len() {
        match pattern.get(p) {
            Some(Piece::Star) => {
                star = Some((p, n));
                p += 1;
            }
            Some(piece) if piece.takes(name[n]) => (p, n) = (p + 1, n + 1),
            _ => match star {
                Some((at, from)) if name[from] != '/' => {
                    star = Some((at, from + 1));
                    (p, n) = (at + 1, from + 1);
                }
                _ => return Ok(false),
            },
        }
    }
    Ok(pattern[p..].iter().all(|piece| *piece == Piece::Star))
}

#[derive(Debug, PartialEq)]
enum Piece {
    Star,
    Any,
    One(char),
    Set { negated: bool, ranges: Vec<(char, char)> },
}

impl Piece {
    fn takes(&self, c: char) -> bool {
        match self {
            Piece::Star => false,
            Piece::Any => c != '/',
            Piece::One(own) => c == *own,
            Piece::Set { negated, ranges } => ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != *negated,
        }
    }
}

fn pieces(pattern: &str) -> Result<Vec<Piece>, BadPattern> {
    let mut pieces = Vec::new();
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        pieces.push(match c {
            '*' => Piece::Star,
            '?' => Piece::Any,
            '\\' => Piece::One(chars.next().ok_or(BadPattern)?),
            '[' => {
                let negated = chars.next_if_eq(&'^').is_some();
                let mut ranges = Vec::new();
                while ranges.is_empty() || chars.peek() != Some(&']') {
                    let low = bound(&mut chars)?;
                    let high = if chars.next_if_eq(&'-').is_some() { bound(&mut chars)? } else { low };
                    ranges.push((low, high));
                }
                chars.next();
                Piece::Set { negated, ranges }
            }
            c => Piece::One(c),
        });
    }
    Ok(pieces)
}

fn bound(chars: &mut std::iter::Peekable<std::str::Chars>) -> Result<char, BadPattern> {
    match chars.next() {
        Some('\\') => chars.next().ok_or(BadPattern),
        Some('-' | ']') | None => Err(BadPattern),
        Some(c) => Ok(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, name, expect) in [
            ("*.yaml", "web.yaml", true),
            ("*.yaml", "web.yml", false),
            ("*", "", true),
            ("w?b*", "web", true),
            ("[a-c]b", "bb", true),
            ("[^a-c]b", "bb", false),
            ("\\*", "*", true),
            ("\\*", "x", false),
            ("a*b*c", "axxbyybzc", true),
            ("*", "a/b", false),
        ] {
            assert_eq!(matches(pattern, name), Ok(expect), "{pattern} {name}");
        }
        for pattern in ["[", "[a", "[]", "[-]", "\\", "[a-"] {
            assert_eq!(matches(pattern, ""), Err(BadPattern), "{pattern}");
        }
    }

    #[test]
    fn cleaned_paths() {
        for (path, expect) in [
            ("./a//b/", "a/b"),
            ("a/../b", "b"),
            ("../a", "../a"),
            ("/../a", "/a"),
            (".", "."),
            ("a/..", "."),
            ("", "."),
        ] {
            assert_eq!(clean(path), expect, "{path}");
        }
    }
}
