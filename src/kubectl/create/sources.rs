//! Where the data of a ConfigMap or Secret comes from: literals, files, folders, and files of `KEY=value` lines
//! (`k8s.io/kubectl/pkg/util/util.go`, `pkg/cmd/util/env_file.go`).

use std::fs;

use sha2::{Digest, Sha256};

use crate::apiserver::validation::names;
use crate::kubectl::error::{CmdError, message};
use crate::kubectl::flags::Parsed;
use crate::kubectl::io::Io;
use crate::kubectl::print::go::quote;

/// Takes one key and its bytes.
pub(super) type Add<'a> = dyn FnMut(&str, Vec<u8>) -> Result<(), CmdError> + 'a;

/// Combinations of flags that make no sense.
pub(super) fn validate(name: &str, line: &Parsed) -> Result<(), CmdError> {
    if name.is_empty() {
        return Err(message("name must be specified"));
    }
    let given = |flag: &str| !line.list(flag).is_empty();
    if given("from-env-file") && (given("from-file") || given("from-literal")) {
        return Err(message("from-env-file cannot be combined with from-file or from-literal"));
    }
    Ok(())
}

/// `--from-literal`.
pub(super) fn literals(line: &Parsed, add: &mut Add<'_>) -> Result<(), CmdError> {
    for source in line.list("from-literal") {
        let Some((key, value)) = source.split_once('=').filter(|(key, _)| !key.is_empty()) else {
            return Err(message(format!("invalid literal source {source}, expected key=value")));
        };
        add(key, value.into())?;
    }
    Ok(())
}

/// `--from-file`.
pub(super) fn files(line: &Parsed, io: &Io<'_>, add: &mut Add<'_>) -> Result<(), CmdError> {
    for source in line.list("from-file") {
        let (key, path) = key_and_path(source)?;
        let place = io.path(path);
        let metadata = fs::metadata(&place).map_err(|error| reading(path, &error))?;
        if !metadata.is_dir() {
            add(key, read(io, path)?)?;
            continue;
        }
        if source.contains('=') {
            return Err(message("cannot give a key name for a directory path"));
        }
        let listing = |error: std::io::Error| message(format!("error listing files in {path}: {}", why(&error)));
        let mut names = Vec::new();
        for entry in fs::read_dir(&place).map_err(listing)? {
            let entry = entry.map_err(listing)?;
            if entry.file_type().is_ok_and(|t| t.is_file()) {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        names.sort_unstable();
        for name in names {
            let bytes = read(io, &format!("{}/{name}", path.trim_end_matches('/')))?;
            add(&name, bytes)?;
        }
    }
    Ok(())
}

/// `[KEY=]PATH`; without a key it is the last word of the path.
fn key_and_path(source: &str) -> Result<(&str, &str), CmdError> {
    match source.split_once('=') {
        None => Ok((source.trim_end_matches('/').rsplit('/').next().filter(|k| !k.is_empty()).unwrap_or("/"), source)),
        Some((_, path)) if path.contains('=') => Err(message("key names or file paths cannot contain '='")),
        Some(("", path)) => Err(message(format!("key name for file path {path} missing"))),
        Some((key, "")) => Err(message(format!("file path for key name {key} missing"))),
        Some(pair) => Ok(pair),
    }
}

/// `--from-env-file`; `what` is what errors call such a file (`config`).
pub(super) fn env_files(line: &Parsed, what: &str, io: &Io<'_>, add: &mut Add<'_>) -> Result<(), CmdError> {
    for path in line.list("from-env-file") {
        let metadata = fs::metadata(io.path(path)).map_err(|error| reading(path, &error))?;
        if metadata.is_dir() {
            return Err(message(format!("env {what} file cannot be a directory")));
        }
        for (index, bytes) in read(io, path)?.split(|byte| *byte == b'\n').enumerate() {
            if let Some((key, value)) = env_line(bytes, path, index, io)? {
                add(&key, value.into_bytes())?;
            }
        }
    }
    Ok(())
}

/// One line of such a file; `None` for a comment or nothing. A key alone takes its value from the environment.
fn env_line(bytes: &[u8], path: &str, index: usize, io: &Io<'_>) -> Result<Option<(String, String)>, CmdError> {
    let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    let Ok(text) = std::str::from_utf8(bytes) else {
        let list: Vec<String> = bytes.iter().map(u8::to_string).collect();
        let line = index + 1;
        let fault = format!("env file {path} contains invalid utf8 bytes at line {line}: [{}]", list.join(" "));
        return Err(message(fault));
    };
    let text = if index == 0 { text.trim_start_matches('\u{feff}') } else { text }.trim_start();
    if text.is_empty() || text.starts_with('#') {
        return Ok(None);
    }
    let (key, value) = text.split_once('=').map_or((text, None), |(key, value)| (key, Some(value)));
    let problems = names::env_var_name(key);
    if !problems.is_empty() {
        return Err(message(format!("{} is not a valid key name: {}", quote(key), problems.join(";"))));
    }
    let value = value.map_or_else(|| io.env.get(key).cloned().unwrap_or_default(), str::to_string);
    Ok(Some((key.to_string(), value)))
}

fn read(io: &Io<'_>, path: &str) -> Result<Vec<u8>, CmdError> {
    fs::read(io.path(path)).map_err(|error| message(format!("open {path}: {}", why(&error))))
}

fn reading(path: &str, error: &std::io::Error) -> CmdError {
    message(format!("error reading {path}: {}", why(error)))
}

/// A failure of the file system in Go's words.
pub(super) fn why(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file or directory".into(),
        std::io::ErrorKind::PermissionDenied => "permission denied".into(),
        std::io::ErrorKind::NotADirectory => "not a directory".into(),
        std::io::ErrorKind::IsADirectory => "is a directory".into(),
        _ => error.to_string(),
    }
}

/// What `--append-hash` appends for this JSON (`k8s.io/kubectl/pkg/util/hash`): ten hex digits without vowels.
pub(super) fn hash(json: &str) -> String {
    let digest = Sha256::digest(json.as_bytes());
    let hex: String = digest.iter().take(5).map(|byte| format!("{byte:02x}")).collect();
    let letter = |c| match c {
        '0' => 'g',
        '1' => 'h',
        '3' => 'k',
        'a' => 'm',
        'e' => 't',
        other => other,
    };
    hex.chars().map(letter).collect()
}
