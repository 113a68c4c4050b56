//! Any text as a manifest: read, applied, settled, deleted. `cargo +nightly fuzz run apply`; `tests/fuzz.rs` is the twin
//! that needs no nightly compiler.

#![no_main]

#[path = "../throw.rs"]
mod throw;

libfuzzer_sys::fuzz_target!(|text: &str| throw::throw(text));
