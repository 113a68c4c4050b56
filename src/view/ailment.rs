//! What ails containers, in words and as the flag that says or forgets it.

use std::time::Duration;

use crate::cluster::faults::{Ailment, Finding};

/// What an ailment makes of containers; none if it forgets something.
#[must_use]
pub fn in_words(ailment: Ailment) -> Option<String> {
    let time = |ms: u64| format!("{}s", Duration::from_millis(ms).as_secs_f64());
    Some(match ailment {
        Ailment::Oom(value) if value? => "its containers are killed for want of memory (exit 137, OOMKilled)".into(),
        Ailment::Oom(_) => "its containers have memory enough".into(),
        Ailment::ExitCode(code) => format!("its containers exit with code {}", code?),
        Ailment::Startup(finding) => format!("its startup probe {}", finds(finding?)),
        Ailment::Readiness(finding) => format!("its readiness probe {}", finds(finding?)),
        Ailment::Liveness(finding) => format!("its liveness probe {}", finds(finding?)),
        Ailment::HttpStatus(status) => format!("it answers HTTP probes with {}", status?),
        Ailment::BootMs(ms) => format!("it answers no probe for {} after its start", time(ms?)),
        Ailment::StopMs(ms) => format!("it goes on for {} after it was told to stop", time(ms?)),
        Ailment::PreStop(value) if value? => "its preStop hook works".into(),
        Ailment::PreStop(_) => "its preStop hook fails".into(),
    })
}

fn finds(finding: Finding) -> &'static str {
    match finding {
        Finding::Ok => "succeeds",
        Finding::Fail => "fails",
        Finding::Timeout => "gets no answer in time",
    }
}

/// The flag that forgets an ailment.
#[must_use]
pub fn forget(ailment: Ailment) -> &'static str {
    match ailment {
        Ailment::Oom(_) => "--oom=null",
        Ailment::ExitCode(_) => "--exit-code=null",
        Ailment::Startup(_) => "--probe=startup:null",
        Ailment::Readiness(_) => "--probe=readiness:null",
        Ailment::Liveness(_) => "--probe=liveness:null",
        Ailment::HttpStatus(_) => "--http-status=null",
        Ailment::BootMs(_) => "--boot=null",
        Ailment::StopMs(_) => "--stop=null",
        Ailment::PreStop(_) => "--pre-stop=null",
    }
}

/// `web-0/app` as people say it: the Pod, and the container if it is about one.
#[must_use]
pub fn place(name: &str) -> (String, Option<&str>) {
    match name.split_once('/') {
        Some((pod, container)) => (pod.to_string(), Some(container)),
        None => (name.to_string(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ailment_is_said_and_forgotten() {
        assert_eq!(in_words(Ailment::BootMs(Some(30_000))).unwrap(), "it answers no probe for 30s after its start");
        assert_eq!(in_words(Ailment::Oom(None)), None);
        assert_eq!(forget(Ailment::Liveness(None)), "--probe=liveness:null");
        assert_eq!(place("web-0/app"), ("web-0".into(), Some("app")));
    }
}
