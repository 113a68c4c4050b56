//! A number for what this program is built from: what one build has stored of a lab's state, another does not read. And
//! the table of what is taught: every file of `lessons/`, but what only instructors get.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

fn main() -> std::io::Result<()> {
    let mut files = vec![PathBuf::from("Cargo.lock")];
    for dir in ["src", "profiles"] {
        collect(Path::new(dir), &mut files)?;
        println!("cargo::rerun-if-changed={dir}");
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        file.hash(&mut hasher);
        // Without a lock file (a packaged crate may lack it) the source alone has to do.
        std::fs::read(&file).unwrap_or_default().hash(&mut hasher);
    }
    println!("cargo::rerun-if-changed=Cargo.lock");
    println!("cargo::rustc-env=STS_LAB_SOURCE={:016x}", hasher.finish());
    embed()
}

/// Writes the table of the files of `lessons/`: a new file is in it by being there.
fn embed() -> std::io::Result<()> {
    let mut files = Vec::new();
    collect(Path::new("lessons"), &mut files)?;
    println!("cargo::rerun-if-changed=lessons");
    files.retain(|file| file.extension().is_some_and(|kind| kind == "yaml") && !file.ends_with("hidden.yaml"));
    files.sort();
    let mut table = String::from("/// The files that come with the program: path and text.\n");
    table.push_str("pub const EMBEDDED: &[(&str, &str)] = &[\n");
    for file in files {
        let name = file.to_string_lossy().replace('\\', "/");
        let place = format!("concat!(env!(\"CARGO_MANIFEST_DIR\"), {:?})", format!("/{name}"));
        table.push_str(&format!("    ({name:?}, include_str!({place})),\n"));
    }
    table.push_str("];\n");
    let out = PathBuf::from(std::env::var("OUT_DIR").unwrap_or_default());
    std::fs::write(out.join("lessons.rs"), table)
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
