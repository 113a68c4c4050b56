//! Ages as people read them (S117; upstream `k8s.io/apimachinery/pkg/util/duration`).

use crate::resource::Time;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const YEAR: i64 = 365 * DAY;

/// A span of microseconds with two or three significant figures: `119s`, `2m5s`, `7h59m`, `2d1h`, `2y`.
#[must_use]
pub fn human_duration(micros: i64) -> String {
    let seconds = micros / 1_000_000;
    match seconds {
        ..-1 => "<invalid>".to_string(),
        -1 => "0s".to_string(),
        _ if seconds < 2 * MINUTE => format!("{seconds}s"),
        _ if seconds < 10 * MINUTE => two(seconds, MINUTE, 'm', 1, 's'),
        _ if seconds < 3 * HOUR => format!("{}m", seconds / MINUTE),
        _ if seconds < 8 * HOUR => two(seconds, HOUR, 'h', MINUTE, 'm'),
        _ if seconds < 2 * DAY => format!("{}h", seconds / HOUR),
        _ if seconds < 8 * DAY => two(seconds, DAY, 'd', HOUR, 'h'),
        _ if seconds < 2 * YEAR => format!("{}d", seconds / DAY),
        _ if seconds < 8 * YEAR => two(seconds, YEAR, 'y', DAY, 'd'),
        _ => format!("{}y", seconds / YEAR),
    }
}

fn two(seconds: i64, large: i64, large_unit: char, small: i64, small_unit: char) -> String {
    let rest = seconds % large / small;
    if rest == 0 {
        format!("{}{large_unit}", seconds / large)
    } else {
        format!("{}{large_unit}{rest}{small_unit}", seconds / large)
    }
}

/// The age at `now` of a timestamp as objects have it; `<unknown>` if there is none.
#[must_use]
pub fn age(now: Time, timestamp: Option<&str>) -> String {
    timestamp.and_then(Time::parse).map_or_else(|| "<unknown>".to_string(), |then| human_duration(now.0 - then.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s117_human_duration() {
        for (seconds, text) in [
            (-2, "<invalid>"),
            (-1, "0s"),
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (125, "2m5s"),
            (605, "10m"),
            (179 * 60, "179m"),
            (3 * 3600, "3h"),
            (8 * 3600 - 60, "7h59m"),
            (8 * 3600, "8h"),
            (47 * 3600, "47h"),
            (48 * 3600, "2d"),
            (49 * 3600, "2d1h"),
            (8 * DAY, "8d"),
            (730 * DAY, "2y"),
            (731 * DAY, "2y1d"),
            (8 * YEAR, "8y"),
        ] {
            assert_eq!(human_duration(seconds * 1_000_000), text, "{seconds} s");
        }
        assert_eq!(human_duration(-1_500_000), "0s");
        assert_eq!(age(Time::LAB_START, None), "<unknown>");
        assert_eq!(age(Time::LAB_START, Some("2025-12-31T23:59:00Z")), "60s");
    }
}
