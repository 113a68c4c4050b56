//! What every floor talks about: kinds of objects, virtual time, quantities, labels and selectors, and the schema of
//! the API types. Nothing here knows a cluster, a file or a screen.

pub mod kind;
pub mod quantity;
pub mod schema;
pub mod selector;
pub mod time;
pub mod yaml;

pub use kind::Kind;
pub use time::Time;
