//! How kubectl prints objects: tables with the API server's own columns, and the forms of `-o`.
//!
//! Everything here is text out of JSON objects; nothing sends a request. See `k8s.io/cli-runtime/pkg/printers` and
//! `pkg/printers/internalversion` for the upstream parts of the same names.

pub mod columns;
pub mod custom_columns;
pub mod duration;
pub mod go;
pub mod jsonpath;
mod kyaml;
pub mod output;
pub mod sort;
pub mod table;
pub mod tabwriter;
pub mod template;
pub mod value;

pub use duration::{age, human_duration};
pub use output::{PrintFlags, Printer};
pub use table::{Table, TableOptions, TablePrinter};
pub use tabwriter::TabWriter;
