//! What every floor talks about: kinds of objects, virtual time, quantities, labels and selectors, and the schema of
//! the API types. Nothing here knows a cluster, a file or a screen.

pub mod digits;
pub mod docs;
pub mod go_dump;
pub mod gojson;
pub mod hash;
pub mod kind;
pub mod meta;
pub mod model;
pub mod object;
pub mod place;
pub mod quantity;
pub mod schema;
pub mod selector;
pub mod siblings;
pub mod stored;
pub mod template_hash;
pub mod time;
pub mod yaml;

pub use kind::Kind;
pub use meta::Meta;
pub use object::Object;
pub use time::Time;
