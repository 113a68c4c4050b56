//! Where labs live: a folder of named labs, one of which is in use, or any folder a person names.

use std::path::{Path, PathBuf};

/// The lab that is used when none was chosen.
pub const DEFAULT: &str = "default";

/// The folder of named labs.
#[derive(Clone, Debug)]
pub struct Home {
    dir: PathBuf,
}

impl Home {
    /// From the environment: `STS_LAB_HOME`, else `XDG_DATA_HOME/sts-lab`, else `HOME/.local/share/sts-lab`, else a
    /// folder beside the caller.
    #[must_use]
    pub fn from_env(get: impl Fn(&str) -> Option<PathBuf>) -> Home {
        let set = |name: &str| get(name).filter(|path| !path.as_os_str().is_empty());
        let dir = set("STS_LAB_HOME")
            .or_else(|| set("XDG_DATA_HOME").map(|dir| dir.join("sts-lab")))
            .or_else(|| set("HOME").map(|dir| dir.join(".local/share/sts-lab")))
            .unwrap_or_else(|| PathBuf::from(".sts-lab"));
        Home { dir }
    }

    /// The folder itself: what is not of one lab lies beside them.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The folder that a `--lab` argument means: a path if it looks like one, else a named lab.
    #[must_use]
    pub fn resolve(&self, lab: Option<&str>) -> PathBuf {
        match lab {
            Some(lab) if is_path(lab) => PathBuf::from(lab),
            Some(lab) => self.named(lab),
            None => self.named(&self.current()),
        }
    }

    /// The folder of a named lab.
    #[must_use]
    pub fn named(&self, name: &str) -> PathBuf {
        self.dir.join("labs").join(name)
    }

    /// The name of the lab in use.
    #[must_use]
    pub fn current(&self) -> String {
        let name = std::fs::read_to_string(self.dir.join("current")).unwrap_or_default();
        let name = name.trim();
        if is_name(name) { name.to_string() } else { DEFAULT.to_string() }
    }

    /// Uses another lab from now on.
    pub fn choose(&self, name: &str) -> std::io::Result<()> {
        std::fs::create_dir_all(&self.dir)?;
        std::fs::write(self.dir.join("current"), format!("{name}\n"))
    }

    /// The names of all labs, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.dir.join("labs")) else { return Vec::new() };
        let mut names: Vec<String> =
            entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).filter(|n| is_name(n)).collect();
        names.sort();
        names
    }
}

/// Whether a `--lab` argument is a path: it has a separator, begins with a dot, or is a folder with a journal.
fn is_path(lab: &str) -> bool {
    lab.contains(['/', '\\']) || lab.starts_with('.') || Path::new(lab).join(super::journal::FILE).is_file()
}

/// Whether a text can be a lab's name: letters, digits, `-`, `_`, not empty, not beginning with `-`.
#[must_use]
pub fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('-')
        && name.len() <= 63
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}
