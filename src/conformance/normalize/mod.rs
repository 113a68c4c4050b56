//! Takes out of a run what is random or a matter of timing, so that two runs can be compared.
//!
//! [`Names`] learns the uids, addresses and generated names of a run played here; `strings::Norm` puts names in their
//! place (a recording has had that done); `text` does the same for what kubectl printed, tables and all; and [`Side`]
//! is one step of one run afterwards.

mod names;
mod objects;
mod side;
mod strings;
mod table;
mod text;

pub use names::Names;
pub(super) use side::{Milestone, Printed, mutates};
pub use side::{Side, sides};
