//! All records of the Services (rules D12–D16).

use std::sync::Arc;

use super::service::{Port, Service};
use super::{Record, Type, dashed, reverse};
use crate::resource::model::Endpoint;
use crate::store::Store;

/// Every record that comes from a Service, in the order of the Services, those of the Service before those of its Pods.
#[must_use]
pub fn records(store: &Store) -> Vec<Record> {
    Service::all(store).flat_map(|service| of_service(&service)).collect()
}

/// The records of one Service.
#[must_use]
pub(super) fn of_service(service: &Service<'_>) -> Vec<Record> {
    let make = Maker { service, fqdn: service.fqdn() };
    let mut out = Vec::new();
    if service.external_name().is_some() {
        out.extend(service.alias().map(|name| make.record(make.fqdn.clone(), Type::Cname, name)));
        return out;
    }
    if let Some(ip) = service.cluster_ip() {
        out.push(make.record(make.fqdn.clone(), Type::A, ip));
        for port in service.ports() {
            out.extend(make.srv(&port, 100, &make.fqdn, None));
        }
        out.push(make.record(reverse(ip), Type::Ptr, &make.fqdn));
    }
    make.endpoints(&mut out);
    out
}

struct Maker<'a> {
    service: &'a Service<'a>,
    fqdn: String,
}

impl Maker<'_> {
    fn record(&self, name: String, kind: Type, data: &str) -> Record {
        let service = (self.service.namespace().to_string(), self.service.name().to_string());
        Record { name, kind, data: data.to_string(), service, pod: None, promised: true }
    }

    /// SRV under the port's name, if it has one, and under the Service's alone, as `CoreDNS` does (rule D15).
    fn srv(&self, port: &Port, weight: usize, target: &str, pod: Option<&str>) -> Vec<Record> {
        let data = format!("0 {weight} {} {target}", port.number);
        let mut out = Vec::new();
        if !port.name.is_empty() {
            let name = format!("_{}._{}.{}", port.name, port.protocol, self.fqdn);
            out.push(self.record(name, Type::Srv, &data));
        }
        out.push(Record { promised: false, ..self.record(self.fqdn.clone(), Type::Srv, &data) });
        for record in &mut out {
            record.pod = pod.map(ToString::to_string);
        }
        out
    }

    /// The records of the ready endpoints: for a headless Service all that DNS promises, for another one the names of
    /// its Pods, which only `CoreDNS` answers (rules D13, D14).
    fn endpoints(&self, out: &mut Vec<Record>) {
        let headless = self.service.is_headless();
        let ready = |endpoint: &&Arc<Endpoint>| endpoint.ready;
        let slices: Vec<_> = self.service.slices().collect();
        let count = slices.iter().flat_map(|(slice, _)| slice.endpoints.iter()).filter(ready).count().max(1);
        let (mut addresses, mut names, mut services, mut reverses) = (vec![], vec![], vec![], vec![]);
        for (slice, ports) in &slices {
            for endpoint in slice.endpoints.iter().filter(ready) {
                let pod = endpoint.pod.as_ref().map(|(_, name, _)| name.to_string());
                let about = |record: Record| Record { pod: pod.clone(), promised: headless, ..record };
                let label = endpoint.hostname.as_ref().map_or_else(|| dashed(&endpoint.address), ToString::to_string);
                let name = format!("{label}.{}", self.fqdn);
                names.push(about(self.record(name.clone(), Type::A, &endpoint.address)));
                if !headless {
                    continue;
                }
                addresses.push(about(self.record(self.fqdn.clone(), Type::A, &endpoint.address)));
                for port in ports {
                    services.extend(self.srv(port, (100 / count).max(1), &name, pod.as_deref()));
                }
                if endpoint.hostname.is_some() {
                    reverses.push(about(self.record(reverse(&endpoint.address), Type::Ptr, &name)));
                }
            }
        }
        out.extend(addresses.into_iter().chain(names).chain(services).chain(reverses));
    }
}
