//! What a kubelet keeps in mind of a Pod whose containers it probes, starts again or stops in their own time. Plain Pods
//! have none of it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::resource::Time;

/// The first delay of a back-off, and the longest (rules P11, P14).
const FIRST: u64 = 10;
const LONGEST: u64 = 300;
/// A back-off begins anew after this time without a failure.
const FORGOTTEN: Duration = Duration::from_secs(2 * LONGEST);

/// An exponential back-off (upstream: client-go `util/flowcontrol/backoff.go`).
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct BackOff {
    seconds: u64,
    updated: Time,
}

impl BackOff {
    /// The present delay; zero before the first failure.
    pub fn delay(self) -> Duration {
        Duration::from_secs(self.seconds)
    }

    /// Whether what failed at `since` must still wait.
    pub fn holds(self, since: Time, now: Time) -> bool {
        self.seconds > 0 && since.since(self.updated) <= FORGOTTEN && now.since(since) < self.delay()
    }

    /// Another failure: the next delay.
    pub fn next(&mut self, since: Time, now: Time) {
        let anew = self.seconds == 0 || since.since(self.updated) > FORGOTTEN;
        self.seconds = if anew { FIRST } else { (self.seconds * 2).min(LONGEST) };
        self.updated = now;
    }
}

/// What one probe of a container has found so far.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct ProbeRun {
    /// Its beat, if it is not that of the Pod.
    pub anchor: Option<Time>,
    /// Its last beat that is over.
    pub ticked: Time,
    /// What it found last, and how often in a row.
    pub found: bool,
    pub times: u32,
    /// What counts, once a threshold was reached.
    pub result: Option<bool>,
    /// It rests until there is a new container.
    pub hold: bool,
}

/// How a container that was told to stop will end.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct End {
    pub at: Time,
    pub code: i64,
}

/// One container.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Vital {
    /// The back-off of its restarts.
    pub crash: BackOff,
    /// The back-off of its image.
    pub pull: BackOff,
    /// When what it waits for is tried again.
    pub retry: Time,
    /// When the kubelet last said that it backs off.
    pub said: Time,
    /// Its probes, by [`crate::resource::model::ProbeKind`].
    pub probes: [ProbeRun; 3],
    /// It was told to stop because a probe failed or its definition changed.
    pub end: Option<End>,
}

/// The volumes of a Pod that cannot be mounted.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Mounting {
    pub tries: u32,
    pub retry: Time,
}

/// The end of a Pod that is waited for.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Told {
    /// When its containers were told to stop.
    pub at: Time,
    /// How long they have.
    pub grace: Duration,
}

/// One Pod.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Vitals {
    /// When the kubelet took it on: the beat of startup and liveness probes.
    pub since: Time,
    pub mounting: Mounting,
    pub told: Option<Told>,
    /// It is stopped because its time is over.
    pub late: Option<Told>,
    /// The init containers and then the containers.
    pub containers: Vec<Vital>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Time {
        Time::LAB_START + Duration::from_secs(seconds)
    }

    /// Rule P11.
    #[test]
    fn delays_double_up_to_five_minutes_and_are_forgotten_after_ten() {
        let (mut back_off, mut now) = (BackOff::default(), at(0));
        assert!(!back_off.holds(now, now), "the first crash waits for nothing");
        let mut delays = Vec::new();
        for _ in 0..7 {
            back_off.next(now, now);
            delays.push(back_off.delay().as_secs());
            assert!(back_off.holds(now, now + back_off.delay() - Duration::from_secs(1)));
            now = now + back_off.delay();
            assert!(!back_off.holds(now, now + back_off.delay()));
        }
        assert_eq!(delays, [10, 20, 40, 80, 160, 300, 300]);
        let later = now + Duration::from_secs(601);
        assert!(!back_off.holds(later, later));
        back_off.next(later, later);
        assert_eq!(back_off.delay().as_secs(), 10);
    }
}
