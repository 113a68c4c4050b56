//! How a cluster's kubelets take their time. A property of the cluster, chosen when it is made: what happens is the same
//! rules at both paces, when it happens is not.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The pace of a cluster's kubelets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pace {
    /// That of the stand-in for kubelets with which the recordings were made: each change of a Pod takes
    /// [`super::STEP`], probes succeed after one of them, no grace period is waited for, a crash loop stops at one
    /// restart. Nobody waits, nothing goes on for ever.
    #[default]
    StandIn,
    /// Kubernetes' own: probes at their periods, back-off from 10 s to 300 s, hooks and grace periods, a second for
    /// whatever a container runtime does.
    Real,
}

impl Pace {
    /// All, in the words of the command line and of profiles.
    pub const WORDS: [&'static str; 2] = ["stand-in", "real"];

    /// How long a runtime takes to make a sandbox, and an init container or a container to do its work.
    #[must_use]
    pub fn takes(self) -> Duration {
        if self == Pace::Real { Duration::from_secs(1) } else { super::STEP }
    }

    /// Whether it is the one that labs have unless they say otherwise.
    // The signature is serde's.
    #[allow(clippy::trivially_copy_pass_by_ref)]
    #[must_use]
    pub fn is_usual(&self) -> bool {
        *self == Pace::default()
    }
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Pace::WORDS[usize::from(*self == Pace::Real)])
    }
}

impl FromStr for Pace {
    type Err = String;

    fn from_str(word: &str) -> Result<Pace, String> {
        match word {
            "stand-in" => Ok(Pace::StandIn),
            "real" => Ok(Pace::Real),
            _ => Err(format!("a kubelet's pace is {}, not {word:?}", Pace::WORDS.join(" or "))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_read_as_they_are_written() {
        for word in Pace::WORDS {
            let pace: Pace = word.parse().unwrap();
            assert_eq!(pace.to_string(), word);
            assert_eq!(serde_json::to_string(&pace).unwrap(), format!("{word:?}"));
        }
        assert!("fast".parse::<Pace>().is_err());
        assert!(Pace::default().is_usual() && !Pace::Real.is_usual());
    }
}
