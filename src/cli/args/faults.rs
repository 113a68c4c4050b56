//! The flags of `fault pod` and `fault image` that say what ails containers.

use std::time::Duration;

use clap::Args;

use super::{Tristate, tristate};
use crate::cluster::faults::{Ailment, Finding};

/// What ails containers. Every value may be `null`, which forgets it.
#[derive(Args, Debug)]
pub struct Ailing {
    /// They are killed for want of memory each time they run: exit 137, `OOMKilled`
    #[arg(long, value_parser = tristate, value_name = "BOOL|null", num_args = 0..=1, require_equals = true,
        default_missing_value = "true")]
    pub oom: Option<Tristate>,
    /// They exit with this code each time they run; 0 is `Completed`
    #[arg(long, value_parser = or_null::<u8>, value_name = "CODE|null")]
    pub exit_code: Option<Value<u8>>,
    /// What a probe finds: `readiness:fail`, `liveness:timeout`, `startup:ok`, `liveness:null`; may be repeated
    #[arg(long, value_parser = probe, value_name = "PROBE:FINDING")]
    pub probe: Vec<Ailment>,
    /// What they answer to HTTP probes: 503
    #[arg(long, value_parser = status, value_name = "STATUS|null")]
    pub http_status: Option<Value<u16>>,
    /// For how long after their start they answer no probe: 30s
    #[arg(long, value_parser = time, value_name = "DURATION|null")]
    pub boot: Option<Value<Duration>>,
    /// For how long they go on after they were told to stop: 45s
    #[arg(long, value_parser = time, value_name = "DURATION|null")]
    pub stop: Option<Value<Duration>>,
    /// Whether their preStop hook works
    #[arg(long, value_parser = tristate, value_name = "BOOL|null")]
    pub pre_stop: Option<Tristate>,
}

/// A value, or `None` to forget what was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value<T>(pub Option<T>);

impl Ailing {
    /// What was typed.
    #[must_use]
    pub fn ailments(&self) -> Vec<Ailment> {
        let ms = |time: Duration| time.as_millis() as u64;
        let mut out: Vec<Ailment> = Vec::new();
        out.extend(self.oom.map(|Tristate(value)| Ailment::Oom(value)));
        out.extend(self.exit_code.map(|Value(value)| Ailment::ExitCode(value)));
        out.extend(self.probe.iter().copied());
        out.extend(self.http_status.map(|Value(value)| Ailment::HttpStatus(value)));
        out.extend(self.boot.map(|Value(value)| Ailment::BootMs(value.map(ms))));
        out.extend(self.stop.map(|Value(value)| Ailment::StopMs(value.map(ms))));
        out.extend(self.pre_stop.map(|Tristate(value)| Ailment::PreStop(value)));
        out
    }
}

fn or_null<T: std::str::FromStr>(text: &str) -> Result<Value<T>, String> {
    if text == "null" {
        return Ok(Value(None));
    }
    text.parse().map(|value| Value(Some(value))).map_err(|_| "expected a number from 0 to 255, or null".into())
}

fn status(text: &str) -> Result<Value<u16>, String> {
    match or_null(text) {
        Ok(Value(Some(status))) if !(100..600).contains(&status) => Err(()),
        other => other.map_err(|_| ()),
    }
    .map_err(|()| "expected an HTTP status from 100 to 599, or null".into())
}

fn time(text: &str) -> Result<Value<Duration>, String> {
    match text {
        "null" => Ok(Value(None)),
        _ => super::seconds(text).map(|seconds| Value(Some(Duration::from_secs_f64(seconds)))),
    }
}

fn probe(text: &str) -> Result<Ailment, String> {
    let expected = "expected PROBE:FINDING, such as liveness:fail: a probe is startup, readiness or liveness, what it \
                    finds is ok, fail or timeout, or null to forget it";
    let (probe, finding) = text.split_once(':').ok_or(expected)?;
    let finding = match finding {
        "ok" => Some(Finding::Ok),
        "fail" => Some(Finding::Fail),
        "timeout" => Some(Finding::Timeout),
        "null" => None,
        _ => return Err(expected.into()),
    };
    match probe {
        "startup" => Ok(Ailment::Startup(finding)),
        "readiness" => Ok(Ailment::Readiness(finding)),
        "liveness" => Ok(Ailment::Liveness(finding)),
        _ => Err(expected.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_or_refused() {
        assert_eq!(probe("liveness:fail"), Ok(Ailment::Liveness(Some(Finding::Fail))));
        assert_eq!(probe("startup:null"), Ok(Ailment::Startup(None)));
        assert!(probe("liveness").unwrap_err().contains("PROBE:FINDING"));
        assert!(probe("alive:ok").is_err() && probe("liveness:dead").is_err());
        assert_eq!(status("503"), Ok(Value(Some(503))));
        assert!(status("9").is_err() && status("many").is_err());
        assert_eq!(time("1m30s"), Ok(Value(Some(Duration::from_secs(90)))));
        assert_eq!(time("null"), Ok(Value(None)));
        assert!(or_null::<u8>("256").is_err());
    }
}
