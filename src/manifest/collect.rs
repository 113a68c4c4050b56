//! The sources that `-f` names: files, folders, patterns, standard input (cli-runtime: resource/builder.go, visitor.go).
//! What a path itself gets wrong is found before anything is read; what reading gets wrong only when its turn comes.

use std::io::{self, Read};
use std::path::Path;

use super::MAX_BYTES;
use super::glob::{clean, glob, names};
use super::problem::Problem;
use super::source::Source;

/// The extensions that count in a folder.
const EXTENSIONS: [&str; 3] = ["json", "yaml", "yml"];

/// Where a source is to be read from.
enum Place {
    Stdin,
    Url(String),
    File(String),
}

/// The sources of `filenames` in order, relative names seen from `dir`; the folders within folders too if `recursive`.
/// Fails as a whole, with every reason, if a path does not exist: kubectl then does nothing at all. An error among the
/// sources is one that kubectl meets only after it has dealt with the sources before.
pub fn collect(
    filenames: &[String],
    recursive: bool,
    dir: &Path,
    stdin: &mut dyn Read,
) -> Result<Vec<Result<Source, Problem>>, Vec<Problem>> {
    let (mut places, mut problems) = (Vec::new(), Vec::new());
    for name in filenames {
        if name == "-" {
            if places.iter().any(|place| matches!(place, Place::Stdin)) {
                problems.push(Problem::new("standard input cannot be used for multiple arguments"));
            }
            places.push(Place::Stdin);
        } else if name.starts_with("http://") || name.starts_with("https://") {
            places.push(Place::Url(name.clone()));
        } else if let Err(problem) = add_paths(name, recursive, dir, &mut places, problems.is_empty()) {
            problems.push(problem);
        }
    }
    if problems.is_empty() { Ok(places.iter().map(|place| read(place, dir, stdin)).collect()) } else { Err(problems) }
}

fn add_paths(
    name: &str,
    recursive: bool,
    dir: &Path,
    places: &mut Vec<Place>,
    no_problems: bool,
) -> Result<(), Problem> {
    let missing = || Problem::new(format!("the path {name:?} does not exist"));
    let not_found = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
    let paths = match dir.join(name).metadata() {
        Err(error) if not_found(&error) => {
            let found = glob(name, dir)
                .map_err(|_| Problem::new(format!("pattern {name:?} is not valid: syntax error in pattern")))?;
            if found.is_empty() {
                return Err(missing());
            }
            found
        }
        _ => vec![name.to_string()],
    };
    for path in &paths {
        match dir.join(path).metadata() {
            Err(error) if not_found(&error) => return Err(Problem::new(format!("the path {path:?} does not exist"))),
            Err(error) => {
                let why = go_error(&error);
                return Err(Problem::new(format!("the path {path:?} cannot be accessed: stat {path}: {why}")));
            }
            Ok(_) => walk(path, true, recursive, dir, places),
        }
    }
    if places.is_empty() && no_problems {
        let paths = paths.join(" ");
        let message = format!("error reading [{paths}]: recognized file extensions are [.json .yaml .yml]");
        return Err(
            Problem::new(message).with_help("the folder has no manifests itself; -R also looks into its folders")
        );
    }
    Ok(())
}

/// Adds a file, or the manifests of a folder in the order of their names.
fn walk(path: &str, named: bool, recursive: bool, dir: &Path, places: &mut Vec<Place>) {
    if !dir.join(path).symlink_metadata().is_ok_and(|data| data.is_dir()) {
        let extension = path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map(|(_, extension)| extension);
        if named || extension.is_some_and(|extension| EXTENSIONS.contains(&extension)) {
            places.push(Place::File(path.to_string()));
        }
    } else if named || recursive {
        for name in names(&dir.join(path)) {
            walk(&clean(&format!("{path}/{name}")), false, recursive, dir, places);
        }
    }
}

fn read(place: &Place, dir: &Path, stdin: &mut dyn Read) -> Result<Source, Problem> {
    let (name, bytes) = match place {
        Place::Stdin => {
            ("STDIN", read_all(stdin).map_err(|error| format!("error parsing STDIN: {}", go_error(&error))))
        }
        Place::Url(url) => {
            let problem = Problem::new(format!("cannot read {url}: the lab works without a network"));
            return Err(problem.with_help("download the manifest and name the file instead"));
        }
        Place::File(name) => {
            let bytes =
                std::fs::File::open(dir.join(name)).map_err(|error| format!("open {name}: {}", go_error(&error)));
            let bytes = bytes.and_then(|mut file| {
                read_all(&mut file).map_err(|error| format!("error parsing {name}: read {name}: {}", go_error(&error)))
            });
            (name.as_str(), bytes)
        }
    };
    bytes.map(|bytes| Source::from_bytes(name, bytes)).map_err(Problem::new)
}

/// All bytes, up to a little more than a manifest may have: `parse` refuses what is longer.
fn read_all(input: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(MAX_BYTES as u64 + 4).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// An error of the system in Go's words: the same, but small and without a number.
fn go_error(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_lowercase().chain(chars).collect())
}
