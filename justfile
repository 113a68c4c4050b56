# What one runs while working on sts-lab; .ci/run runs the same.

# list the recipes
default:
    @just --list

# all that must hold before a change goes in
ci:
    .ci/run

# the README's test command
test:
    cargo test

# the house's format
fmt:
    cargo fmt

# lints of the compiler and of clippy
lint:
    cargo clippy --all-targets --locked -- -D warnings

# the documentation, without a broken link
docs:
    RUSTDOCFLAGS='-D warnings' cargo doc --no-deps --locked

# the recordings of a real cluster: every area, or the cases that match
conformance *ARGS:
    cargo run --release --quiet -- conformance tests/conformance {{ARGS}}

# the judge that came with the recordings, over all of them
judge RECORDINGS='../shared/conformance':
    cargo build --release --quiet
    python3 .ci/judge {{RECORDINGS}} target/release/sts-lab

# make the copies of the recordings again
recordings RECORDINGS='../shared/conformance':
    tests/conformance/refresh {{RECORDINGS}}

# throw broken manifests at the whole program, for so many seconds
fuzz SECONDS='600':
    cd fuzz && cargo +nightly fuzz run apply -- -max_total_time={{SECONDS}}
