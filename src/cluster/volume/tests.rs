//! Volumes in a small cluster.
