//! Arguments of `drill`.

use clap::Subcommand;

use crate::cli::args::format::Format;
use crate::course::drill::deck::Filter;
use crate::course::drill::question::{Form, Level};

pub const EXAMPLES: &str = "Examples:\n  sts-lab drill                         # what is due, and some new questions\n  \
    sts-lab drill --topic storage --level mid --count 5\n  sts-lab drill list\n  sts-lab drill mock --minutes 20 --level mid\n  \
    sts-lab drill show scale-down-order\n  sts-lab drill prove scale-down-order  # run in a new lab\n  sts-lab drill stats\n  \
    sts-lab drill export -o anki > statefulsets.csv\n  sts-lab drill check --from my-questions/\n\n\
    A pipe answers line by line: printf '2\\nweb-0\\n' | sts-lab drill --count 2";

/// Arguments of `drill`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Read questions from these files and folders, in the place of those that come with sts-lab
    #[arg(long, global = true, value_name = "PATH")]
    pub from: Vec<String>,
    /// Take this moment for now, such as 2026-01-31T09:00:00Z
    #[arg(long, global = true, value_name = "TIME")]
    pub now: Option<String>,
    /// Which questions
    #[command(flatten)]
    pub some: Wanted,
    /// How many questions at most
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub count: usize,
    /// How many new ones among them at most
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub new: usize,
    /// Ask nothing: show the questions with their answers, note nothing
    #[arg(short, long)]
    pub yes: bool,
    /// What to do else
    #[command(subcommand)]
    pub what: Option<What>,
}

/// Which questions.
#[derive(clap::Args, Debug)]
pub struct Wanted {
    /// Only of this topic; may be said more than once
    #[arg(long, global = true, value_name = "TOPIC", value_delimiter = ',')]
    pub topic: Vec<String>,
    /// Only of this level: junior, mid or senior; with mock, for whom the interview is [default: mid]
    #[arg(long, global = true, value_name = "LEVEL", value_delimiter = ',', value_parser = ["junior", "mid", "senior"])]
    pub level: Vec<String>,
    /// Only of this type: short, choice, output, spot or scenario
    #[arg(long = "type", global = true, value_name = "TYPE", value_delimiter = ',', value_parser = ["short", "choice", "output", "spot", "scenario"])]
    pub form: Vec<String>,
}

impl Wanted {
    /// The same for the deck.
    pub fn filter(&self) -> Filter {
        let level = |word: &String| Level::ALL.into_iter().find(|level| level.word() == word);
        let form = |word: &String| Form::ALL.into_iter().find(|form| form.word() == word);
        Filter {
            topics: self.topic.clone(),
            levels: self.level.iter().filter_map(level).collect(),
            forms: self.form.iter().filter_map(form).collect(),
        }
    }
}

/// What can be done with questions.
#[derive(Debug, Subcommand)]
pub enum What {
    /// The topics; with --topic, --level or --type the questions themselves
    List {
        #[command(flatten)]
        output: Format,
    },
    /// A mock interview: a time limit, no word until the end, then a report
    Mock {
        /// How long it lasts
        #[arg(long, value_name = "MINUTES", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=240))]
        minutes: u32,
        /// The same number asks the same questions
        #[arg(long)]
        seed: Option<u64>,
        #[command(flatten)]
        output: Format,
    },
    /// What you know, by topic
    Stats {
        #[command(flatten)]
        output: Format,
    },
    /// A question with its answer, the usual wrong ones, and where it comes from
    Show {
        /// Its name
        name: String,
        #[command(flatten)]
        output: Format,
    },
    /// Run what proves an answer, in a new lab
    Prove {
        /// The question's name
        name: String,
    },
    /// All questions, to print or for another program
    Export {
        /// The form
        #[arg(short, long, value_parser = ["markdown", "json", "anki"], default_value = "markdown")]
        output: String,
    },
    /// Check all questions, and run their proofs
    Check {
        #[command(flatten)]
        output: Format,
    },
}
