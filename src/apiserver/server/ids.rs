//! Where uids, name suffixes and addresses come from: counters, mixed with the lab's seed. Addresses are never used
//! twice in a lab.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use crate::resource::hash::mix;
use crate::resource::meta::Uid;

/// The counters.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ids {
    seed: u64,
    uids: u64,
    suffixes: u64,
    pods: u32,
    services: u32,
    node_ports: u32,
    /// Addresses that objects of another cluster brought along.
    taken: BTreeSet<Ipv4Addr>,
    taken_ports: BTreeSet<u32>,
}

/// How many node ports there are.
const PORTS: u32 = 2768;

/// Upstream's alphabet for generated names (apimachinery `util/rand`): no vowels, no digits that look like letters.
const ALPHABET: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

impl Ids {
    pub(super) fn new(seed: u64) -> Ids {
        let (taken, taken_ports) = (BTreeSet::new(), BTreeSet::new());
        Ids { seed, uids: 0, suffixes: 0, pods: 0, services: 0, node_ports: 0, taken, taken_ports }
    }

    /// Gives out none of these any more.
    pub fn reserve(&mut self, addresses: impl IntoIterator<Item = Ipv4Addr>, ports: impl IntoIterator<Item = u32>) {
        self.taken.extend(addresses);
        self.taken_ports.extend(ports);
    }

    /// A new uid: a version 4 UUID.
    pub fn uid(&mut self) -> Uid {
        self.uids += 1;
        let (high, low) = (mix(self.seed ^ mix(self.uids)), mix(self.seed.wrapping_add(self.uids << 1 | 1)));
        let version = high & !0xf000 | 0x4000;
        let variant = low & !(0xc000 << 48) | 0x8000 << 48;
        Uid { high: version, low: variant }
    }

    /// A new suffix of five characters for `generateName`.
    pub fn suffix(&mut self) -> String {
        self.suffixes += 1;
        let mut bits = mix(self.seed.rotate_left(17) ^ self.suffixes);
        (0..5)
            .map(|_| {
                let c = ALPHABET[(bits % 27) as usize];
                bits /= 27;
                char::from(c)
            })
            .collect()
    }

    /// A new Pod address: from 10.244.0.0/14 first, then the rest of 10.0.0.0/8 but for the Services' range.
    pub fn pod_ip(&mut self) -> Ipv4Addr {
        loop {
            self.pods += 1;
            let offset = (0x00f4_0000 + self.pods) & 0x00ff_ffff;
            let last = offset & 0xff;
            let address = Ipv4Addr::from(0x0a00_0000 | offset);
            if last != 0 && last != 0xff && offset >> 16 != 96 && !self.taken.contains(&address) {
                return address;
            }
        }
    }

    /// A new Service address from 10.96.0.0/16.
    pub fn service_ip(&mut self) -> Ipv4Addr {
        loop {
            self.services += 1;
            let spread = 0x1000 + (self.services.wrapping_mul(0x3ad) & 0xefff);
            let address = Ipv4Addr::from(0x0a60_0000 | spread);
            if !self.taken.contains(&address) {
                return address;
            }
        }
    }

    /// A new node port from 30000-32767.
    pub fn node_port(&mut self) -> u32 {
        let mut port = 0;
        // With all ports taken, one is given out twice rather than none.
        for _ in 0..PORTS {
            self.node_ports += 1;
            port = 30_000 + self.node_ports.wrapping_mul(811) % PORTS;
            if !self.taken_ports.contains(&port) {
                break;
            }
        }
        port
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_and_repeat_with_the_seed() {
        let (mut a, mut b) = (Ids::new(1), Ids::new(1));
        let uids: Vec<Uid> = (0..1000).map(|_| a.uid()).collect();
        assert_eq!(uids, (0..1000).map(|_| b.uid()).collect::<Vec<_>>());
        let text = uids[0].to_string();
        assert_eq!((text.len(), &text[14..15]), (36, "4"));
        let mut sorted = uids.clone();
        sorted.sort();
        sorted.dedup();
        assert_eq!(sorted.len(), uids.len());
        let ips: Vec<Ipv4Addr> = (0..1000).map(|_| a.pod_ip()).collect();
        assert_eq!(ips[0], Ipv4Addr::new(10, 244, 0, 1));
        assert!(ips.iter().all(|ip| ip.octets()[3] != 0 && ip.octets()[3] != 255));
        let services: std::collections::BTreeSet<_> = (0..4096).map(|_| a.service_ip()).collect();
        assert_eq!(services.len(), 4096);
    }
}
