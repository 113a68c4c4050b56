//! Who gives Services of type `LoadBalancer` their addresses, as a profile says it: a cloud that makes hostnames, one that
//! hands out addresses of a range, or nobody as long as something is missing. The service controller
//! ([`crate::cluster::service`]) does what stands here.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use crate::apiserver::validation::names;
use crate::resource::hash::mix;
use crate::resource::meta::Uid;

/// Seconds that making or deleting one may take.
const MOST_SECONDS: u64 = 3600;

/// Who gives load balancers: exactly one of `hostname`, `addresses` and `missing` is said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LoadBalancers {
    /// The hostname of a balancer: `{name}` is what the cloud calls it, `{number}` ten digits of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
    /// The range that their addresses are taken from, as in `203.0.113.0/24`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub addresses: Option<String>,
    /// What is missing, so that nobody gives any; `why` says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// How long it takes to make or to change one.
    #[serde(default = "usual_seconds")]
    pub seconds: u64,
    /// How long it takes to delete one.
    #[serde(default = "usual_seconds")]
    pub delete_seconds: u64,
}

fn usual_seconds() -> u64 {
    5
}

impl LoadBalancers {
    /// Whether somebody gives them.
    #[must_use]
    pub fn are_given(&self) -> bool {
        self.missing.is_none()
    }

    /// Whether it says one thing, and one that can be; the error says what is wrong.
    pub(super) fn check(&self) -> Result<(), String> {
        match (&self.hostname, &self.addresses, &self.missing) {
            (Some(hostname), None, None) => check_hostname(hostname)?,
            (None, Some(range), None) => {
                parse(range).ok_or_else(|| format!(".addresses: {range:?} is no range such as 203.0.113.0/24"))?;
            }
            (None, None, Some(_)) => {}
            _ => return Err(": say one of hostname, addresses and missing".into()),
        }
        if self.seconds.max(self.delete_seconds) > MOST_SECONDS {
            return Err(format!(": it may take {MOST_SECONDS} seconds at most"));
        }
        Ok(())
    }

    /// The address, or hostname, of a new balancer for a Service that asks for `wanted`, if it does; the error is what the
    /// cloud says.
    pub fn give(&self, service: Uid, wanted: Option<&str>, is_taken: impl Fn(&str) -> bool) -> Result<String, String> {
        if let Some(hostname) = &self.hostname {
            return Ok(filled(hostname, service));
        }
        let range = self.addresses.as_deref().unwrap_or_default();
        let Some((first, last)) = parse(range) else { return Err("this cloud has no load balancers".into()) };
        if let Some(wanted) = wanted {
            let free = wanted.parse::<Ipv4Addr>().is_ok() && !is_taken(wanted);
            return if free { Ok(wanted.into()) } else { Err(format!("the address {wanted} is not available")) };
        }
        let mut all = (first..=last).map(|bits| Ipv4Addr::from(bits).to_string());
        all.find(|address| !is_taken(address)).ok_or_else(|| format!("no address is left in {range}"))
    }
}

/// What a cloud calls the balancer of a Service (`cloud.go`, `DefaultLoadBalancerName`).
fn filled(hostname: &str, service: Uid) -> String {
    let mut name = format!("a{}", service.to_string().replace('-', ""));
    name.truncate(32);
    let number = 1_000_000_000 + mix(service.low) % 1_000_000_000;
    hostname.replace("{name}", &name).replace("{number}", &number.to_string())
}

fn check_hostname(hostname: &str) -> Result<(), String> {
    if !hostname.contains("{name}") && !hostname.contains("{number}") {
        return Err(format!(".hostname: all would be called {hostname}: put {{name}} or {{number}} into it"));
    }
    match names::dns_subdomain(&filled(hostname, Uid::default())).first() {
        Some(why) => Err(format!(".hostname: {hostname:?}: {why}")),
        None => Ok(()),
    }
}

/// The first and the last address of a range that something can have.
fn parse(range: &str) -> Option<(u32, u32)> {
    let (address, bits) = range.split_once('/')?;
    let (address, bits) = (u32::from(address.parse::<Ipv4Addr>().ok()?), bits.parse::<u32>().ok()?);
    if !(8..=30).contains(&bits) {
        return None;
    }
    let hosts = u32::MAX >> bits;
    Some(((address & !hosts) + 1, (address | hosts) - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(yaml: &str) -> Result<LoadBalancers, String> {
        let read: LoadBalancers = serde_yaml::from_str(yaml).map_err(|error| error.to_string())?;
        read.check().map(|()| read)
    }

    #[test]
    fn addresses_of_a_range() {
        let cloud = read("addresses: 203.0.113.9/30").unwrap();
        assert_eq!(cloud.give(Uid::new(1), None, |_| false).unwrap(), "203.0.113.9");
        assert_eq!(cloud.give(Uid::new(1), None, |taken| taken == "203.0.113.9").unwrap(), "203.0.113.10");
        assert_eq!(cloud.give(Uid::new(1), None, |_| true).unwrap_err(), "no address is left in 203.0.113.9/30");
        assert_eq!(cloud.give(Uid::new(1), Some("192.0.2.7"), |_| false).unwrap(), "192.0.2.7");
        assert_eq!(cloud.give(Uid::new(1), Some("x"), |_| false).unwrap_err(), "the address x is not available");
    }

    #[test]
    fn hostnames() {
        let cloud = read("hostname: '{name}-{number}.example.com'").unwrap();
        let given = cloud.give(Uid::new(0xabc << 96), None, |_| true).unwrap();
        let (name, number) = given.strip_suffix(".example.com").and_then(|name| name.split_once('-')).unwrap();
        assert_eq!((name, number.len()), ("a00000abc00000000000000000000000", 10));
    }

    #[test]
    fn what_cannot_be() {
        let refused = |yaml: &str, why: &str| {
            let error = read(yaml).expect_err(why);
            assert!(error.contains(why), "{error}");
        };
        refused("seconds: 3", "say one of hostname, addresses and missing");
        refused("{missing: x, addresses: 10.0.0.0/8}", "say one of");
        refused("addresses: 10.0.0.0", "\"10.0.0.0\" is no range");
        refused("addresses: 10.0.0.0/31", "is no range");
        refused("hostname: x.example.com", "all would be called x.example.com");
        refused("hostname: '{name}_.example.com'", ".hostname: \"{name}_.example.com\": a lowercase RFC 1123");
        refused("{missing: x, seconds: 99999}", "3600 seconds at most");
        refused("{missing: x, second: 1}", "unknown field `second`");
    }
}
