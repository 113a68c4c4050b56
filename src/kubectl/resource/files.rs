//! The files of `-f`: names, directories, patterns and standard input become an ordered list of paths, and each path a
//! stream of documents. What a document's YAML means is [`crate::manifest`]'s business.

use std::path::{Path as StdPath, PathBuf};

use serde_json::Value;

use super::{Builder, FilenameOptions, Io, message};
use crate::kubectl::error::CmdError;

/// One file to read.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Path {
    /// Under this name, relative to the command's folder.
    File(String),
    /// Standard input.
    Stdin,
}

const EXTENSIONS: [&str; 3] = ["json", "yaml", "yml"];

/// Adds the files to the builder, in the order in which kubectl reads them.
pub(super) fn expand(builder: &mut Builder, options: &FilenameOptions, io: &Io<'_>) {
    if !options.filenames.is_empty() && !options.kustomize.is_empty() {
        return builder.errors.push(message("only one of -f or -k can be specified"));
    }
    if !options.kustomize.is_empty() {
        let why = if options.recursive {
            "the -k flag can't be used with -f or -R"
        } else {
            "this lab does not model kustomization directories (-k) yet"
        };
        return builder.errors.push(message(why));
    }
    for name in &options.filenames {
        if name == "-" {
            if builder.stream {
                builder.errors.push(message("standard input cannot be used for multiple arguments"));
            }
            builder.stream = true;
            builder.paths.push(Path::Stdin);
        } else if name.starts_with("http://") || name.starts_with("https://") {
            builder.errors.push(message(format!("unable to read URL {name:?}: a lab has no network")));
        } else {
            named(builder, name, options.recursive, io);
        }
    }
}

fn named(builder: &mut Builder, name: &str, recursive: bool, io: &Io<'_>) {
    let missing = || message(format!("the path {name:?} does not exist"));
    let matches = if io.path(name).exists() { vec![name.to_string()] } else { glob(name, io) };
    if matches.is_empty() {
        return builder.errors.push(missing());
    }
    if !recursive && matches.len() == 1 {
        builder.single_item = true;
    }
    for path in &matches {
        let mut found = Vec::new();
        if let Err(error) = walk(path, recursive, io, &mut found) {
            builder.errors.push(message(format!("error reading {path:?}: {error}")));
        }
        builder.dir |= found.len() > 1;
        builder.paths.extend(found.into_iter().map(Path::File));
    }
    if builder.paths.is_empty() && builder.errors.is_empty() {
        let list = matches.join(" ");
        builder
            .errors
            .push(message(format!("error reading [{list}]: recognized file extensions are [.json .yaml .yml]")));
    }
}

/// The files at and below a path, by name; below it only those with a known extension.
fn walk(root: &str, recursive: bool, io: &Io<'_>, found: &mut Vec<String>) -> Result<(), String> {
    if !io.path(root).is_dir() {
        found.push(root.to_string());
        return Ok(());
    }
    let mut folders = vec![clean(root)];
    while let Some(folder) = folders.pop() {
        if let Some(file) = folder.strip_suffix('\0') {
            found.push(file.to_string());
            continue;
        }
        let entries = std::fs::read_dir(io.path(&folder)).map_err(|e| format!("open {folder}: {}", reason(&e)))?;
        let mut names: Vec<String> =
            entries.filter_map(|e| e.ok().map(|e| e.file_name().to_string_lossy().into_owned())).collect();
        names.sort_unstable();
        // Pushed last first, so that the stack gives them back in order, files among folders.
        for name in names.into_iter().rev() {
            let path = if folder == "." { name } else { format!("{}/{name}", folder.trim_end_matches('/')) };
            let extension = StdPath::new(&path).extension().and_then(|e| e.to_str());
            if io.path(&path).is_dir() {
                folders.extend(recursive.then_some(path));
            } else if extension.is_some_and(|e| EXTENSIONS.contains(&e)) {
                folders.push(path + "\0");
            }
        }
    }
    Ok(())
}

