//! Virtual time. A lab's clock starts at [`Time::LAB_START`] and moves only when the lab lets it; nothing below the
//! command line ever reads the machine's clock.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A moment of virtual time, in microseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(pub i64);

impl Time {
    /// When every lab begins: 2026-01-01T00:00:00Z.
    pub const LAB_START: Time = Time(1_767_225_600_000_000);

    /// Whole seconds since the Unix epoch, rounded down, as API timestamps have them.
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// The beginning of its second: what becomes of a time that is kept in `seconds`.
    #[must_use]
    pub fn to_the_second(self) -> Time {
        Time(self.seconds() * 1_000_000)
    }

    /// The time that passed since `earlier`; zero if `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Time) -> Duration {
        Duration::from_micros(u64::try_from(self.0 - earlier.0).unwrap_or(0))
    }

    fn timestamp(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }

    /// `metav1.Time` as JSON has it: RFC 3339, UTC, whole seconds (`2026-01-01T00:00:00Z`).
    #[must_use]
    pub fn rfc3339(self) -> String {
        self.timestamp().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    /// `metav1.MicroTime` as JSON has it (`2026-01-01T00:00:00.000000Z`).
    #[must_use]
    pub fn rfc3339_micro(self) -> String {
        self.timestamp().strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
    }

    /// The form of `kubectl describe`: RFC 1123 with a numeric zone (`Thu, 01 Jan 2026 00:00:00 +0000`).
    #[must_use]
    pub fn rfc1123(self) -> String {
        self.timestamp().strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
    }

    /// Reads either JSON form; `None` if the text is no RFC 3339 time.
    #[must_use]
    pub fn parse(text: &str) -> Option<Time> {
        text.parse::<jiff::Timestamp>().ok().map(|t| Time(t.as_microsecond()))
    }
}

impl Add<Duration> for Time {
    type Output = Time;
    fn add(self, duration: Duration) -> Time {
        Time(self.0.saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }
}

impl Sub<Duration> for Time {
    type Output = Time;
    fn sub(self, duration: Duration) -> Time {
        Time(self.0.saturating_sub(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_timestamp() {
        let time = Time::LAB_START + Duration::from_micros(61_000_005);
        assert_eq!(time.rfc3339(), "2026-01-01T00:01:01Z");
        assert_eq!(time.rfc3339_micro(), "2026-01-01T00:01:01.000005Z");
        assert_eq!(time.rfc1123(), "Thu, 01 Jan 2026 00:01:01 +0000");
        assert_eq!(Time::parse(&time.rfc3339_micro()), Some(time));
    }
}
