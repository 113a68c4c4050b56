//! `kubectl rollout`: status, history, undo, restart, pause, resume (`k8s.io/kubectl/pkg/cmd/rollout`). What each says
//! of an object is pure; the verbs around it read, wait, and patch.

pub mod viewer;
