//! Broken manifests thrown at the whole program: the shipped ones, changed at random in the ways that people and machines
//! break YAML. The twin, on a stable compiler, of the target in `fuzz/`.

#[path = "../fuzz/throw.rs"]
mod throw;

use std::time::{Duration, Instant};

use proptest::prelude::*;
use sts_lab::manifest::shipped;

/// No manifest may take longer than this, in a build without optimisation too.
const LONGEST: Duration = Duration::from_secs(20);

/// Values that stand where another one is expected.
const VALUES: &[&str] = &[
    "0",
    "-1",
    "1",
    "3",
    "4294967296",
    "9223372036854775808",
    "1e9",
    "1.5",
    "0777",
    "0x10",
    ".nan",
    "true",
    "no",
    "null",
    "~",
    "''",
    "\" \"",
    "[]",
    "{}",
    "[{}]",
    "{a: b}",
    "&a [*a]",
    "*nobody",
    "!!binary aGk=",
    "!custom x",
    "|\n  text",
    "2026-01-01",
    "1Gi",
    "1gb",
    "-5Mi",
    "100%",
    "101%",
    "a_b",
    "A",
    "a.b",
    "\u{0}",
    "é",
    "日本語",
    "{{",
    "---",
    "<<",
    "kubernetes.io/x",
    "a/b/c",
    "Parallel",
    "OnDelete",
    "Recreate",
    "Retain",
    "Delete",
    "manual",
    "wait",
    "0.5",
];

/// Keys of their own kinds of trouble.
const LINES: &[&str] = &[
    "replicas: 2",
    "  replicas: 0",
    "  minReadySeconds: 1",
    "  podManagementPolicy: Parallel",
    "  ordinals: {start: 3}",
    "  updateStrategy: {type: OnDelete}",
    "  persistentVolumeClaimRetentionPolicy: {whenDeleted: Delete}",
    "---",
    "  serviceName: ''",
    "kind: List",
    "items:",
    "- apiVersion: v1",
    "      nodeName: node-1",
    "      hostNetwork: true",
    "      priorityClassName: system-node-critical",
    "      restartPolicy: Never",
    "      tolerations: [{operator: Exists}]",
    "<<: {a: 1}",
    "\tkey: tab",
    "# comment",
    "? complex",
    ": value",
    "  finalizers: [a/b]",
    "  ownerReferences: [{}]",
    "  generateName: x-",
    "  namespace: other",
    "  creationTimestamp: null",
    "status: {replicas: 5}",
];

/// A generator of choices: the same seed, the same manifest, on every machine.
struct Choices(u64);

impl Choices {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound.max(1)
    }

    fn of<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.below(list.len())]
    }
}

/// A shipped manifest with some things wrong with it.
fn broken(seed: u64) -> String {
    let mut choices = Choices(seed);
    let any = |choices: &mut Choices| shipped::ALL[choices.below(shipped::ALL.len())].text;
    let mut lines: Vec<String> = any(&mut choices).lines().map(str::to_string).collect();
    for _ in 0..=choices.below(6) {
        let at = choices.below(lines.len());
        match choices.below(11) {
            0 => drop(lines.remove(at)),
            1 => lines.insert(at, lines[at].clone()),
            2 => lines.insert(at, choices.of(LINES).to_string()),
            3 => lines[at].insert_str(0, "  "),
            4 => lines[at] = lines[at].trim_start().to_string(),
            5 => {
                let other = choices.below(lines.len());
                lines.swap(at, other);
            }
            6 => lines.truncate(at.max(1)),
            7 => {
                let other: Vec<&str> = any(&mut choices).lines().collect();
                let from = choices.below(other.len());
                let block = &other[from..other.len().min(from + 1 + choices.below(20))];
                lines.splice(at..at, block.iter().map(ToString::to_string));
            }
            8 => {
                let place = choices.below(lines[at].chars().count() + 1);
                let byte = lines[at].char_indices().nth(place).map_or(lines[at].len(), |(byte, _)| byte);
                let value = choices.of(VALUES);
                lines[at].insert_str(byte, value);
            }
            _ => {
                let key = lines[at].split_once(": ").map(|(key, _)| key.to_string());
                lines[at] = format!("{}: {}", key.unwrap_or_default(), choices.of(VALUES));
            }
        }
        if lines.is_empty() {
            break;
        }
    }
    lines.join("\n") + "\n"
}

fn throw(seed: u64) {
    let text = broken(seed);
    let began = Instant::now();
    let outcome = std::panic::catch_unwind(|| throw::throw(&text));
    assert!(outcome.is_ok(), "seed {seed} panics:\n{text}");
    assert!(began.elapsed() < LONGEST, "seed {seed} takes {:?}:\n{text}", began.elapsed());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_broken_manifest_ends_in_words_not_in_a_panic(seed in any::<u64>()) {
        throw(seed);
    }

    #[test]
    fn any_text_at_all_does(text in "[ -~\\n\\t]{0,200}") {
        throw::throw(&text);
    }
}

/// Some fifty manifests of one seed, or as many as one likes: `FUZZ_SECONDS=600 cargo test --release --test fuzz`.
#[test]
fn for_as_long_as_one_likes() {
    let seconds = std::env::var("FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    let first: u64 = std::env::var("FUZZ_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let (began, mut count) = (Instant::now(), 0);
    while seconds.map_or(count < 50, |seconds| began.elapsed() < Duration::from_secs(seconds)) {
        throw(first + count);
        count += 1;
    }
    println!("{count} manifests, from seed {first} on");
}
