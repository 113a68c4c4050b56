//! Properties of the whole lab on random worlds: what must hold whatever people do. Each test draws its cases from a
//! fixed seed, so that a run says the same everywhere; `STS_LAB_CASES=N` multiplies the number of cases by N for a long
//! run, `STS_LAB_SEED=N` draws others. A case that failed once is kept as a test of its own, by the name of what broke.

mod api;
mod decide;
mod import;
mod memory;
mod plain;
mod plan;
mod recount;
mod round_trip;
mod run;
mod steps;
mod world;
mod worlds;

use proptest::test_runner::{Config, RngSeed};

/// The settings of a test that runs `cases` cases unless told to run more.
fn config(cases: u32) -> Config {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let times = number("STS_LAB_CASES").unwrap_or(1);
    Config {
        cases: cases.saturating_mul(u32::try_from(times).unwrap_or(u32::MAX)),
        rng_seed: RngSeed::Fixed(number("STS_LAB_SEED").unwrap_or(1)),
        failure_persistence: None,
        max_shrink_iters: 2000,
        ..Config::default()
    }
}
