//! The lab's own tables.

pub mod section;
pub mod style;
pub mod table;
