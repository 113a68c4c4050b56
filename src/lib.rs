//! `sts-lab`: a whole Kubernetes `StatefulSet` world in one library.
//!
//! A lab is a journal of inputs; the cluster is the fold of that journal. The modules are the floors of the house, each
//! knowing only those before it in this list (see ARCHITECTURE.md):
//!
//! - [`resource`]: kinds, times, quantities, selectors, and the schema of the API types
//! - [`manifest`]: YAML text to documents, with a position for every value
//! - [`store`]: versioned objects, the watch log, the owner index
//! - [`apiserver`]: one request in, one object or `Status` out
//! - [`cluster`]: the clock, the queue, the controllers, the kubelet
//! - [`dns`]: the names a cluster's DNS would answer
//! - [`container`]: the inside of a container: files, environment, a small shell
//! - [`lab`]: a journal on disk: its lock, rewind, branches, names
//! - [`kubectl`]: kubectl's verbs and its exact text
//! - [`view`]: the lab's own tables
//! - [`plan`]: what a command would do, tried on a copy of the cluster
//! - [`lint`]: manifests checked without running them
//! - [`import`]: the state of a real cluster, read and made whole
//! - [`course`]: lessons, drills, myths, exercises and grading
//! - [`compare`]: controllers side by side, and tables derived from runs
//! - [`conformance`]: recordings of a real cluster, played and compared
//! - [`cli`]: the words typed by a person

pub mod apiserver;
pub mod cli;
pub mod cluster;
pub mod compare;
pub mod conformance;
pub mod container;
pub mod course;
pub mod dns;
pub mod import;
pub mod kubectl;
pub mod lab;
pub mod lint;
pub mod manifest;
pub mod plan;
pub mod resource;
pub mod store;
pub mod view;
