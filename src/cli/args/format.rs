//! In which format a command prints: for people, or for programs.

/// `-o table|json`.
#[derive(clap::Args, Clone, Debug)]
pub struct Format {
    /// The form
    #[arg(short, long, value_parser = ["table", "json"], default_value = "table")]
    output: String,
}

impl Format {
    /// Whether it is JSON.
    pub fn is_json(&self) -> bool {
        self.output == "json"
    }
}

/// `-o table|json|name`, of lists.
#[derive(clap::Args, Clone, Debug)]
pub struct ListFormat {
    /// The form
    #[arg(short, long, value_parser = ["table", "json", "name"], default_value = "table")]
    output: String,
}

impl ListFormat {
    /// Its word.
    pub fn word(&self) -> &str {
        &self.output
    }
}
