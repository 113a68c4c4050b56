//! Slices in a small cluster.
