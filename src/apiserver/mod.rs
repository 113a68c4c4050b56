//! The API server: one request in, one object or [`Status`] out. Decoding, defaulting, validation, patches,
//! preconditions, finalizers. No HTTP here; kubectl, the lab's verbs, and the controllers are its clients.

pub mod api;
pub mod decode;
pub mod defaults;
pub mod field;
pub mod managed;
pub mod patch;
pub mod request;
pub mod server;
pub mod status;
pub mod validation;

pub use api::Api;
pub use request::{FieldValidation, Options, PatchType, Propagation, Request, Response, Subresource, Verb};
pub use server::{ApiServer, DeleteOptions, disruption_condition};
pub use status::Status;