/// A folder's name without `./` and doubled slashes, as Go's `filepath.Join` leaves it.
fn clean(path: &str) -> String {
    let parts: PathBuf = StdPath::new(path).components().filter(|c| c.as_os_str() != ".").collect();
    let text = parts.to_string_lossy().into_owned();
    if text.is_empty() { ".".to_string() } else { text }
}

/// The existing files that match a pattern of `*`, `?` and `[...]`, by name.
fn glob(pattern: &str, io: &Io<'_>) -> Vec<String> {
    let mut found = vec![String::new()];
    if pattern.starts_with('/') {
        found[0].push('/');
    }
    for part in pattern.split('/').filter(|p| !p.is_empty()) {
        found = found.iter().flat_map(|base| glob_step(base, part, io)).collect();
    }
    found
}

fn glob_step(base: &str, part: &str, io: &Io<'_>) -> Vec<String> {
    let join = |name: &str| {
        if base.is_empty() || base.ends_with('/') { format!("{base}{name}") } else { format!("{base}/{name}") }
    };
    if !part.contains(['*', '?', '[', '\\']) {
        return Some(join(part)).filter(|p| io.path(p).exists()).into_iter().collect();
    }
    let Some(pattern) = pattern_of(part) else { return Vec::new() };
    let entries = std::fs::read_dir(io.path(if base.is_empty() { "." } else { base }));
    let names =
        entries.into_iter().flatten().filter_map(|e| e.ok().map(|e| e.file_name().to_string_lossy().into_owned()));
    let mut names: Vec<String> = names.filter(|n| pattern.is_match(n)).collect();
    names.sort_unstable();
    names.iter().map(|n| join(n)).collect()
}

/// A pattern for one name as Go's `filepath.Match` reads it; `None` if it is malformed.
fn pattern_of(part: &str) -> Option<regex::Regex> {
    let mut text = String::from("^");
    let mut chars = part.chars();
    while let Some(c) = chars.next() {
        match c {
            '*' => text.push_str(".*"),
            '?' => text.push('.'),
            '[' => {
                let class: String = chars.by_ref().take_while(|c| *c != ']').collect();
                let (not, class) = class.strip_prefix('^').map_or(("", class.as_str()), |rest| ("^", rest));
                text.push_str(&["[", not, &regex::escape(class).replace("\\-", "-"), "]"].concat());
            }
            '\\' => text.push_str(&regex::escape(&chars.next()?.to_string())),
            c => text.push_str(&regex::escape(&c.to_string())),
        }
    }
    text.push('$');
    regex::Regex::new(&text).ok()
}

impl Path {
    /// The name errors give it.
    pub(super) fn source(&self) -> &str {
        match self {
            Path::File(name) => name,
            Path::Stdin => "STDIN",
        }
    }

    fn read(&self, io: &mut Io<'_>) -> Result<String, CmdError> {
        let mut bytes = Vec::new();
        let read = match self {
            Path::Stdin => io.stdin.read_to_end(&mut bytes).map(|_| ()),
            Path::File(name) => std::fs::read(io.path(name)).map(|read| bytes = read),
        };
        read.map_err(|e| message(format!("open {}: {}", self.source(), reason(&e))))?;
        Ok(decode(&bytes))
    }

    /// The documents of the file, up to the first that is no YAML.
    pub(super) fn documents(&self, io: &mut Io<'_>) -> Result<Vec<Result<Value, CmdError>>, CmdError> {
        let text = self.read(io)?;
        let mut documents = Vec::new();
        for document in serde_yaml::Deserializer::from_str(&text) {
            let value = <Value as serde::Deserialize>::deserialize(document)
                .map_err(|e| message(format!("error parsing {}: {e}", self.source())));
            let failed = value.is_err();
            documents.push(value);
            if failed {
                break;
            }
        }
        Ok(documents)
    }
}

/// Text of a file: UTF-8, or what its byte order mark says.
fn decode(bytes: &[u8]) -> String {
    let utf16 = |rest: &[u8], read: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = rest.chunks_exact(2).map(|pair| read([pair[0], pair[1]])).collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        all => String::from_utf8_lossy(all).into_owned(),
    }
}

/// The system's reason as Go words it.
fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file or directory".to_string(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_string(),
        _ => error.to_string(),
    }
}
