//! Scheduling in a small cluster.
