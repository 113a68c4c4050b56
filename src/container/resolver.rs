//! How a container finds names: the files a kubelet writes for it (rules P29, D21), and the answers of the cluster's DNS.

use super::inside::{Around, Inside};
use crate::dns::{Answer, Query, Type, ZONE, resolve};

/// The address of the cluster's DNS in every Pod.
pub const NAME_SERVER: &str = "10.96.0.10";

/// `/etc/hosts`, as a kubelet writes it.
pub(super) fn hosts_file(inside: &Inside) -> String {
    let mut out = String::from(
        "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n\
         fe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n",
    );
    let (address, hostname) = (inside.address(), inside.hostname());
    match inside.full_name() {
        Some(full) => out.push_str(&format!("{address}\t{full}\t{hostname}\n")),
        None => out.push_str(&format!("{address}\t{hostname}\n")),
    }
    let aliases = inside.body().template.spec.get("hostAliases").and_then(|aliases| aliases.as_array());
    let aliases: Vec<_> = aliases.into_iter().flatten().collect();
    if !aliases.is_empty() {
        out.push_str("\n# Entries added by HostAliases.\n");
    }
    for alias in aliases {
        let names = alias["hostnames"].as_array().into_iter().flatten().filter_map(|name| name.as_str());
        let names: Vec<&str> = names.collect();
        out.push_str(&format!("{}\t{}\n", alias["ip"].as_str().unwrap_or_default(), names.join("\t")));
    }
    out
}

/// `/etc/resolv.conf` of a Pod whose names the cluster answers.
pub(super) fn resolv_conf(inside: &Inside) -> String {
    let namespace = inside.namespace();
    format!("search {namespace}.svc.{ZONE} svc.{ZONE} {ZONE}\nnameserver {NAME_SERVER}\noptions ndots:5\n")
}

/// Asks for a name, as a program in the container does: its hosts file first if `with_hosts`.
pub(super) fn ask(inside: &Inside, around: Around<'_>, name: &str, kind: Option<Type>, with_hosts: bool) -> Answer {
    let from = with_hosts.then(|| &*inside.pod.meta.name);
    resolve(around.store, &Query { name, kind, namespace: inside.namespace(), from })
}

/// The addresses of a name, aliases followed; empty if there is none.
pub(super) fn addresses(inside: &Inside, around: Around<'_>, name: &str) -> Vec<String> {
    if name == "localhost" || name.parse::<std::net::Ipv4Addr>().is_ok_and(|ip| ip.is_loopback()) {
        return vec!["127.0.0.1".into()];
    }
    if name.parse::<std::net::Ipv4Addr>().is_ok() {
        return vec![name.to_string()];
    }
    for line in hosts_file(inside).lines().skip(1) {
        let mut words = line.split_whitespace();
        let address = words.next().unwrap_or_default();
        if words.any(|own| own.eq_ignore_ascii_case(name.trim_end_matches('.'))) {
            return vec![address.to_string()];
        }
    }
    let answer = ask(inside, around, name, Some(Type::A), true);
    answer.records().iter().filter(|record| record.kind == Type::A).map(|record| record.data.clone()).collect()
}
